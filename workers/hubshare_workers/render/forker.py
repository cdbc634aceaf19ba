"""The warm parent of renderings: `python -m hubshare_workers.render.forker`, started by `renderer.py`.

It imports the libraries once, leaves the network, and forks a child for each job; it reads no content itself. Jobs
come over the socket that is its standard input: a header in JSON, with three open files: the input, the output, and a
socket on which it says how the child ended. It ends when the other side closes the socket, or after some idle time.
"""

from __future__ import annotations

import gc
import importlib
import json
import logging
import mmap
import os
import resource
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from hubshare.rendering.kinds import PIECE_BY_PIECE
from hubshare.rendering.results import RenderResult, failure
from hubshare_workers.render import sandbox
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.scheduling import interrupt_nobody

log = logging.getLogger("hubshare.render")

HEADER_BYTES = 64 * 1024
_NICE = 5
#: So often, once in so many seconds, it is tried to set the priority of the session: the kernel lets one do it at a time.
_TRIES, _PAUSE_SECONDS = 20, 0.1
_OF_SESSION = Path("/proc/self/autogroup")


@dataclass
class _Child:
    pid: int
    told: socket.socket
    deadline: float
    late: bool = False


def main() -> None:
    """Fork children until nobody asks any more. Arguments: module of the renderers, idle seconds."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    # The terminal's Ctrl-C is for the worker, which closes the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=0)
    # jsonschema imports it for a check that nobody asks for; it builds a grammar for two seconds.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    kinds = importlib.import_module(sys.argv[1])
    kinds.warm_up()
    _give_way()
    if shared := sandbox.isolate():
        log.warning(
            "renderings share the %s of this machine: the kernel allows no namespaces here", " and ".join(shared)
        )
    _try_sandbox()
    # What is here now is shared with all children, as long as nobody counts its references anew.
    gc.collect()
    gc.freeze()
    Forker(control, kinds.RENDERERS, float(sys.argv[2])).run()


def _give_way() -> None:
    """Have everybody else go first, also whoever wakes while a rendering computes.

    Linux shares processors out among sessions first (autogroup in sched(7)): the priority of a process counts in its own alone.
    """
    os.nice(_NICE)
    interrupt_nobody()
    for _ in range(_TRIES):
        try:
            _OF_SESSION.write_text(str(_NICE))
        except BlockingIOError:
            time.sleep(_PAUSE_SECONDS)
        except OSError:
            # Processors are not shared out by session here.
            return
        else:
            return


def _try_sandbox() -> None:
    """Log what the sandbox lacks on this machine."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(write, 1)
        os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        os.write(1, ",".join(sandbox.enter(sandbox.SandboxLimits(10, 1 << 40, 1 << 20))).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        missing = file.read()
    if os.waitpid(pid, 0)[1] != 0:
        raise SystemExit("the sandbox of renderings cannot be entered on this machine")
    if missing:
        log.warning("renderings run without %s: the kernel has it not, or does not allow it", missing)


class Forker:
    """Forks a child for each job and tells how it ended.

    Args:
        control: where jobs come from.
        renderers: the function of each kind.
        idle: seconds without a job after which it ends.
    """

    def __init__(self, control: socket.socket, renderers: Mapping[str, Any], idle: float) -> None:
        self._control, self._renderers, self._idle = control, renderers, idle
        self._children: dict[int, _Child] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)

    def run(self) -> None:
        """Work until the other side is gone or nothing came for a while."""
        last = time.monotonic()
        while True:
            now = time.monotonic()
            deadlines = [child.deadline for child in self._children.values() if not child.late]
            due = min(deadlines, default=last + self._idle)
            # Those that have been killed are about to end, which wakes it as well.
            ready = self._selector.select(max(0.0, due - now))
            for key, _ in ready:
                last = time.monotonic()
                if key.fileobj is not self._control:
                    self._reap(key.fd)
                elif not self._accept():
                    self._kill(float("inf"))
                    return
            self._kill(time.monotonic())
            if not self._children and time.monotonic() > last + self._idle:
                return

    def _accept(self) -> bool:
        """Take one job; False when no more will come."""
        raw, files, _, _ = socket.recv_fds(self._control, HEADER_BYTES, 3)
        if not raw:
            return False
        source, target, told = files
        header = json.loads(raw)
        limits = sandbox.SandboxLimits(**header["limits"])
        pid = os.fork()
        if pid == 0:
            _work(source, target, header, limits, self._renderers)
        os.close(source)
        os.close(target)
        handle = os.pidfd_open(pid)
        self._children[handle] = _Child(pid, socket.socket(fileno=told), time.monotonic() + limits.clock_seconds)
        self._selector.register(handle, selectors.EVENT_READ)
        return True

    def _kill(self, before: float) -> None:
        for child in self._children.values():
            if child.deadline <= before and not child.late:
                os.kill(child.pid, signal.SIGKILL)
                child.late = True

    def _reap(self, handle: int) -> None:
        self._selector.unregister(handle)
        os.close(handle)
        child = self._children.pop(handle)
        _, status, used = os.wait4(child.pid, 0)
        ended = {
            "status": os.waitstatus_to_exitcode(status),
            "late": child.late,
            "cpu": used.ru_utime + used.ru_stime,
        }
        with child.told:
            try:
                child.told.sendall(json.dumps(ended).encode())
            except OSError:
                log.info("nobody waits for a rendering any more")


