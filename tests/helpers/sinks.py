"""Ports that nobody is to reach: whatever comes is noted."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterable


class Sinks:
    """Listens on this machine, on a port for each name.

    Args:
        streams: names of ports of TCP.
        datagrams: names of ports of UDP.

    Attributes:
        ports: by name.
        reached: names of the ports that something came to.
    """

    def __init__(self, streams: Iterable[str], datagrams: Iterable[str]) -> None:
        self.ports: dict[str, int] = {}
        self.reached: set[str] = set()
        self._selector = selectors.DefaultSelector()
        for names, kind in ((streams, socket.SOCK_STREAM), (datagrams, socket.SOCK_DGRAM)):
            for name in names:
                sink = socket.socket(socket.AF_INET, kind)
                sink.bind(("127.0.0.1", 0))
                if kind == socket.SOCK_STREAM:
                    sink.listen()
                self.ports[name] = sink.getsockname()[1]
                self._selector.register(sink, selectors.EVENT_READ, name)
        self._end, self._ended = socket.socketpair()
        self._selector.register(self._ended, selectors.EVENT_READ, "")
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let all ports go."""
        self._end.close()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()

    def _listen(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if not key.data:
                    return
                self.reached.add(key.data)
                sink = key.fileobj
                assert isinstance(sink, socket.socket)
                if sink.type == socket.SOCK_STREAM:
                    sink.accept()[0].close()
                else:
                    sink.recv(2048)
