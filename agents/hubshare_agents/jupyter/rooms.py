"""The documents that people have open together in this server, of whichever extension serves them: one way to look at all.

Both extensions overwrite what is typed when a file changes on disk. So a file is replaced only while its document holds what is
on disk; meanwhile the extension neither saves nor reloads it, and then the new content is merged into it as one more person's
edit, so that keys pressed meanwhile stay.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Protocol

from jupyter_server.utils import ensure_async

#: How long a save that is under way may take until somebody else asks again.
_LOCK_SECONDS = 1.0
#: What the contents manager adds when a notebook is read, or drops when it is written.
_TRANSIENT = ("orig_nbformat", "orig_nbformat_minor", "signature")


class _Shared(Protocol):
    """A document of Yjs, as `pycrdt.Doc`."""

    def get_state(self) -> bytes: ...
    def get_update(self, state: bytes | None = None) -> bytes: ...
    def apply_update(self, update: bytes) -> None: ...


class _Document(Protocol):
    """What is in a room, as `jupyter_ydoc.ybasedoc.YBaseDoc`."""

    dirty: bool | None

    @property
    def ydoc(self) -> _Shared: ...
    def get(self) -> object: ...
    async def aset(self, value: object) -> None: ...


class Room(ABC):
    """One open document.

    Attributes:
        document: what people see and type into.
        tell: says to the windows that show a document that something newer waits, or that its file was deleted.
    """

    document: _Document
    tell: Callable[[str, bool], object] | None = None
    _fork: _Document | None = None
    #: Another document of the same file cannot be asked beside it: both would take the file's lock.
    sole = True

    @property
    @abstractmethod
    def path(self) -> str | None:
        """Where its file lies, below the top folder of the contents manager; None when it has none any more."""

    @property
    @abstractmethod
    def ready(self) -> bool:
        """Whether its content has been loaded."""

    @property
    def due(self) -> bool:
        """Whether a save is due, which may have taken the content already."""
        return False

    @property
    @abstractmethod
    def empty(self) -> bool:
        """Whether nobody looks at it."""

    @property
    @abstractmethod
    def lock(self) -> asyncio.Lock:
        """What its extension holds while it reads or writes the file."""

    @abstractmethod
    async def load(self) -> tuple[object, object]:
        """Return what the extension would load from disk, and when that was modified."""

    @abstractmethod
    async def take(self, update: bytes, modified: object, wanted: object) -> None:
        """Merge an update into the document.

        Args:
            modified: when its file was modified.
            wanted: what is on disk, so that what differs afterwards is not saved.
        """

    async def is_saved(self) -> bool:
        """Return whether the document holds what is on disk."""
        content, _ = await self.load()
        return not self.due and _kept(self.document.get()) == _kept(await self._normal(content))

    async def freeze(self) -> bool:
        """Have the document neither saved nor reloaded until it is thawed; return False if it has unsaved edits.

        Raises:
            TimeoutError: when a save takes long.
        """
        async with asyncio.timeout(_LOCK_SECONDS):
            await self.lock.acquire()
        try:
            content, _ = await self.load()
            normal = _kept(await self._normal(content))
            # Nothing can be typed between these two.
            saved, update = not self.due and _kept(self.document.get()) == normal, self.document.ydoc.get_update()
            if saved:
                self._fork = type(self.document)()
                self._fork.ydoc.apply_update(update)
        finally:
            if self._fork is None:
                self.lock.release()
        return saved

    async def thaw(self) -> None:
        """Merge what is on disk now into the document; what was typed since the freeze stays."""
        fork, self._fork = self._fork, None
        assert fork is not None
        try:
            content, modified = await self.load()
            before = fork.ydoc.get_state()
            await fork.aset(content)
            await self.take(fork.ydoc.get_update(before), modified, fork.get())
        finally:
            self.lock.release()

    def tell_waiting(self, deleted: bool) -> None:
        """Say that something newer waits to all who have it open.

        Args:
            deleted: it is that the file was deleted.
        """
        if self.tell is not None and self.path is not None:
            self.tell(self.path, deleted)

    async def catch_up(self) -> None:
        """Take in what is on disk: the document was opened while its file was being replaced, and may hold what was there."""
        async with asyncio.timeout(_LOCK_SECONDS):
            await self.lock.acquire()
        self._fork = type(self.document)()
        self._fork.ydoc.apply_update(self.document.ydoc.get_update())
        await self.thaw()

    async def _normal(self, content: object) -> object:
        """Return content in the form that the document would give it."""
        fresh = type(self.document)()
        await fresh.aset(content)
        return fresh.get()


class CollaborationRoom(Room):
    """A document of jupyter-collaboration."""

    def __init__(self, room: Any, contents: Any) -> None:
        self._room, self._contents = room, contents
        self.document = room._document

    @property
    def path(self) -> str | None:
        try:
            return str(self._room._file.path)
        except RuntimeError:  # its file is not known any more
            return None

    @property
    def ready(self) -> bool:
        return bool(self._room.ready) and not self._room._update_lock.locked()

    @property
    def empty(self) -> bool:
        return not self._room.clients

    @property
    def lock(self) -> asyncio.Lock:
        lock: asyncio.Lock = self._room._file._lock
        return lock

    async def load(self) -> tuple[object, object]:
        form, kind = self._room.file_format, self._room.file_type
        model = await ensure_async(self._contents.get(self.path, format=form, type=kind, content=True))
        content = model["content"]
        return _lines(content) if kind == "file" else content, model["last_modified"]

    async def take(self, update: bytes, modified: object, wanted: object) -> None:
        room = self._room
        async with room._update_lock:
            self.document.ydoc.apply_update(update)
            if _kept(self.document.get()) == _kept(wanted):
                self.document.dirty = False
        room._file.last_modified = modified
        if room._saving_document is not None and not room._saving_document.done():
            # It may be about to write what was there before.
            room._save_to_disc()


class ServerDocumentsRoom(Room):
    """A document of jupyter-server-documents."""

    def __init__(self, room: Any, contents: Any) -> None:
        self._room, self._contents, self._file = room, contents, room.file_api
        self.document = room._jupyter_ydoc

    @property
    def path(self) -> str | None:
        found: str | None = self._file.get_path()
        return found

    @property
    def ready(self) -> bool:
        return bool(self._file.content_loaded)

    @property
    def due(self) -> bool:
        return bool(self._file.has_unsaved_changes and self._file._is_writable)

    @property
    def empty(self) -> bool:
        return bool(self._room.empty)

    @property
    def lock(self) -> asyncio.Lock:
        lock: asyncio.Lock = self._file._content_lock
        return lock

    async def load(self) -> tuple[object, object]:
        file, outputs = self._file, self._room.outputs_manager
        model = await ensure_async(self._contents.get(self.path, type=file.file_type, format=file.file_format))
        if file.file_type == "notebook" and outputs is not None:
            model = outputs.process_loaded_notebook(file_id=file.file_id, file_data=model)
        return _lines(model["content"]), model["last_modified"]

    async def take(self, update: bytes, modified: object, wanted: object) -> None:
        file = self._file
        file._reloading_content = True  # this is no edit that has to be saved
        try:
            self.document.ydoc.apply_update(update)
            if _kept(self.document.get()) == _kept(wanted):
                self.document.dirty = False
        finally:
            file._reloading_content = False
        file._last_modified = modified


def find_rooms(server: Any, tell: Callable[[str, bool], object]) -> Callable[[], Iterator[Room]] | None:
    """Return what lists the open documents of a server; None where no extension lets people edit together.

    Args:
        server: the `ServerApp`.
        tell: as of `Room`.
    """
    apps, contents = server.extension_manager.extension_apps, server.contents_manager
    together = next(iter(apps.get("jupyter_server_ydoc", ())), None)
    documents = next(iter(apps.get("jupyter_server_documents", ())), None)
    if together is None and documents is None:
        return None

    def rooms() -> Iterator[Room]:
        for room in found():
            room.tell = tell
            yield room

    def found() -> Iterator[Room]:
        if together is not None:
            yield from (
                CollaborationRoom(room, contents)
                for room in list(together.ywebsocket_server.rooms.values())
                if hasattr(room, "_document")  # others are of no file
            )
        if documents is not None:
            yield from (
                ServerDocumentsRoom(room, contents)
                for room in documents.yroom_manager.list_document_rooms()
                if not room.stopped
            )

    return rooms


def _lines(content: object) -> object:
    return content.replace("\r\n", "\n") if isinstance(content, str) else content


def _kept(content: object) -> object:
    """Return what of a document's content is the person's; a notebook comes with what only this server knows."""
    if not isinstance(content, dict):
        return content
    cells = []
    for cell in content.get("cells", ()):
        metadata = {key: value for key, value in cell.get("metadata", {}).items() if key != "trusted"}
        cells.append({key: value for key, value in cell.items() if key != "id"} | {"metadata": metadata})
    metadata = dict(content.get("metadata", {}))
    for name in _TRANSIENT:
        with suppress(KeyError):
            del metadata[name]
    return {**content, "cells": cells, "metadata": metadata}
