"""Whose turn it is on a checkout: that of a command that a person waits for, or of the loop, which works by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from hubshare_agents.checkout.progress import AT_REST, Progress, Running, said, silent
from hubshare_agents.news import News

#: How often a command that waits for its turn looks whether it was cancelled.
_WAIT_SECONDS = 0.5


class Turns:
    """One at a time works on a checkout.

    Args:
        root: its folder.
        news: is told when a turn begins, comes on, and ends.

    Attributes:
        lock: held by whoever works on the checkout.
        busy: tells how far the command has come that holds the lock; None where none does.
        by_itself: how far the loop has come.
    """

    def __init__(self, root: Path, news: News) -> None:
        self.lock = asyncio.Lock()
        self.busy: Progress | None = None
        self._root, self._news = root, news
        self.by_itself = self._running()

    def _running(self) -> Running:
        return Running("auto", self._root, lambda what, done, total: self._news.changed())

    @asynccontextmanager
    async def held(self, progress: Progress = silent) -> AsyncIterator[None]:
        """Hold the lock for a command; while another one does, it can be cancelled.

        Args:
            progress: of the command.
        """
        waiting = asyncio.ensure_future(self.lock.acquire())
        try:
            while not (await asyncio.wait({waiting}, timeout=_WAIT_SECONDS))[0]:
                progress("wait", 0, 0)
        except BaseException:
            if waiting.done() and not waiting.cancelled():
                self.lock.release()
            waiting.cancel()
            raise
        self.busy = progress
        self._news.changed()
        try:
            yield
        finally:
            self.busy = None
            self.lock.release()
            self._news.changed()
            if self._news.followed:
                self.resume()

    def resume(self) -> None:
        """Have the loop look for something to do."""

    @property
    def busy_said(self) -> str:
        """What holds the lock now, in words, or ""."""
        if not self.lock.locked():
            return ""
        return said(self.busy) if self.busy is not None else "it is being synced by itself"

    @property
    def at_work(self) -> Running | None:
        """What is under way and tells how far it has come; None while nothing does."""
        if isinstance(self.busy, Running):
            return self.busy
        return self.by_itself if self.lock.locked() and self.by_itself.last != AT_REST else None

    def end_turn(self) -> None:
        """The loop has done what there was to do."""
        self.by_itself.last = AT_REST
        self._news.changed()

    def end_stopped(self) -> None:
        """What the loop did by itself was stopped, and has ended."""
        self.by_itself.ended.set()
        self.by_itself = self._running()
