"""A line of TCP that can be cut, be dead, and be slow."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

_CHUNK = 65536
#: How long each piece takes on a slow line, in seconds.
_SLOW_SECONDS = 0.2


class Line:
    """Passes on what comes to a port of its own.

    Args:
        port: where it goes to, on the loopback address.

    Attributes:
        port: where it listens.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._open, self._slow, self._cut = threading.Event(), False, False
        self._open.set()
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End all connections, and take none."""
        self._cut = True
        with self._lock:
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def freeze(self) -> None:
        """Pass nothing on, without anybody being told."""
        self._open.clear()

    def slow(self) -> None:
        """Pass everything on slowly."""
        self._slow = True

    def mend(self) -> None:
        """Let it be as it was."""
        self._cut = self._slow = False
        self._open.set()

    def close(self) -> None:
        """End everything."""
        self.mend()
        self.cut()
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            try:
                if self._cut:
                    raise ConnectionRefusedError
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                near.close()
                continue
            with self._lock:
                self._ends |= {near, far}
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(_CHUNK):
                self._open.wait()
                if self._slow:
                    threading.Event().wait(_SLOW_SECONDS)
                target.sendall(piece)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._ends.discard(source)
        source.close()
