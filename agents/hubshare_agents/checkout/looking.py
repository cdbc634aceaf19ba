"""Looking at the folder of a checkout: which paths have to be looked at, as the watcher or anybody else said, and when."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable

from hubshare.config import AgentSettings
from hubshare.sync.ignore import RULES_FILE
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.pace import Pace
from hubshare_agents.watching.watching import Watch, Watching

#: How often and how long a person's command waits for files that are being saved.
_BUSY_SECONDS, _PATIENCE = 0.1, 30
#: How soon what could not be written is looked at again.
_HELD_SECONDS = 5.0
#: How often a folder that cannot be watched is compared.
_UNWATCHED_SECONDS = 15.0


class Looking:
    """What of a folder has to be looked at.

    Args:
        checkout: whose folder.
        settings: of the agent.
        wake: called when a change was reported.
        watching: watches the folder.
        followed: whether somebody follows how the checkout is.

    Attributes:
        again_at: when (monotonic seconds) there is something to look at without being woken; 0 for never.
        pace: which paths are looked at again by themselves.
    """

    def __init__(
        self,
        checkout: LocalCheckout,
        settings: AgentSettings,
        wake: Callable[[], None],
        watching: Watching,
        followed: Callable[[], bool],
    ) -> None:
        self._checkout, self._settings, self._wake, self._watching = checkout, settings, wake, watching
        self._followed = followed
        self._dirty: set[str] = {""}
        self._watch: Watch | None = None
        self.again_at = 0.0
        self.pace = Pace()
        self._saving = False

    @property
    def everything(self) -> bool:
        """Whether the whole folder has to be looked at."""
        return "" in self._dirty

    @property
    def fault(self) -> str:
        """Why changes are not noticed at once, or ""."""
        return self._watch.fault if self._watch is not None else ""

    @property
    def rescan_seconds(self) -> float:
        """How often the whole folder is to be looked at, whatever was reported."""
        return _UNWATCHED_SECONDS if self.fault else self._checkout.rescan_seconds

    def mark(self, paths: Iterable[str]) -> None:
        """Have these paths, and what lies below them, looked at."""
        self._dirty |= set(paths)

    def mark_all(self) -> None:
        """Have the whole folder looked at."""
        self._dirty = {""}

    def watch_if_wanted(self) -> None:
        """Watch the folder while the checkout syncs by itself or somebody follows how it is, and only then."""
        state = self._checkout.state
        if state.lost or not (state.mode == "auto" or self._followed()):
            self.unwatch()
        elif self._watch is None:
            self._watch = self._watching.watch(
                self._checkout.disk.root,
                self._changed,
                self._settings.settle_ms,
                self._settings.deadline_ms,
                self._checkout.scanner.interest,
            )
            self.mark_all()

    def unwatch(self) -> None:
        """Watch no more."""
        if self._watch is not None:
            self._watch.stop()
            self._watch = None

    def placed(self, written: Iterable[str]) -> None:
        """Files were put in place: a folder that ignore rules leave out is watched as soon as the project has a file in it."""
        if self._watch is not None:
            self._watch.renew(written)

    def _changed(self, paths: set[str]) -> None:
        if self._watch is not None and RULES_FILE in paths:
            self._watch.renew([""])
        self.mark(self.pace.reported(time.monotonic(), paths))
        self._wake()

    def look_later(self, paths: Collection[str]) -> None:
        """Have paths looked at again that could not be written, and may be soon."""
        if paths:
            self.mark(paths)
            self.again_at = time.monotonic() + _HELD_SECONDS

    async def look(self) -> bool:
        """Scan what has to be looked at; return whether anything is other than it was.

        Raises:
            Paused: when the folder is gone.
        """
        self._dirty |= self.pace.due(time.monotonic())
        self._saving, self.again_at = False, self.pace.next_at
        if not self._dirty:
            return False
        paths, self._dirty = self._dirty, set()
        if "" not in paths:
            gone, new = await asyncio.to_thread(self._checkout.gone_and_new, paths)
            paths -= self.pace.moving(time.monotonic(), paths, gone, new)
            self.again_at = self.pace.next_at
            if not paths:
                return False
        try:
            scan = await asyncio.to_thread(self._checkout.scan, paths)
        except BaseException:
            self._dirty |= paths
            raise
        if scan.leftovers and "" in paths:
            await asyncio.to_thread(self._checkout.recover, scan.leftovers)
        now = time.monotonic()
        self.pace.looked(now, "" in paths, paths, scan.busy, scan.later)
        self.pace.edited(now, scan.edits)
        self._saving, self.again_at = bool(scan.busy), self.pace.next_at
        return bool(scan.edited)

    async def look_patiently(self) -> None:
        """Scan the whole folder; wait a moment for files that are being saved."""
        self.mark_all()
        for _ in range(_PATIENCE):
            await self.look()
            if not self._saving:
                return
            self.mark(self.pace.busy)
            await asyncio.sleep(_BUSY_SECONDS)
