"""Documents that are open in a Jupyter server, without the server: the real socket, and documents that are plain texts."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hubshare_agents.jupyter.browser_documents import BrowserDocument, Window
from hubshare_agents.jupyter.documents import Document, DocumentServer
from hubshare_agents.jupyter.rooms import Room


class Text:
    """A text as a document, and as its own shared state: an update is the text that it brings."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.dirty: bool | None = None

    @property
    def ydoc(self) -> Text:
        return self

    def get(self) -> object:
        return self.text

    async def aset(self, value: object) -> None:
        self.text = str(value)

    def get_state(self) -> bytes:
        return b""

    def get_update(self, state: bytes | None = None) -> bytes:
        return self.text.encode()

    def apply_update(self, update: bytes) -> None:
        self.text = update.decode()


class OpenText(Room):
    """A text file that somebody has open.

    Args:
        file: which.

    Attributes:
        watched: whether anybody looks at it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.document: Text = Text(file.read_text())  # type: ignore[assignment]
        self.watched = True
        self._lock = asyncio.Lock()

    @property
    def path(self) -> str | None:
        return str(self._file)

    @property
    def ready(self) -> bool:
        return True

    @property
    def empty(self) -> bool:
        return not self.watched

    @property
    def lock(self) -> asyncio.Lock:
        return self._lock

    async def load(self) -> tuple[object, object]:
        return self._file.read_text(), None

    async def take(self, update: bytes, modified: object, wanted: object) -> None:
        self.document.apply_update(update)

    def save(self) -> None:
        """Write to disk what was typed."""
        self._file.write_text(self.document.text)


class TextInWindow:
    """A text file that is open in a window of JupyterLab without an extension for editing together.

    Args:
        file: which.

    Attributes:
        document: what the server knows of it.
        text: what is in the editor.
        told: whether it was said that something newer waits, or that the file was deleted.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.text = file.read_text()
        self.told: list[str] = []
        self._window = Window(self._hear)
        self._stands("saved")
        self.document = BrowserDocument(self._window, str(file))

    def type(self, text: str) -> None:
        """Have unsaved edits."""
        self.text = text
        self._stands("edited")

    def save(self) -> None:
        """Write to disk what was typed."""
        self._file.write_text(self.text)
        self._stands("saved")

    def _stands(self, standing: str) -> None:
        self._window.hear({"do": "stands", "path": str(self._file), "standing": standing})

    def _hear(self, message: dict[str, object]) -> None:
        saved = self._window.documents[str(self._file)] == "saved"
        match message["do"]:
            case "waits":
                self.told.append("deleted" if message["deleted"] else "waits")
                return
            case "thaw" if saved:
                self.text = self._file.read_text()
        self._window.hear({"do": "answer", "id": message["id"], "ready": saved})


@contextmanager
def jupyter(state: Path) -> Iterator[list[Any]]:
    """A server that listens for an agent with this state; gives the list of what is open in it."""
    rooms: list[Document] = []
    loop = asyncio.new_event_loop()
    server = DocumentServer(lambda: iter(list(rooms)), Path("/"), logging.getLogger("jupyter"))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.start(state), loop).result(10)
    try:
        yield rooms
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end(server: DocumentServer) -> None:
    server.close()
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
        await asyncio.wait([task])
