"""The kernel's notices of what changes in folders: one instance of inotify(7) for the whole agent."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from inotify_simple import INotify, flags, parse_events

#: What is told of a folder, beside that the folder itself goes.
CHANGES = (
    flags.CREATE
    | flags.MODIFY
    | flags.CLOSE_WRITE
    | flags.ATTRIB
    | flags.MOVED_FROM
    | flags.MOVED_TO
    | flags.DELETE
    | flags.DELETE_SELF
    | flags.MOVE_SELF
    | flags.EXCL_UNLINK
)
#: What is told of a folder further up.
MOVES = flags.MOVE_SELF | flags.DELETE_SELF
#: What is told of the folder in which another one is to come.
COMING = flags.CREATE | flags.MOVED_TO | flags.ATTRIB
#: After so many readings in a row that tell of nothing but writing, for so long nothing is read: a program may write for hours.
_WRITING_MOST, _PAUSE_SECONDS = 16, 0.02
_BUFFER_BYTES = 64 * 1024


class Notice(NamedTuple):
    """One notice: what happened (a mask), what pairs the halves of a move, and the name in the folder."""

    mask: int
    cookie: int
    name: str


class Listener(Protocol):
    """Who watches folders."""

    def hear(self, folder: str | None, notice: Notice) -> None:
        """Take a notice.

        Args:
            folder: by the name that the listener has given it.
        """

    def overflowed(self) -> None:
        """Notices were lost."""

    def heard(self) -> None:
        """Those are all for now."""


class Notices:
    """Hands each notice to whoever watches the folder that it is of. Made and used in the agent's loop, apart from `add`.

    Raises:
        OSError: when there is no instance to be had, for example since the user has used all up.
        AttributeError: when this system has no inotify.
    """

    def __init__(self) -> None:
        self._inotify = INotify(nonblocking=True)
        self._loop = asyncio.get_running_loop()
        self._listeners: dict[int, dict[Listener, str | None]] = {}
        #: Notices of folders that a listener is about to enter.
        self._early: list[tuple[int, Notice]] = []
        self._entering = self._writing = 0
        self._loop.add_reader(self._inotify.fileno(), self._read)

    def close(self) -> None:
        """End."""
        self._loop.remove_reader(self._inotify.fileno())
        self._inotify.close()

    def add(self, folder: Path, mask: int) -> int:
        """Have notices of a folder; return its number. May be called in any thread.

        Raises:
            OSError: ENOSPC when the user has no watches left.
        """
        return int(self._inotify.add_watch(folder, mask | flags.ONLYDIR | flags.MASK_ADD))

    def entering(self) -> None:
        """Folders are being added in a thread: keep what is told of them until they are entered."""
        self._entering += 1

    def enter(self, number: int, listener: Listener, folder: str | None) -> None:
        """Have a listener hear of a folder that was added."""
        self._listeners.setdefault(number, {})[listener] = folder

    def entered(self) -> None:
        """All that was added is entered."""
        self._entering -= 1
        if not self._entering:
            early, self._early = self._early, []
            self._tell(early)

    def leave(self, number: int, listener: Listener) -> None:
        """Have a listener hear of a folder no more."""
        heard = self._listeners.get(number)
        if heard is not None:
            heard.pop(listener, None)
            if not heard:
                del self._listeners[number]
                with suppress(OSError):
                    self._inotify.rm_watch(number)

    def _read(self) -> None:
        try:
            events = parse_events(os.read(self._inotify.fileno(), _BUFFER_BYTES))
        except BlockingIOError:
            return
        self._tell([(event.wd, Notice(event.mask, event.cookie, event.name)) for event in events])
        self._writing = self._writing + 1 if all(event.mask == flags.MODIFY for event in events) else 0
        if self._writing > _WRITING_MOST:
            self._loop.remove_reader(self._inotify.fileno())
            self._loop.call_later(_PAUSE_SECONDS, self._read_on)

    def _read_on(self) -> None:
        if not self._inotify.closed:
            self._loop.add_reader(self._inotify.fileno(), self._read)

    def _tell(self, notices: list[tuple[int, Notice]]) -> None:
        told: set[Listener] = set()
        for number, notice in notices:
            if notice.mask & flags.Q_OVERFLOW:
                for listener in {one for heard in self._listeners.values() for one in heard}:
                    listener.overflowed()
                continue
            listeners = self._listeners.get(number)
            if listeners is None:
                if self._entering:
                    self._early.append((number, notice))
                continue
            if notice.mask & flags.IGNORED:
                del self._listeners[number]
            for listener, folder in list(listeners.items()):
                listener.hear(folder, notice)
                told.add(listener)
        for listener in told:
            listener.heard()
