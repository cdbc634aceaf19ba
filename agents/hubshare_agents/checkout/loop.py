"""One loop owns one checkout: it watches, pushes and pulls in `auto` mode, and carries out what a person asks for."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from hubshare.client import Client
from hubshare.config import AgentSettings
from hubshare.errors import Clash, Forbidden, HubShareError, Paused, Unavailable
from hubshare.sync.plan import Plan
from hubshare.sync.trees import Side
from hubshare.wire.agent import Outcome, PickedPath, Update
from hubshare_agents import memory
from hubshare_agents.checkout.folder import Folder, Pick
from hubshare_agents.checkout.status import describe
from hubshare_agents.checkout.sync_protocol import Progress, SyncProtocol, silent
from hubshare_agents.checkout.watcher import Watcher
from hubshare_agents.link.link import Link

log = logging.getLogger(__name__)

#: How soon a file that was being written is looked at again, and how often a person's command does so.
_BUSY_SECONDS, _PATIENCE = 0.1, 30


class CheckoutLoop:
    """Owns one checkout; everything that touches it goes through the lock.

    Args:
        folder: the checkout.
        link: to the centre.
        client: for packs.
        settings: of the agent.
    """

    def __init__(self, folder: Folder, link: Link, client: Client, settings: AgentSettings) -> None:
        self.folder, self._settings = folder, settings
        self.exchange = SyncProtocol(folder, link, client, settings)
        self.lock = asyncio.Lock()
        self.paused = ""
        self._link = link
        self._wake = asyncio.Event()
        self._dirty: set[str] = {""}
        self._picks: dict[str, PickedPath] = {}
        self._task: asyncio.Task[None] | None = None
        self._watcher: Watcher | None = None

    # its life

    def start(self) -> None:
        """Begin to work."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End, after what is under way."""
        async with self.lock:
            if self._task is not None:
                self._task.cancel()
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await self._task
        self._unwatch()
        self.exchange.drop_packs()
        self.folder.close()

    def deliver(self, event: Update | Outcome, pack: bytes) -> None:
        """Take a message of the centre; it is worked on by the loop, or by whoever waits for it."""
        self.exchange.deliver(event, pack)
        self._wake.set()

    def wake(self) -> None:
        """Have the loop look for something to do; what is on disk is compared in full."""
        self._dirty = {""}
        self._wake.set()

    def lose(self, message: str) -> None:
        """Access was lost: stop syncing, keep the files."""
        self.exchange.lose(message)
        self._wake.set()

    def take_picks(self, picks: Iterable[PickedPath]) -> None:
        """`theirs` was picked at the centre: the loop puts it in place, where nothing has changed since."""
        self._picks |= {pick.path: pick for pick in picks}
        self._wake.set()

    def connected(self) -> None:
        """There is a new link."""
        self.exchange.connected()
        self._wake.set()

    async def _run(self) -> None:
        rescan_at = 0.0
        while True:
            try:
                async with self.lock:
                    self._watch_if_auto()
                    rescan_at = min(rescan_at, time.monotonic() + self._rescan_every())
                    if time.monotonic() >= rescan_at:
                        rescan_at = time.monotonic() + self._rescan_every()
                        self._dirty = {""}
                        await asyncio.to_thread(self.folder.keep.forget, self._settings.kept_days)
                    large = "" in self._dirty
                    await self._step()
                if large:
                    memory.release()
            except Exception as error:
                self._note(error)
            # Not `wait_for`: Python 3.11's swallows a cancellation that comes with the wake, and the agent would not end.
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.05, self._next(rescan_at) - time.monotonic())):
                    await self._wake.wait()
            self._wake.clear()

    def _next(self, rescan_at: float) -> float:
        """When there is something to do without being woken."""
        waits = [rescan_at]
        if self.folder.pending is not None and self.exchange.online:
            waits.append(self.exchange.resend_at)
        waits += [at for at in (self.exchange.retry_at, self.exchange.tell_at) if at]
        return min(waits)

    def _rescan_every(self) -> float:
        return 15.0 if self._watcher is not None and self._watcher.fault else float(self._settings.rescan_seconds)

    def _note(self, error: Exception) -> None:
        """An error in the loop: shown by `status`, tried again later."""
        if isinstance(error, Paused):
            self.paused, self.exchange.retry_at = error.message, 0.0
            return
        self.exchange.retry_at = time.monotonic() + 5
        if isinstance(error, HubShareError):
            self.paused = error.message
        elif isinstance(error, sqlite3.OperationalError) or (isinstance(error, OSError) and error.errno in (28, 122)):
            self.paused = f"The disk is full or cannot be written ({error}): free some space, nothing is lost."
        else:
            self.paused = f"Something unexpected happened ({type(error).__name__}: {error}); it is tried again."
        log.warning("%s: %s", self.folder.name, self.paused, exc_info=not isinstance(error, HubShareError))

    def _watch_if_auto(self) -> None:
        wanted = self.folder.mode == "auto" and not self.folder.index.get("lost")
        if not wanted:
            self._unwatch()
        elif self._watcher is None and self.folder.disk.identity() is not None:
            self._watcher = Watcher(
                self.folder.disk.root, self._changed, self._settings.settle_ms, self._settings.deadline_ms
            )
            self._watcher.start()
            self._dirty = {""}

    def _unwatch(self) -> None:
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher = None

    def _changed(self, paths: set[str]) -> None:
        self._dirty |= paths
        self._wake.set()

    async def _step(self) -> None:
        """What there is to do now, without anybody asking for it."""
        folder = self.folder
        self.exchange.retry_at = 0.0
        if self.exchange.lost:
            folder.set_access(self.exchange.lost)
            self.exchange.lost = ""
            self._unwatch()
        if folder.index.get("lost") and not self.exchange.target:
            return
        pending = folder.pending
        if pending is not None and pending.outcome is None:
            await self.exchange.take_answer()
            if folder.pending is not None and folder.pending.outcome is None:
                if time.monotonic() >= self.exchange.resend_at and self.exchange.online:
                    await self.exchange.send_pending(silent)
                return
        await self.exchange.advance(silent)
        if self.exchange.look_again:
            self.exchange.look_again = False
            self.wake()
        if self._picks:
            await self._carry_out_picks()
        if folder.mode != "auto" or folder.index.get("lost"):
            return
        changed = await self._look()
        await self.exchange.bring(silent)
        if changed or not folder.index.get("refused"):
            await self._publish_edits()
        self.paused = ""
        await self.exchange.tell_pulled_soon()

    async def _carry_out_picks(self) -> None:
        """A pick is of two contents that the person saw; where either is another one by now, the conflict stays open."""
        picks, self._picks = self._picks, {}
        self._dirty |= picks.keys()
        await self._look()
        open_now = set(await asyncio.to_thread(self.folder.conflicts_at, None))
        index = self.folder.index
        meant = [
            path
            for path, pick in picks.items()
            if path in open_now and (_id(index.row(path).local), _id(index.published(path))) == (pick.ours, pick.theirs)
        ]
        if meant:
            await self._put_theirs(meant, silent)

    async def _put_theirs(self, paths: list[str], progress: Progress) -> list[str]:
        """Put the published version of conflicting paths in place and keep ours; returns those that are being edited."""
        made = await asyncio.to_thread(self.folder.expect_theirs, paths)
        done = await self.exchange.apply(made, progress)
        self.exchange.drop_packs()
        if done.stopped:
            raise Paused(done.stopped)
        await asyncio.to_thread(self.folder.note_settled, [path for path in paths if path not in done.changed])
        with suppress(Unavailable):
            await self.exchange.tell_pulled()
        return done.changed

    async def _look(self) -> bool:
        """Scan what the watcher reported."""
        if not self._dirty:
            return False
        paths, self._dirty = self._dirty, set()
        try:
            scan = await asyncio.to_thread(self.folder.scan, paths)
        except BaseException:
            self._dirty |= paths
            raise
        if scan.leftovers and "" in paths:
            await asyncio.to_thread(self.folder.recover, scan.leftovers)
        if scan.busy:
            self._dirty |= set(scan.busy)
            self.exchange.retry_at = time.monotonic() + _BUSY_SECONDS
        return bool(scan.edited)

    async def _look_patiently(self) -> None:
        """Scan the whole folder; wait a moment for files that are being saved."""
        self._dirty = {""}
        for _ in range(_PATIENCE):
            await self._look()
            if not self._dirty:
                return
            await asyncio.sleep(_BUSY_SECONDS)

    async def _publish_edits(self) -> None:
        if self.folder.role == "reader" or not self.exchange.online:
            return
        pending = await asyncio.to_thread(self.folder.begin_push)
        if pending is not None:
            await self.exchange.send_pending(silent)

    # what a person asks for

    async def push(
        self,
        progress: Progress = silent,
        confirmed: bool = False,
        only: Iterable[str] | None = None,
        scan: bool = True,
    ) -> dict[str, Any]:
        """Publish the edits of this checkout and wait for the answer.

        Returns:
            Counts, and the conflicts that it met.
        """
        async with self.lock:
            return await self._push(progress, confirmed, only, scan)

    async def _push(
        self, progress: Progress, confirmed: bool, only: Iterable[str] | None, scan: bool
    ) -> dict[str, Any]:
        self._check_access()
        pushed, conflicts, status = 0, dict[str, str](), "nothing"
        await self.exchange.finish_pending(progress)
        if scan:
            progress("scan", 0, 0)
            await self._look_patiently()
        self.folder.drop_refusal()
        for _ in range(100):
            pending = await asyncio.to_thread(
                self.folder.begin_push, confirmed, only, lambda done, total: progress("pack", done, total)
            )
            if pending is None:
                break
            await self.exchange.send_pending(progress)
            outcome = await self.exchange.finish_pending(progress)
            if outcome is None:
                # What the centre has said meanwhile may change what is shared.
                await self._look_patiently()
                continue
            status = outcome.status if status in ("nothing", "applied") else status
            pushed += len(pending.sides) - len(outcome.conflicts)
            conflicts |= {conflict.path: conflict.kind for conflict in outcome.conflicts}
        self.paused = ""
        if self.folder.mode == "auto":
            await self.exchange.bring(progress)
        return {"status": status, "pushed": pushed, "conflicts": conflicts, "version": self.folder.number}

    async def pull(self, progress: Progress = silent, confirmed: bool = False) -> dict[str, Any]:
        """Bring the published state here.

        Returns:
            What was written and deleted, and the conflicts that are open.
        """
        async with self.lock:
            self._check_access()
            await self.exchange.ask()
            await self.exchange.finish_pending(progress)
            progress("scan", 0, 0)
            await self._look_patiently()
            await self.exchange.advance(progress)
            done = await self.exchange.bring(progress, confirmed)
            self.paused = ""
            with suppress(Unavailable):
                await self.exchange.tell_pulled()
            made = await asyncio.to_thread(self.folder.settle)
            return {
                "written": done.written,
                "deleted": done.deleted,
                "conflicts": {conflict.path: conflict.kind for conflict in made.conflicts},
                "held": made.held,
                "version": self.folder.number,
            }

    def _check_access(self) -> None:
        lost = self.folder.index.get("lost")
        if lost and not self.exchange.target:
            raise Forbidden(lost)

    async def look(self) -> dict[str, Any]:
        """The state of the checkout, after a look at the disk and at the centre."""
        async with self.lock:
            fault = ""
            try:
                await self.exchange.ask()
                pending = self.folder.pending
                if pending is None:
                    await self.exchange.advance(silent)
            except HubShareError as error:
                fault = error.message
            try:
                self._dirty = {""}
                await self._look()
            except Paused as error:
                self.paused = error.message
            found = await asyncio.to_thread(describe, self.folder)
            self._drop_packs_unless_auto()
            watch_fault = self._watcher.fault if self._watcher is not None else ""
            return found | {
                "paused": self.paused,
                "offline": self._link.fault or ("" if found["lost"] else fault),
                "unwatched": watch_fault,
            }

    def _drop_packs_unless_auto(self) -> None:
        if self.folder.mode != "auto":
            self.exchange.drop_packs()
        else:
            self._wake.set()

    async def plan(self) -> Plan:
        """What a pull or a push would do."""
        async with self.lock:
            self._check_access()
            await self.exchange.ask()
            await self.exchange.finish_pending(silent)
            await self.exchange.advance(silent)
            self._dirty = {""}
            await self._look()
            self._drop_packs_unless_auto()
            return await asyncio.to_thread(self.folder.settle)

    async def resolve(self, paths: list[str] | None, pick: Pick, progress: Progress = silent) -> dict[str, Any]:
        """Settle conflicts by a pick; `ours` is published at once, `theirs` is put in place at once.

        Args:
            paths: what to settle; None for all.
        """
        async with self.lock:
            # The pick is of what the person has seen: nothing newer is fetched before it.
            with suppress(Unavailable):
                await self.exchange.finish_pending(progress)
            self._dirty |= set(paths or [""])
            await self._look()
            found = await asyncio.to_thread(self.folder.conflicts_at, paths)
            if pick == "ours":
                await asyncio.to_thread(self.folder.pick_ours, found)
                if found and self.folder.role != "reader":
                    pushed = await self._push(progress, True, found, scan=False)
                    _check_settled(found, pushed["conflicts"])
            else:
                changed = await self._put_theirs(found, progress)
                if changed:
                    raise Paused(f"{changed[0]!r} is being edited: save it and run the command again.")
            return {"settled": found, "pick": pick}

    async def restore_deleted(self, folder: str, progress: Progress = silent) -> list[str]:
        """Bring back the files below a folder that were deleted here and are still published; return their paths.

        Args:
            folder: relative path; "" for the whole checkout.
        """
        async with self.lock:
            await asyncio.to_thread(self.folder.scan, [folder])
            gone = {
                path
                for path, (_, ours) in (await asyncio.to_thread(self.folder.settle)).outgoing.items()
                if ours is None
            }
            below = sorted(path for path in gone if not folder or path.startswith(f"{folder}/"))
            made = Plan()
            for path in below:
                published = self.folder.index.published(path)
                if published is not None:
                    made.write[path] = (None, published)
            done = await self.exchange.apply(made, progress)
            self.exchange.drop_packs()
            if done.stopped:
                raise Paused(done.stopped)
            return done.written

    async def set_mode(self, mode: str) -> None:
        """Switch between `auto` and `manual`; nothing is lost by it."""
        async with self.lock:
            self.folder.index.set("mode", mode)
            self._watch_if_auto()
            self.wake()


def _id(side: Side) -> str | None:
    return side.id if side else None


def _check_settled(picked: list[str], conflicts: dict[str, str]) -> None:
    """Whether a pick of `ours` was published, and not met by a newer version of theirs."""
    again = [path for path in picked if path in conflicts]
    if again:
        raise Clash(
            f"{again[0]!r} was published anew by somebody else before this pick: your file is untouched. Look at the newer "
            "version and pick again."
        )
