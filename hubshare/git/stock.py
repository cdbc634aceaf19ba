"""Stock git: how its binary is run, with nothing of this machine's configuration in it, and within limits."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

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
_PROTOCOL = re.compile(r"version=[012]")
_CHUNK = 64 * KIB
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
    return [binary, *(word for setting in _CONFIG for word in ("-c", setting)), *args]


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
    repository: Path, *args: str, given: IO[bytes] | bytes = b"", bounds: Bounds | None = None
) -> Iterator[Done]:
    """Run git in a repository to its end.

    Args:
        given: what it reads; a file is read from its beginning.
        bounds: what it may use up.

    Raises:
        TooLarge: when it takes too long.
        Unavailable: when this machine has no git.
    """
    with tempfile.TemporaryFile() as taken, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as said:
        if isinstance(given, bytes):
            taken.write(given)
            given = taken
        _rewind(given)
        bounds = bounds or Bounds()
        try:
            code = subprocess.run(
                [*_bounded(bounds), *command(f"--git-dir={repository}", *args)],
                stdin=given,
                stdout=output,
                stderr=said,
                env=environment(),
                cwd=repository,
                timeout=bounds.seconds,
            ).returncode
        except subprocess.TimeoutExpired:
            raise TooLarge("The push takes too long to look at: push it in parts.") from None
        output.seek(0)
        said.seek(0)
        yield Done(code, output, said.read(_SAID_MOST).decode(errors="replace"))


def _rewind(file: IO[bytes]) -> None:
    """To the beginning, for a process that is given the file; Python may only note it in its buffer."""
    file.flush()
    os.lseek(file.fileno(), 0, os.SEEK_SET)


def _bounded(bounds: Bounds) -> list[str]:
    # A limit that is lower already stays.
    script = 'ulimit -v "$1"; ulimit -f "$2"; ulimit -t "$3"; ulimit -c 0; shift 3; exec "$@"'
    numbers = (bounds.memory // KIB, bounds.file // 512, bounds.processor)
    return ["/bin/sh", "-c", script, "sh", *map(str, numbers)]


class UploadPack:
    """One `git upload-pack` at work for a client; its answer is read piece by piece and never held."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

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
        process = await asyncio.create_subprocess_exec(
            *line,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(protocol),
            cwd="/",
            limit=_CHUNK,
            # Its own group: the processes that it starts end with it.
            start_new_session=True,
        )
        return cls(process)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The answer, in pieces of at most 64 KiB."""
        assert self._process.stdout is not None
        while piece := await self._process.stdout.read(_CHUNK):
            yield piece

    async def failed(self) -> bool:
        """Whether it ended with an error; waits for its end."""
        return await self._process.wait() != 0

    def end(self) -> None:
        """End it, if it still works, and let the pipe to it go."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        # A pipe that is full would keep it waiting for a reader. There is no public way to the pipe.
        pipe = self._process._transport.get_pipe_transport(1)  # type: ignore[attr-defined]
        if pipe is not None:
            pipe.close()
