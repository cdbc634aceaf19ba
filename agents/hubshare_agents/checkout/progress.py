"""How far a long step has come, for the person who waits; and that this person wants it stopped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from hubshare.errors import Cancelled

#: Told of (what is done, steps done, steps in all); raises `Cancelled` when it is to stop.
Progress = Callable[[str, int, int], None]

#: How far a command has come that has not told it yet.
AT_REST = ("alive", 0, 0)
_WORDS = {
    "wait": "waiting for what was under way before",
    "scan": "looking at the folder",
    "fetch": "fetching from the internet",
    "pack": "packing",
    "upload": "uploading",
    "sent": "waiting for the Hub's answer",
    "download": "downloading",
    "write": "writing files",
    "jobs": "acting on jobs",
}


def silent(what: str, done: int, total: int) -> None:
    """No progress to show."""


class Busy(Exception):
    """Something else is under way for longer than one wants to wait."""


class Patience:
    """Waits only for a while for what was under way before.

    Args:
        progress: is told as well.
        seconds: how long.
    """

    def __init__(self, progress: Progress, seconds: float) -> None:
        self._progress, self._end = progress, time.monotonic() + seconds

    def __call__(self, what: str, done: int, total: int) -> None:
        """Tell how far it has come.

        Raises:
            Busy: when it has waited long enough.
        """
        if what == "wait" and time.monotonic() >= self._end:
            raise Busy
        self._progress(what, done, total)


class Running:
    """A command that is being carried out; it is asked to stop from anywhere, and stops where it tells how far it has come.

    Args:
        command: its name.
        folder: that it is about, if it is about one.
        show: is told how far it has come, from any thread.

    Attributes:
        ended: set when it is at work no more.
    """

    def __init__(self, command: str, folder: Path | None, show: Progress) -> None:
        self.command, self.folder, self._show = command, folder, show
        self.last = AT_REST
        self.stopped = False
        self.ended = asyncio.Event()
        self._began = time.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        """Tell how far it has come.

        Raises:
            Cancelled: when it was stopped.
        """
        self.last = (what, done, total)
        if self.stopped:
            raise Cancelled(f"`hubshare {self.command}` was cancelled; what it had not done yet is not done.")
        self._show(what, done, total)

    def is_about(self, folder: Path) -> bool:
        """Return whether it may be at work in a folder, or around it."""
        own = self.folder
        return own is not None and (own == folder or own in folder.parents or folder in own.parents)

    def stop(self) -> None:
        """Have it end where that is possible."""
        self.stopped = True

    @property
    def said(self) -> str:
        """What it does, in words."""
        what, done, total = self.last
        step = f": {_WORDS[what]}" if what in _WORDS else ""
        part = f", {done * 100 // total} %" if total else ""
        return f"`hubshare {self.command}` has been under way for {time.monotonic() - self._began:,.0f} s{step}{part}"


def said(progress: Progress) -> str:
    """Return what is done in words, "" where nobody waits for it."""
    return progress.said if isinstance(progress, Running) else ""
