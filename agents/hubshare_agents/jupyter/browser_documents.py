"""Documents that are open in windows of JupyterLab: each window says how they stand, and is asked before a file is replaced.

A window speaks over the websocket `hubshare/documents`, in JSON:
`{"do": "stands", "path": …, "standing": "saved" | "edited" | "shared" | "closed"}` when that changes, as in the file browser;
`{"do": "answer", "id": …, "ready": …}` to what it is asked. It is told
`{"do": "freeze", "id": …, "path": …}`: it answers `ready` if it has no unsaved edits, and then saves nothing until
`{"do": "thaw", "id": …, "path": …}`: it takes in what is on disk, and answers;
`{"do": "waits", "path": …, "deleted": …}`: something newer waits until its edits are saved, or until it is closed.
One that people edit together is `shared`: the server knows how it stands, and the window is only told what waits.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import Any

from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado.websocket import WebSocketClosedError, WebSocketHandler

#: So many windows are listened to, and so many documents of each.
MOST_WINDOWS, MOST_DOCUMENTS = 64, 500
_MESSAGE_BYTES = 16 * 1024
#: How long a window may take to answer. One that does not may have edits: its files stay as they are.
_ANSWER_SECONDS = 1.5


class BrowserDocument:
    """One document in one window.

    Attributes:
        path: below the top folder of the contents manager.
        ready, empty, sole: as of `hubshare_agents.jupyter.rooms.Room`.
    """

    ready, empty, sole = True, False, False

    def __init__(self, window: Window, path: str) -> None:
        self._window, self.path = window, path

    async def is_saved(self) -> bool:
        """Return whether it has no unsaved edits, as far as the window has said."""
        return self._window.documents.get(self.path) == "saved"

    async def freeze(self) -> bool:
        """Have it save nothing until it is thawed; return False if it has unsaved edits.

        Raises:
            TimeoutError: when the window does not answer.
        """
        return await self._window.ask("freeze", self.path)

    async def thaw(self) -> None:
        """Have it take in what is on disk."""
        with suppress(TimeoutError):
            await self._window.ask("thaw", self.path)

    async def catch_up(self) -> None:
        """The same for one that was opened while its file was replaced."""
        await self.thaw()

    def tell_waiting(self, deleted: bool) -> None:
        """Say that something newer waits.

        Args:
            deleted: it is that the file was deleted.
        """
        self._window.say({"do": "waits", "path": self.path, "deleted": deleted})


class Window:
    """One window.

    Args:
        say: sends a message.

    Attributes:
        documents: path to `saved` or `edited`.
        shared: the paths of those that people edit together.
    """

    def __init__(self, say: Callable[[dict[str, object]], None]) -> None:
        self.say = say
        self.documents: dict[str, str] = {}
        self.shared: set[str] = set()
        self._numbers = count(1)
        self._asked: dict[int, asyncio.Future[bool]] = {}

    async def ask(self, what: str, path: str) -> bool:
        """Ask about a document; return what the window answers.

        Raises:
            TimeoutError: when it does not.
        """
        number, answer = next(self._numbers), asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            self.say({"do": what, "id": number, "path": path})
            async with asyncio.timeout(_ANSWER_SECONDS):
                return bool(await answer)
        finally:
            del self._asked[number]

    def hear(self, message: Any) -> None:
        """Take a message of the window; what is not understood is passed over."""
        match message:
            case {"do": "stands", "path": str(path), "standing": "closed"}:
                self.documents.pop(path, None)
                self.shared.discard(path)
            case {"do": "stands", "path": str(path), "standing": "shared"}:
                if len(self.shared) < MOST_DOCUMENTS:
                    self.shared.add(path)
            case {"do": "stands", "path": str(path), "standing": "saved" | "edited" as standing}:
                if path in self.documents or len(self.documents) < MOST_DOCUMENTS:
                    self.documents[path] = standing
            case {"do": "answer", "id": int(number), "ready": bool(ready)}:
                answer = self._asked.get(number)
                if answer is not None and not answer.done():
                    answer.set_result(ready)

    def close(self) -> None:
        """It has gone: whoever waits for it goes on."""
        self.documents.clear()
        self.shared.clear()
        for answer in self._asked.values():
            if not answer.done():
                answer.set_result(True)


class Windows:
    """All windows of a server.

    Args:
        begin: called when the first one comes, before it is heard.
    """

    def __init__(self, begin: Callable[[], Awaitable[None]]) -> None:
        self._begin: Callable[[], Awaitable[None]] | None = begin
        self._windows: list[Window] = []

    async def add(self, window: Window) -> bool:
        """Listen to a window; return False when there are too many."""
        if len(self._windows) >= MOST_WINDOWS:
            return False
        self._windows.append(window)
        begin, self._begin = self._begin, None
        if begin is not None:
            await begin()
        return True

    def remove(self, window: Window) -> None:
        """It has gone."""
        window.close()
        if window in self._windows:
            self._windows.remove(window)

    def tell(self, path: str, deleted: bool) -> None:
        """Say of a document that people edit together that something newer waits, in all windows that show it."""
        for window in list(self._windows):
            for shown in window.shared:
                if shown.strip("/") == path.strip("/"):
                    window.say({"do": "waits", "path": shown, "deleted": deleted})

    def documents(self) -> Iterator[BrowserDocument]:
        """What is open in all of them."""
        for window in list(self._windows):
            for path in list(window.documents):
                yield BrowserDocument(window, path)


class DocumentsSocket(WebSocketMixin, WebSocketHandler, JupyterHandler):  # type: ignore[misc]
    """The websocket of one window."""

    auth_resource = "hubshare"

    def initialize(self, windows: Windows) -> None:
        """Runs first."""
        self._windows = windows
        self._window = Window(self._say)

    @ws_authenticated  # type: ignore[untyped-decorator]
    @authorized(action="write")  # type: ignore[untyped-decorator]
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Open the websocket."""
        await super().get(*args, **kwargs)

    @property
    def max_message_size(self) -> int:
        """The longest message of a browser, in bytes."""
        return _MESSAGE_BYTES

    async def open(self, *args: Any, **kwargs: Any) -> None:
        """Runs when the websocket is open."""
        super().open(*args, **kwargs)
        if not await self._windows.add(self._window):
            self.close(4429, "close some windows")

    def on_message(self, message: str | bytes) -> None:
        """Runs for each message of the browser."""
        with suppress(ValueError):
            self._window.hear(json.loads(message))

    def on_close(self) -> None:
        """Runs when the browser has gone."""
        super().on_close()
        self._windows.remove(self._window)

    def _say(self, message: dict[str, object]) -> None:
        with suppress(WebSocketClosedError):
            sent = self.write_message(json.dumps(message))
            # Nobody waits for it: one that has gone is noticed when it closes.
            sent.add_done_callback(lambda done: done.exception())
