"""Stock git: how its binary is run, with nothing of this machine's configuration in it, and within limits."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from hubshare import metering
from hubshare.config import KIB, MIB
from hubshare.errors import TooLarge, Unavailable

_CONFIG = (
    "safe.directory=*",
    "core.hooksPath=/dev/null",
    "gc.auto=0",
    # What one process may take: one thread, and windows that do not grow with the repository.
    "pack.threads=1",
    "pack.windowMemory=64m",
    "pack.deltaCacheSize=64m",
    "pack.writeReverseIndex=false",
    "core.bigFileThreshold=32m",
    "core.packedGitWindowSize=16m",
    "core.packedGitLimit=256m",
    "core.deltaBaseCacheLimit=32m",
    # What a fetch may ask for.
    "uploadpack.hideRefs=refs/hubshare",
    "uploadpack.allowFilter=true",
    "uploadpackfilter.allow=false",
    "uploadpackfilter.blob:none.allow=true",
    "uploadpackfilter.blob:limit.allow=true",
    "uploadpackfilter.tree.allow=true",
)
#: Where processors are scarce, what packs and unpacks for somebody gives way to what everybody waits for, and to the slow lane,
#: which may hold the database meanwhile.
_GIVES_WAY = ("nice", "-n", "10")
_PROTOCOL = re.compile(r"version=[012]")
_CHUNK = 256 * KIB
#: Git gives a pack in pieces of 8 KiB, and to pass one on, or only to hear of it, costs the service more than its bytes: so
#: long they are gathered in the pipe, in seconds, once an answer is a long one.
_GATHER_SECONDS = 0.01
#: What git may write meanwhile without waiting; Linux gives no more to everybody, and less where one user has many such pipes.
_PIPE = 1 * MIB
#: A fetch whose client takes nothing for so long is ended, in seconds.
_IDLE_SECONDS = 300
#: What git may say when it fails, in bytes, as far as it is read.
_SAID_MOST = 4 * KIB


class Bounds(NamedTuple):
    """What one run of git may use up.

    Attributes:
        memory: address space in bytes.
        file: largest file that it may write, in bytes.
        seconds: of the clock.
        processor: seconds of the processor.
    """

    memory: int = 2048 * MIB
    file: int = 4096 * MIB
    seconds: int = 60
    processor: int = 60


class Done(NamedTuple):
    """A run of git that has ended.

    Attributes:
        code: its exit code.
        output: what it gave.
        said: what it said to the person, cut short.
    """

    code: int
    output: IO[bytes]
    said: str


def command(*args: str) -> list[str]:
    """The command line of git.

    Raises:
        Unavailable: when this machine has no git.
    """
    binary = shutil.which("git")
    if binary is None:
        raise Unavailable("The machine of this Hub has no `git`, which this needs: ask an admin to install it.")
    return [*_GIVES_WAY, binary, *(word for setting in _CONFIG for word in ("-c", setting)), *args]


def environment(protocol: str = "") -> dict[str, str]:
    """The environment of git: no configuration but ours, no prompt, no other language.

    Args:
        protocol: the header `Git-Protocol` of the request; passed on if it is what it should be.
    """
    made = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    return made | ({"GIT_PROTOCOL": protocol} if _PROTOCOL.fullmatch(protocol) else {})


@contextmanager
def running(
    repository: Path, *args: str, given: IO[bytes] | bytes = b"", bounds: Bounds | None = None, protocol: str = ""
) -> Iterator[Done]:
    """Run git in a repository to its end; the processor's time that it takes counts as this thread's own.

    What it gives lies in the repository's folder meanwhile, without a name: where there is room for large things, and where
    nothing is left of it.

    Args:
        given: what it reads; a file is read from its beginning.
        bounds: what it may use up.
        protocol: see `environment`.

    Raises:
        TooLarge: when it takes too long.
        Unavailable: when this machine has no git.
    """
    with _file(repository) as taken, _file(repository) as output, _file(repository) as said:
        if isinstance(given, bytes):
            taken.write(given)
            given = taken
        _rewind(given)
        bounds = bounds or Bounds()
        process = subprocess.Popen(
            [*bounded(bounds), *command(f"--git-dir={repository}", *args)],
            stdin=given,
            stdout=output,
            stderr=said,
            env=environment(protocol),
            cwd=repository,
            # The processes that it starts end with it. In a session of its own its priority would count for nothing: Linux
            # shares processors out among sessions first (autogroup in sched(7)).
            process_group=0,
        )
        code = _wait(process, bounds.seconds)
        output.seek(0)
        said.seek(0)
        yield Done(code, output, said.read(_SAID_MOST).decode(errors="replace"))


def _file(folder: Path) -> IO[bytes]:
    return tempfile.TemporaryFile(dir=folder)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> int:
    """The exit code of a process, once it has ended; what it used of a processor is counted, and what its own processes did.

    Raises:
        TooLarge: when it takes too long; it is ended.
    """
    late = True
    try:
        late = not exited(process.pid, seconds)
    finally:
        if late:
            os.killpg(process.pid, signal.SIGKILL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        metering.count(seconds=used.ru_utime + used.ru_stime)
    if late:
        raise TooLarge("The push takes too long to look at: push it in parts.")
    return process.returncode


def exited(pid: int, seconds: float) -> bool:
    """Return whether a child process ends within so many seconds; it still has to be waited for."""
    handle = os.pidfd_open(pid)
    try:
        waiting = select.poll()
        waiting.register(handle, select.POLLIN)
        return bool(waiting.poll(seconds * 1000))
    finally:
        os.close(handle)


def _rewind(file: IO[bytes]) -> None:
    """To the beginning, for a process that is given the file; Python may only note it in its buffer."""
    file.flush()
    os.lseek(file.fileno(), 0, os.SEEK_SET)


def bounded(bounds: Bounds) -> list[str]:
    """What stands before the command line of a program that is held to bounds."""
    # A limit that is lower already stays.
    script = 'ulimit -v "$1"; ulimit -f "$2"; ulimit -t "$3"; ulimit -c 0; shift 3; exec "$@"'
    numbers = (bounds.memory // KIB, bounds.file // 512, bounds.processor)
    return ["/bin/sh", "-c", script, "sh", *map(str, numbers)]


class UploadPack:
    """One `git upload-pack` at work for a client; its answer is read piece by piece and never held."""

    def __init__(
        self, process: subprocess.Popen[bytes], answer: asyncio.StreamReader, pipe: asyncio.ReadTransport
    ) -> None:
        self._process, self._answer, self._pipe = process, answer, pipe
        self._loop = asyncio.get_running_loop()
        self._orphans = 0.0
        self._ended: asyncio.Future[float] = self._loop.create_future()
        self._handle = os.pidfd_open(process.pid)
        self._loop.add_reader(self._handle, self._reap)

    @classmethod
    async def refs(cls, repository: Path, protocol: str) -> UploadPack:
        """Tell a client what there is.

        Raises:
            Unavailable: when this machine has no git.
        """
        return await cls._start(protocol, subprocess.DEVNULL, "--http-backend-info-refs", str(repository))

    @classmethod
    async def pack(cls, repository: Path, protocol: str, request: IO[bytes]) -> UploadPack:
        """Answer one request of a client, which lies in a file.

        Raises:
            Unavailable: when this machine has no git.
        """
        _rewind(request)
        return await cls._start(protocol, request, str(repository))

    @classmethod
    async def _start(cls, protocol: str, stdin: IO[bytes] | int, *args: str) -> UploadPack:
        line = command("upload-pack", "--strict", f"--timeout={_IDLE_SECONDS}", "--stateless-rpc", *args)
        reading, writing = os.pipe()
        with contextlib.suppress(OSError):
            fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, _PIPE)
        answer = asyncio.StreamReader(limit=_CHUNK)
        pipe, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(answer), os.fdopen(reading, "rb", buffering=0)
        )
        try:
            process = _begin(line, stdin, writing, protocol)
        except BaseException:
            pipe.close()
            raise
        finally:
            os.close(writing)
        return cls(process, answer, pipe)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The answer, in pieces of at most 256 KiB."""
        given = 0
        while piece := await self._answer.read(_CHUNK):
            yield piece
            given += len(piece)
            if given > _CHUNK > len(piece) and not self._pipe.is_closing():
                self._pipe.pause_reading()
                await asyncio.sleep(_GATHER_SECONDS)
                self._pipe.resume_reading()

    async def failed(self) -> bool:
        """Whether it ended with an error; waits for its end."""
        await self.used()
        return self._process.returncode != 0

    async def used(self) -> float:
        """Seconds of a processor that it took, and the processes that it started; waits for its end."""
        return await asyncio.shield(self._ended)

    def end(self) -> None:
        """End it, if it still works, and let the pipe to it go: one that is full would keep it waiting for a reader."""
        if self._process.returncode is None:
            # Nobody waits for the processes that it has started, so nobody would be told what these took.
            self._orphans = _used_by_children(self._process.pid)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._pipe.close()

    def _reap(self) -> None:
        self._loop.remove_reader(self._handle)
        os.close(self._handle)
        _, status, used = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._ended.set_result(used.ru_utime + used.ru_stime + self._orphans)


def _begin(line: list[str], stdin: IO[bytes] | int, stdout: int, protocol: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        line,
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        env=environment(protocol),
        cwd="/",
        # See `running`.
        process_group=0,
    )


def _used_by_children(pid: int) -> float:
    """Seconds of a processor that the processes took that a process has started, as far as the kernel tells."""
    seconds = 0.0
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            # The clock of another process; see clock_getcpuclockid(3).
            seconds += time.clock_gettime(~int(child) << 3 | 2)
    return seconds
