"""Answers the agent's questions about documents that are open in this server. See `hubshare.wire.documents`.

It listens on a private socket. Only the user can reach it: it lies in a folder of mode 0700.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from logging import Logger
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ValidationError

from hubshare.wire.documents import REQUEST, List, Look, OpenDocuments, OpenPaths, Replace, Standing, StandingName
from hubshare_agents import unix_sockets
from hubshare_agents.agent_process import documents_folder

#: How long a document waits for an agent that replaces its file: one that was stopped must not keep edits from being saved.
_REPLACE_SECONDS = 10.0


class Document(Protocol):
    """An open document: of people who edit together, see `rooms`, or of one window, see `browser_documents`."""

    @property
    def sole(self) -> bool: ...
    @property
    def path(self) -> str | None: ...
    @property
    def ready(self) -> bool: ...
    @property
    def empty(self) -> bool: ...
    async def is_saved(self) -> bool: ...
    async def freeze(self) -> bool: ...
    async def thaw(self) -> None: ...
    async def catch_up(self) -> None: ...
    def tell_waiting(self, deleted: bool) -> None: ...


#: How a file stands of which several documents are open: as the first of these.
_GRAVEST: Sequence[StandingName] = ("edited", "unknown", "open", "free")


class DocumentServer:
    """Listens until it is closed.

    Args:
        rooms: lists the documents that are open.
        top: the folder that their paths start from.
        log: of the server.
    """

    def __init__(self, rooms: Callable[[], Iterator[Document]], top: Path, log: Logger) -> None:
        self._rooms, self._top, self._log = rooms, top, log
        self._socket: Path | None = None
        self._server: asyncio.AbstractServer | None = None

    async def start(self, state: Path) -> None:
        """Begin to listen.

        Args:
            state: the folder of the agent's state.
        """
        self._socket = documents_folder(state) / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._server = await unix_sockets.serve(unix_sockets.listen(self._socket), self._answer)
        # The Hub ends a server with a SIGINT first, and then no hook of the server is called.
        atexit.register(unix_sockets.remove, self._socket)

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None and self._socket is not None:
            self._server.close()
            unix_sockets.remove(self._socket)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        replacing = _Replacing(self)
        try:
            while line := await _line(reader, _REPLACE_SECONDS if replacing.frozen else None):
                request = REQUEST.validate_json(line)
                answer: BaseModel | None
                if isinstance(request, Look):
                    answer = await self._look()
                elif isinstance(request, List):
                    answer = await self._list(request.replaced)
                elif isinstance(request, Replace):
                    answer = Standing(standing=await replacing.begin(request.path, request.delete))
                else:
                    answer = await replacing.end()
                if answer is not None:
                    writer.write(answer.model_dump_json().encode() + b"\n")
        except (ConnectionError, TimeoutError, ValidationError) as error:
            self._log.warning("HubShare's agent was cut off while it asked about open documents: %r", error)
        finally:
            await replacing.end()
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def at(self, path: str) -> list[Document]:
        """Return the documents of a file."""
        return [room for room in self._rooms() if self._path(room) == path]

    def _path(self, room: Document) -> str | None:
        inside = room.path
        return None if inside is None else os.path.realpath(self._top / inside.lstrip("/"))

    async def _look(self) -> OpenDocuments:
        found: dict[str, StandingName] = {}
        for room in self._rooms():
            path = self._path(room)
            if path is not None:
                standing = "unknown" if path in found and room.sole else await self.standing(room)
                both = (found.get(path, "free"), standing)
                found[path] = next(standing for standing in _GRAVEST if standing in both)
        return OpenDocuments(documents=found)

    async def _list(self, replaced: list[str]) -> OpenPaths:
        """Return what is open; what was opened while its file was replaced takes in what is there now."""
        for path in replaced:
            await self.catch_up(path)
        found = {self._path(room) for room in self._rooms()}
        return OpenPaths(paths=sorted(path for path in found if path is not None))

    async def catch_up(self, path: str) -> None:
        """Have the documents of a file take in what is on disk."""
        for late in self.at(path):
            try:
                await late.catch_up()
            except Exception as error:
                self.unknown(late, error)

    async def standing(self, room: Document) -> StandingName:
        """Return whether a document is `edited`, `open` or `free` of people; `unknown` if it cannot be told."""
        try:
            if not room.ready:
                return "unknown"
            if not await room.is_saved():
                return "edited"
            return "free" if room.empty else "open"
        except Exception as error:
            return self.unknown(room, error)

    def unknown(self, room: Document, error: Exception) -> StandingName:
        """Note why it cannot be told how a document stands: its file may be gone, or its extension be of another version."""
        self._log.warning("HubShare cannot tell whether %s has unsaved edits: %r", room.path, error)
        return "unknown"


class _Replacing:
    """What one connection is replacing: one file at a time.

    Attributes:
        frozen: the documents that wait.
    """

    def __init__(self, server: DocumentServer) -> None:
        self._server = server
        self._path = ""
        self.frozen: list[Document] = []

    async def begin(self, path: str, delete: bool) -> StandingName:
        await self.end()
        self._path = ""
        rooms = self._server.at(path)
        if not rooms:
            self._path = path
            return "free"
        if len(rooms) > 1 and any(room.sole for room in rooms):
            return "unknown"
        if delete:
            found = [await self._server.standing(room) for room in rooms]
            standing: StandingName = next(one for one in _GRAVEST if one in found)
        else:
            standing = "ready"
            for room in rooms:
                standing = await self._freeze(room)
                if standing != "ready":
                    await self.end()
                    break
        if standing not in ("ready", "free"):
            for room in rooms:
                room.tell_waiting(delete)
        return standing

    async def _freeze(self, room: Document) -> StandingName:
        try:
            if not room.ready:
                return "unknown"
            if not await room.freeze():
                return "edited"
        except Exception as error:
            return self._server.unknown(room, error)
        self.frozen.append(room)
        return "ready"

    async def end(self) -> Standing | None:
        """The file was replaced, or left alone: let its documents go on with what is on disk now."""
        rooms, self.frozen = self.frozen, []
        await asyncio.gather(*(room.thaw() for room in rooms), return_exceptions=True)
        if rooms:
            return Standing(standing="free")
        if self._path:
            await self._server.catch_up(self._path)
        self._path = ""
        return None


async def _line(reader: asyncio.StreamReader, seconds: float | None) -> bytes:
    async with asyncio.timeout(seconds):
        return await reader.readline()
