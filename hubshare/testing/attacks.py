"""Renderers that do what hostile content would do had it found a hole; each tells in `got` what came of it."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hubshare.rendering.results import RenderResult

_libc = ctypes.CDLL(None, use_errno=True)


def warm_up() -> None:
    """Nothing has to be loaded."""


def _told(attack: Callable[..., Any]) -> Callable[..., RenderResult]:
    def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
        try:
            return RenderResult({"got": attack(**options)})
        except OSError as error:
            return RenderResult({"refused": type(error).__name__, "number": error.errno})

    return render


def _read(path: str) -> str:
    return Path(path).read_text()


def _write(path: str) -> int:
    return Path(path).write_text("x")


def _list(path: str) -> list[str]:
    return sorted(one.name for one in Path(path).iterdir())


def _chmod(path: str) -> None:
    Path(path).chmod(0o777)


def _connect(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), 2):
        return "connected"


def _unix_socket() -> str:
    with socket.socket(socket.AF_UNIX):
        return "made"


def _fork() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return pid


def _run() -> bytes:
    return subprocess.check_output(["/bin/echo", "hello"])


def _exec() -> None:
    os.execv("/bin/true", ["true"])  # noqa: S606 – it must not start


def _thread() -> str:
    got: list[str] = []
    thread = threading.Thread(target=lambda: got.append("ran"))
    thread.start()
    thread.join()
    return got[0]


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)


def _process() -> dict[str, Any]:
    """Who a rendering is."""
    return {"pid": os.getpid(), "parent": os.getppid()}


def _call(number: int, arguments: list[int]) -> int:
    """A system call by its number."""
    got = int(_libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)))
    if got < 0:
        raise OSError(ctypes.get_errno(), str(number))
    return got


def _calls(numbers: list[int]) -> dict[int, int]:
    """What comes of system calls with no arguments, by their numbers."""
    found = {}
    for number in numbers:
        _libc.syscall(ctypes.c_long(number), *([ctypes.c_long(0)] * 6))
        found[number] = ctypes.get_errno()
    return found


def _more_memory() -> None:
    try:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except ValueError as error:
        raise PermissionError(1, str(error)) from error


def _new_namespace() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x10000000) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def _allocate(size: int) -> int:
    return len(bytearray(size))


def _loop() -> None:
    while True:
        pass


def _sleep() -> None:
    time.sleep(3600)


def _output(size: int) -> str:
    return "x" * size


def _recurse() -> None:
    _recurse()


def _crash() -> None:
    ctypes.string_at(0)


def _quote(words: str) -> None:
    """Breaks down with words of the file, as libraries do."""
    raise ValueError(f"invalid literal: {words!r}")


def _around() -> dict[str, Any]:
    """What a rendering finds around it."""
    return {
        "environment": dict(os.environ),
        "folder": Path.cwd().name,
        "files": [number for number in range(3, 64) if _open(number)],
        "modules": sorted(name for name in ("redis", "sqlalchemy", "dramatiq", "dulwich") if name in sys.modules),
        "limits": {
            name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))
            for name in ("CPU", "AS", "CORE", "FSIZE", "NPROC")
        },
    }


def _open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _unraisable() -> str:
    """What happens when the sanitiser's callback fails, which nh3 takes for a yes."""
    import nh3

    def broken(tag: str, name: str, value: str) -> str:
        raise ValueError(name)

    return nh3.clean('<a title="x">y</a>', attributes={"a": {"title"}}, attribute_filter=broken)


def _damaged(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """A result that is not of the form that results have."""
    return RenderResult({"error": options["error"]})


def _deep(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    os.write(1, b"[" * 200_000)
    os._exit(0)


RENDERERS = {
    name.removeprefix("_"): _told(attack)
    for name, attack in list(globals().items())
    if name.startswith("_") and not name.startswith(("__", "_told")) and callable(attack)
}
RENDERERS |= {"damaged": _damaged, "deep": _deep}
