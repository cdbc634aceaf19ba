"""A browser's side of the server extension: commands over HTTP, events over the websocket."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import websocket

from tests.helpers.centre_fixture import Refused

Event = dict[str, Any]


class Panel:
    """What the panel of JupyterLab does.

    Args:
        url: of the Jupyter server.
        headers: by which it knows who asks.
    """

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.url, self.headers = url, headers
        #: What was said on the way to the last answer.
        self.progress: list[list[Any]] = []

    def call(self, command: str, **args: Any) -> Any:
        """The answer to a command.

        Raises:
            Refused: what was answered instead.
        """
        self.progress = []
        with self.begin(command, **args) as response:
            for message in map(json.loads, response.iter_lines()):
                if "progress" in message:
                    self.progress.append(message["progress"])
                elif "error" in message:
                    raise Refused(message["error"]["code"], message["error"]["message"])
                else:
                    return message["result"]
        raise AssertionError("there was no answer")

    def begin(self, command: str, **args: Any) -> Any:
        """A command whose answer is read, or not, by whoever asks."""
        return httpx.stream(
            "POST", f"{self.url}hubshare/command/{command}", json=args, headers=self.headers, timeout=60
        )

    def follow(self) -> Events:
        """The events from now on."""
        return Events(self.url, self.headers)

    def shows(self, *paths: str) -> Events:
        """What is told of documents that people edit together and that this window shows."""
        window = Events(self.url, self.headers, "documents")
        for path in paths:
            window.say({"do": "stands", "path": path, "standing": "shared"})
        return window


class Events:
    """The websocket of one window."""

    def __init__(self, url: str, headers: dict[str, str], about: str = "events") -> None:
        parts = urlsplit(url)
        address = urlunsplit(parts._replace(scheme="ws", path=f"{parts.path}hubshare/{about}"))
        self._socket = websocket.create_connection(
            address,
            header=[f"{name}: {value}" for name, value in headers.items() if name != "Origin"],
            # A program says nothing of where it comes from.
            origin=headers.get("Origin"),
            suppress_origin="Origin" not in headers,
            timeout=30,
        )
        #: All that was told.
        self.told: list[Event] = []

    def say(self, message: Event) -> None:
        """Tell the server something."""
        self._socket.send(json.dumps(message))

    def next(self) -> Event:
        """The next event."""
        event: Event = json.loads(self._socket.recv())
        self.told.append(event)
        return event

    def until(self, wanted: Callable[[Event], object], kind: str = "checkouts", seconds: float = 30) -> Event:
        """The first event of a kind that is as wanted."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            event = self.next()
            if event["kind"] == kind and wanted(event):
                return event
        raise AssertionError(f"it was not told in {seconds} s: {self.told[-3:]}")

    def of(self, folder: object, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The first summary of a checkout that is as wanted."""

        def find(event: Event) -> Iterator[dict[str, Any]]:
            return (one for one in event["checkouts"] if one["folder"] == str(folder) and wanted(one))

        return next(find(self.until(lambda event: next(find(event), None))))

    def closed_with(self) -> int:
        """The code with which the server closes it."""
        while True:
            kind, content = self._socket.recv_data()
            if kind == websocket.ABNF.OPCODE_CLOSE:
                return int.from_bytes(content[:2], "big")

    def close(self) -> None:
        """Close the window."""
        self._socket.close()
        # One that the server has closed is not let go by that.
        self._socket.shutdown()

    def __enter__(self) -> Events:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
