"""Somebody who hears an event stream in the background."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Queue
from typing import Any

import httpx

from tests.helpers.access_doors import Api, read_events
from tests.helpers.access_fixture import Stage
from tests.helpers.access_subjects import Subject


class Listener:
    """Hears an event stream in the background.

    Attributes:
        heard: the events, as they come; None at the end of the stream.
    """

    def __init__(self, api: Api, who: str, path: str) -> None:
        self.heard: Queue[dict[str, Any] | None] = Queue()
        self._client = httpx.Client(base_url=f"{api.root}api/v1", timeout=30)
        begun, headers = threading.Event(), {"Authorization": f"token {who}"} if who else {}

        def listen() -> None:
            try:
                with self._client.stream("GET", path, headers=headers) as answer:
                    self._socket = answer.extensions["network_stream"].get_extra_info("socket")
                    lines = answer.iter_lines()
                    assert next(lines) == ": connected"
                    begun.set()
                    for _, event in read_events(lines):
                        self.heard.put(event)
            except httpx.HTTPError:
                pass
            finally:
                self.heard.put(None)

        self._thread = threading.Thread(target=listen, daemon=True)
        self._thread.start()
        assert begun.wait(10), "the stream does not begin"

    def until(self, true: Callable[[dict[str, Any] | None], object]) -> list[dict[str, Any] | None]:
        """What is heard up to something."""
        found = []
        while True:
            found.append(self.heard.get(timeout=15))
            if true(found[-1]):
                return found

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._client.close()


@contextmanager
def listening(stage: Stage, who: Subject, path: str) -> Iterator[Listener]:
    made = Listener(stage.api, who.token, path)
    try:
        yield made
    finally:
        made.close()
