"""What an installation has from one start to the next: its ports where they are still free, and its Redis."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import secrets
import socket
import sys
from collections import deque
from pathlib import Path

from hubshare.private_folder import make_private

#: Below the ports that Linux, macOS and Windows give to outgoing connections: a client that knocks at a
#: stopped server's port may otherwise be given that very port, connect to itself, and keep the server from
#: coming back.
_LOWEST, _HIGHEST = 20_000, 32_000

#: Ports that this process has chosen lately; a server listens on its own long before so many others are chosen.
_claims: deque[socket.socket] = deque()
_MOST_CLAIMS = 32


@atexit.register
def _let_go() -> None:
    while _claims:
        _claims.pop().close()


def allocate_ports(data: Path, *names: str) -> list[int]:
    """Return a free port on the loopback address for each name, where possible the same as last time.

    Nothing holds the ports: a program that is none of HubShare's may take one before it is used.
    """
    file = data / "ports.json"
    ports: dict[str, int] = {}
    with contextlib.suppress(FileNotFoundError, ValueError):
        ports = json.loads(file.read_text())
    with contextlib.ExitStack() as taken:
        for name in names:
            sock = taken.enter_context(socket.socket())
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            ports[name] = _bind(sock, ports.get(name, 0))
    make_private(data)
    draft = file.with_name(f".ports.{os.getpid()}")
    draft.write_text(json.dumps(ports, indent=1) + "\n")
    draft.replace(file)
    return [ports[name] for name in names]


def embedded_redis_url(data: Path) -> str | None:
    """Return the address of the embedded Redis of an installation, with its password; None where there is none."""
    try:
        port = json.loads((data / "ports.json").read_text())["redis"]
        password = (data / "secrets" / "redis").read_text().strip()
    except (OSError, ValueError, KeyError):
        return None
    return f"redis://:{password}@127.0.0.1:{port}/0"


def free_port() -> int:
    """Return a port on the loopback address that is free at this moment."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return _bind(sock, 0)


def is_free(port: int) -> bool:
    """Return whether a server could listen on this port of the loopback address."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _claim(port: int) -> bool:
    """Return whether no other process has just chosen this port for a server that does not listen yet (on Linux only).

    The kernel lets the claim go when this process ends.
    """
    if sys.platform != "linux":
        return True
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0hubshare-port-{port}")
    except OSError:
        claim.close()
        return False
    _claims.append(claim)
    if len(_claims) > _MOST_CLAIMS:
        _claims.popleft().close()
    return True


def _bind(sock: socket.socket, wanted: int) -> int:
    while True:
        port = wanted or _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
        if not wanted and not _claim(port):
            continue
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            wanted = 0
            continue
        return port
