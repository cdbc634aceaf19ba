"""Asks the user's Jupyter servers before a file is replaced that people may have open there. See `hubshare.wire.documents`.

A server in which people cannot edit together does not listen, and nothing is asked. One that listens but does not answer may
have any file open: then all files stay as they are.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import socket
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from hubshare.wire.documents import List, Look, OpenDocuments, OpenPaths, Replace, Replaced, Standing, StandingName
from hubshare_agents.agent_process import documents_folder
from hubshare_agents.unix_sockets import connect_to

#: How long a server may take to answer.
_ANSWER_SECONDS = 3.0
#: For so long a file counts as not open that was not. Nobody opens one and types in it sooner, and who opens one meanwhile is
#: shown what has come with the next question.
_LISTED_SECONDS = 0.05
#: The longest list of files that were replaced, in characters: far below the longest line.
_MOST_UNTOLD = 16 * 1024
_LINE_BYTES = 16 * 1024 * 1024

_SILENT = "the Jupyter server in which it may be open does not answer; it is tried again by itself"
_EDITED = "it is open in JupyterLab with edits that are not saved; save or close it there"
_UNKNOWN = "it is open in JupyterLab, which does not say whether all edits are saved; save and close it there"
_DELETED = "it was deleted in the project and is open in JupyterLab; close it there, or save an edit to keep it"

_Answer = TypeVar("_Answer", bound=BaseModel)


class IsOpen(Exception):
    """A file is open in a way that forbids to replace it.

    Attributes:
        reason: why, and what to do, for the person.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Documents:
    """What may be open in the servers of one user.

    Args:
        state: the folder of the agent's state.
        root: the folder of the checkout.
    """

    def __init__(self, state: Path, root: Path) -> None:
        self._folder, self._root = documents_folder(state), root

    def reasons(self, written: Iterable[str], deleted: Iterable[str]) -> dict[str, str]:
        """Return which of these files stay as they are for now, and why.

        Args:
            written, deleted: what is to be replaced and deleted; relative paths.
        """
        written, deleted = list(written), list(deleted)
        if not (written or deleted):
            return {}
        with self.asking() as asking:
            return asking.reasons(written, deleted)

    @contextmanager
    def asking(self) -> Iterator[Asking]:
        """Keep connections for as long as a plan is carried out."""
        asking = Asking(self._folder, self._root)
        try:
            yield asking
        finally:
            asking.close()


class Asking:
    """The connections to all servers, made when they are needed."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder, self._root = folder, root
        self._servers: dict[Path, _Server] = {}
        self._looked = float("-inf")

    def close(self) -> None:
        """Close all connections; what was opened while its file was replaced is told before."""
        for server in self._servers.values():
            if server.untold:
                with suppress(IsOpen):
                    server.refresh()
            server.close()

    @contextmanager
    def replacing(self, path: str, delete: bool = False) -> Iterator[None]:
        """Replace or delete a file inside; documents of it take in what is there afterwards.

        Raises:
            IsOpen: when it has to stay as it is.
        """
        servers, ready = self._listed(), list[_Server]()
        if not servers:
            yield
            return
        full = self._full(path)
        request = Replace(path=full, delete=delete)
        try:
            for server in servers:
                if not server.has_open(full):
                    server.untold.append(full)
                    continue
                standing = server.ask(request, Standing).standing
                ready.append(server)
                if reason := _reason(standing, delete):
                    raise IsOpen(reason)
            yield
        finally:
            for server in ready:
                server.end()

    def reasons(self, written: list[str], deleted: list[str]) -> dict[str, str]:
        """Return which of these files stay as they are for now, and why."""
        found: dict[str, StandingName] = {}
        try:
            for server in self._connected():
                found |= server.ask(Look(), OpenDocuments).documents
        except IsOpen as silent:
            return dict.fromkeys([*written, *deleted], silent.reason)
        if not found:
            return {}
        named = [*((path, False) for path in written), *((path, True) for path in deleted)]
        reasons = {path: _reason(found.get(self._full(path), "free"), delete) for path, delete in named}
        return {path: reason for path, reason in reasons.items() if reason}

    def _full(self, path: str) -> str:
        return os.path.realpath(self._root / path)

    def _listed(self) -> list[_Server]:
        """Return the servers that listen, each of which has lately said what is open in it.

        Raises:
            IsOpen: when one does not answer.
        """
        fresh = time.monotonic() - self._looked < _LISTED_SECONDS
        if fresh and all(sum(map(len, server.untold)) < _MOST_UNTOLD for server in self._servers.values()):
            return [server for server in self._servers.values() if server.listens]
        servers = self._connected()
        for server in servers:
            server.refresh()
        self._looked = time.monotonic()
        return servers

    def _connected(self) -> list[_Server]:
        """Return the servers that listen now."""
        with suppress(FileNotFoundError):
            for path in self._folder.iterdir():
                if path not in self._servers:
                    self._servers[path] = _Server(path)
        return [server for server in self._servers.values() if server.listens]


class _Server:
    """The connection to one server.

    Attributes:
        untold: files that were replaced and not open, since it was asked last.
    """

    def __init__(self, path: Path) -> None:
        self.listens = True
        self.untold: list[str] = []
        self._open: frozenset[str] = frozenset()
        self._socket: socket | None = None
        self._frozen = False
        try:
            self._socket = connect_to(path, _ANSWER_SECONDS)
        except (ConnectionRefusedError, FileNotFoundError):
            self.listens = False  # it has ended
        except OSError:
            return
        if self._socket is not None:
            self._stream = self._socket.makefile("rwb")

    def has_open(self, path: str) -> bool:
        """Return whether a file was open when it was asked last."""
        return path in self._open

    def refresh(self) -> None:
        """Ask what is open, and tell what was replaced.

        Raises:
            IsOpen: when it does not answer.
        """
        self._open = frozenset(self.ask(List(replaced=self.untold), OpenPaths).paths)
        self.untold.clear()

    def ask(self, request: BaseModel, kind: type[_Answer]) -> _Answer:
        """Return what it answers.

        Raises:
            IsOpen: when it does not; it is not asked again.
        """
        try:
            self._say(request)
            answer = kind.model_validate_json(self._stream.readline(_LINE_BYTES))
        except (OSError, ValueError, ValidationError):
            self.close()
            raise IsOpen(_SILENT) from None
        self._frozen = isinstance(answer, Standing) and answer.standing == "ready"
        return answer

    def end(self) -> None:
        """Say that the file was replaced, or left alone."""
        with suppress(OSError, ValueError, IsOpen):
            if self._frozen:
                self.ask(Replaced(), Standing)
            else:
                self._say(Replaced())

    def close(self) -> None:
        """Close the connection: what waits for it goes on."""
        if self._socket is not None:
            with suppress(OSError):
                self._stream.close()
            self._socket.close()
            self._socket = None

    def _say(self, request: BaseModel) -> None:
        if self._socket is None:
            raise OSError("It does not answer.")
        self._stream.write(request.model_dump_json().encode() + b"\n")
        self._stream.flush()


def _reason(standing: StandingName, delete: bool) -> str:
    """Return why a file stays as it is, or ""."""
    if standing in ("free", "ready"):
        return ""
    if delete and standing != "unknown":
        return _DELETED
    return {"open": "", "edited": _EDITED, "unknown": _UNKNOWN}[standing]
