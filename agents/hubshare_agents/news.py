"""What has changed in an agent, for those who follow it: kept for each of them until it takes it, in bounded room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hubshare.errors import TooMany
from hubshare.wire.socket.following import MOST_NAMED, Written

#: So many may follow an agent at a time; each window of JupyterLab does.
MOST_FOLLOWERS = 64
#: A page that is loaded anew is back sooner: what is watched for its sake need not be looked at once more.
LINGER_SECONDS = 60.0


@dataclass
class _Placed:
    """What was put in place in a folder since a follower took what there was."""

    project: str
    version: int
    by: str | None
    written: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    everything: bool = False

    def add(self, written: Collection[str], deleted: Collection[str]) -> None:
        self.written = (self.written - {*deleted}) | {*written}
        self.deleted = (self.deleted - {*written}) | {*deleted}
        if self.everything or max(len(self.written), len(self.deleted)) > MOST_NAMED:
            self.everything, self.written, self.deleted = True, set(), set()


class Feed:
    """What one follower has still to be told.

    Attributes:
        woken: set when there is something.
    """

    def __init__(self) -> None:
        self.woken = asyncio.Event()
        self._placed: dict[str, _Placed] = {}

    def add(self, folder: str, new: _Placed) -> None:
        """Add what was put in place in a folder to what is still to be told of it."""
        known = self._placed.setdefault(folder, _Placed(new.project, new.version, new.by))
        known.project, known.version, known.by = new.project, new.version, new.by
        known.add(new.written, new.deleted)

    def take(self) -> list[Written]:
        """Return which files were put in place since this was called last, folder by folder."""
        taken, self._placed = self._placed, {}
        return [
            Written(
                project=placed.project,
                folder=folder,
                paths=sorted(placed.written),
                deleted=sorted(placed.deleted),
                everything=placed.everything,
                version=placed.version,
                by=placed.by,
            )
            for folder, placed in taken.items()
        ]


class News:
    """Tells all followers; costs nothing while there are none.

    Args:
        over: called when nobody follows any more, nor has come back.
        lingers: how long is waited for that, in seconds.
    """

    def __init__(self, over: Callable[[], None] = lambda: None, lingers: float = LINGER_SECONDS) -> None:
        self._over, self._lingers = over, lingers
        self._feeds: tuple[Feed, ...] = ()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._left: asyncio.TimerHandle | None = None

    @property
    def followed(self) -> bool:
        """Whether anybody follows, or did so until a moment ago."""
        return bool(self._feeds) or self._left is not None

    @contextmanager
    def following(self) -> Iterator[Feed]:
        """Follow from now on; called in the event loop.

        Raises:
            TooMany: when too many do.
        """
        if len(self._feeds) >= MOST_FOLLOWERS:
            raise TooMany(f"{MOST_FOLLOWERS} windows follow this server already: close some of them.")
        self._loop, feed = asyncio.get_running_loop(), Feed()
        self._feeds += (feed,)
        if self._left is not None:
            self._left.cancel()
            self._left = None
        try:
            yield feed
        finally:
            self._feeds = tuple(other for other in self._feeds if other is not feed)
            if not self._feeds:
                self._left = self._loop.call_later(self._lingers, self._end)

    def _end(self) -> None:
        self._left = None
        self._over()

    def changed(self) -> None:
        """Something is other than it was. May be called from any thread, and as often as one likes."""
        # Who was woken and has not looked yet will see this as well.
        if self._loop is not None and not all(feed.woken.is_set() for feed in self._feeds):
            self._loop.call_soon_threadsafe(self._wake)

    def placed(
        self,
        folder: str,
        project: str,
        written: Collection[str],
        deleted: Collection[str],
        version: int,
        by: str | None,
    ) -> None:
        """Files were put in place by the agent. Called in the event loop.

        Args:
            written, deleted: paths relative to the folder.
            version: of the project, that the folder is brought to.
            by: who published that, if it is known.
        """
        if not written and not deleted:
            return
        for feed in self._feeds:
            feed.add(folder, _Placed(project, version, by, {*written}, {*deleted}))
        self._wake()

    def _wake(self) -> None:
        for feed in self._feeds:
            feed.woken.set()