def _work(
    source: int, target: int, header: Mapping[str, Any], limits: sandbox.SandboxLimits, renderers: Mapping[str, Any]
) -> NoReturn:
    """The child: give up everything, render, end."""
    code = 1
    try:
        os.dup2(source, 0)
        os.dup2(target, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        # A callback of the sanitiser that fails lets through what it was asked about: nothing may come of that.
        sys.unraisablehook = lambda *_: os._exit(2)
        sandbox.enter(limits)
        # It ends long before what it leaves behind matters; to look for that took a fifth of the time of a long text.
        gc.set_threshold(100_000)
        result = _render(renderers[header["kind"]], header)
        encoded = result.encode()
        if len(encoded) > limits.output_bytes:
            encoded = failure("too-large", "What would be shown of this file is too large.").encode()
        with os.fdopen(1, "wb", closefd=False) as file:
            file.write(encoded)
        code = 0
    finally:
        os._exit(code)


def _render(function: Any, header: Mapping[str, Any]) -> RenderResult:
    try:
        made: RenderResult = function(_inputs(header), header["options"])
        return made
    except Unrenderable as error:
        return failure(error.code, error.message)
    except MemoryError:
        return failure("too-much-memory", "Showing this file would take too much memory.")
    except RecursionError:
        return failure("malformed", "This file is nested too deeply to be shown.")
    except Exception as error:
        result = failure("broken", "This file could not be shown: HubShare broke down over it.")
        # Where, and not in which words: these may quote the file, and what is logged is read by others than the project.
        result.meta["error"]["detail"] = f"{type(error).__name__} in {_places(error)}"[:500]
        return result


def _places(error: BaseException) -> str:
    """The innermost places of the code in which something failed."""
    codes = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)][-3:]
    return ", ".join(f"{Path(code.co_filename).name}:{line} ({code.co_name})" for code, line in reversed(codes))


def _inputs(header: Mapping[str, Any]) -> Sequence[Any]:
    """What is rendered: of the kinds that read it piece by piece mapped, so that no memory holds it."""
    if header["kind"] in PIECE_BY_PIECE and header["sizes"][0]:
        return [mmap.mmap(0, 0, access=mmap.ACCESS_READ)]
    with os.fdopen(0, "rb", closefd=False) as file:
        return [file.read(size) for size in header["sizes"]]


if __name__ == "__main__":
    main()
