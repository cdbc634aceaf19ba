"""One loop owns one checkout: it watches, pushes and pulls in `auto` mode, and carries out what a person asks for."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from uuid import uuid4

from hubshare.client import Client
from hubshare.config import Agent as Settings
from hubshare.config import Limits
from hubshare.errors import Forbidden, HubShareError, NotFound, Paused, Unavailable, from_code
from hubshare.events import Outcome, Pull, Update
from hubshare.git.packs import Pack
from hubshare.sync.plan import Plan
from hubshare_agents import memory
from hubshare_agents.apply import Applied
from hubshare_agents.folder import Folder, Incomplete, Pick
from hubshare_agents.link import Link
from hubshare_agents.watcher import Watcher

log = logging.getLogger(__name__)

#: Told of (what is done, steps done, steps in all).
Progress = Callable[[str, int, int], None]

#: What the centre sends was within the limits when it was pushed; a whole project may be larger than one push.
_NO_LIMITS = Limits(max_file_bytes=sys.maxsize, max_push_bytes=sys.maxsize, max_push_objects=sys.maxsize)

_ANSWER_SECONDS = 90
_LONGEST_RESEND = 60.0
_TELL_SECONDS = 1.0
#: How soon a file that was being written is looked at again, and how often a person's command does so.
_BUSY_SECONDS, _PATIENCE = 0.1, 30
#: A plan is made anew this often when files are edited while it is carried out.
_ROUNDS = 5


def _silent(what: str, done: int, total: int) -> None:
    """No progress to show."""


class Runner:
    """Owns one checkout; everything that touches it goes through the lock.

    Args:
        folder: the checkout.
        link: to the centre.
        client: for packs.
        settings: of the agent.
    """

    def __init__(self, folder: Folder, link: Link, client: Client, settings: Settings) -> None:
        self.folder, self._link, self._client, self._settings = folder, link, client, settings
        self.lock = asyncio.Lock()
        self.paused = ""
        self._wake = asyncio.Event()
        self._answered = asyncio.Event()
        self._outcome: Outcome | None = None
        self._target: Update | None = None
        self._target_pack = b""
        self._packs: list[Pack] = []
        self._dirty: set[str] = {""}
        self._resend_at = 0.0
        self._resend_wait = settings.resend_seconds
        self._retry_at = 0.0
        self._told = ""
        self._tell_at, self._tell_mark = 0.0, ""
        self._lost = ""
        self._confirmed = False
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
        self._drop_packs()
        self.folder.close()

    def deliver(self, event: Update | Outcome, pack: bytes) -> None:
        """Take a message of the centre; it is worked on by the loop, or by whoever waits for it."""
        if isinstance(event, Outcome):
            self._outcome = event
            self._answered.set()
        elif self._target is None or event.number > self._target.number:
            self._target, self._target_pack = event, pack
        elif event.number == self._target.number:
            # The same version again, perhaps without its pack; the role may be a new one.
            known = {
                "parent": event.parent or self._target.parent,
                "confirmed": event.confirmed or self._target.confirmed,
            }
            self._target, self._target_pack = event.model_copy(update=known), pack or self._target_pack
        self._wake.set()

    def wake(self) -> None:
        """Have the loop look for something to do; what is on disk is compared in full."""
        self._dirty = {""}
        self._wake.set()

    def lose(self, message: str) -> None:
        """Access was lost: stop syncing, keep the files."""
        self._lost = message
        self._target, self._target_pack = None, b""
        self._wake.set()

    def connected(self) -> None:
        """There is a new link: a push that was not answered is sent again."""
        self._resend_at = 0.0
        self._told = ""
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
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), max(0.05, self._next(rescan_at) - time.monotonic()))
            self._wake.clear()

    def _next(self, rescan_at: float) -> float:
        """When there is something to do without being woken."""
        waits = [rescan_at]
        if self.folder.pending is not None and self._link.up.is_set():
            waits.append(self._resend_at)
        waits += [at for at in (self._retry_at, self._tell_at) if at]
        return min(waits)

    def _rescan_every(self) -> float:
        return 15.0 if self._watcher is not None and self._watcher.fault else float(self._settings.rescan_seconds)

    def _note(self, error: Exception) -> None:
        """An error in the loop: shown by `status`, tried again later."""
        if isinstance(error, Paused):
            self.paused, self._retry_at = error.message, 0.0
            return
        self._retry_at = time.monotonic() + 5
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
        self._retry_at = 0.0
        if self._lost:
            folder.set_access(self._lost)
            self._lost = ""
            self._unwatch()
        if folder.index.get("lost") and not self._target:
            return
        pending = folder.pending
        if pending is not None and pending.outcome is None:
            await self._take_answer()
            if folder.pending is not None and folder.pending.outcome is None:
                if time.monotonic() >= self._resend_at and self._link.up.is_set():
                    await self._send_pending(_silent)
                return
        await self._advance(_silent)
        if folder.mode != "auto" or folder.index.get("lost"):
            return
        changed = await self._look()
        await self._bring(_silent)
        if changed or not folder.index.get("refused"):
            await self._publish_edits()
        self.paused = ""
        await self._tell_pulled_soon()

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
            self._retry_at = time.monotonic() + _BUSY_SECONDS
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
        if self.folder.role == "reader" or not self._link.up.is_set():
            return
        pending = await asyncio.to_thread(self.folder.begin_push)
        if pending is not None:
            await self._send_pending(_silent)

    # the steps of a push

    async def _send_pending(self, progress: Progress) -> None:
        pending = self.folder.pending
        assert pending is not None
        path = self.folder.pack_path(pending.event)
        self._resend_at = time.monotonic() + self._resend_wait
        self._resend_wait = min(self._resend_wait * 2, _LONGEST_RESEND)
        self._answered.clear()
        if not path.exists():
            # The state was lost or tampered with: begin anew from what is on disk.
            self.folder.index.set("pending", None)
            return
        pack = b""
        if pending.event.upload:
            await asyncio.to_thread(
                self._client.upload, pending.event.upload, path, lambda done, total: progress("upload", done, total)
            )
        else:
            pack = path.read_bytes()
        await self._link.send(pending.event.encode(), pack)

    async def _take_answer(self) -> None:
        """Take in the answer to the push under way, if it has come."""
        outcome, pending = self._outcome, self.folder.pending
        if outcome is None or pending is None or not self.folder.answer(outcome):
            return
        self._outcome = None
        self._resend_wait = self._settings.resend_seconds
        if outcome.status == "refused":
            if outcome.retry:
                self._retry_at = time.monotonic() + self._resend_wait
            else:
                self.paused = outcome.message

    # the steps of a pull

    async def _advance(self, progress: Progress) -> None:
        """Move the known published state on to the newest that we were told of."""
        folder, target = self.folder, self._target
        if target is not None:
            self._take_role(target)
        pending = folder.pending
        if pending is not None and pending.outcome is None:
            return
        commit, number = "", -1
        if pending is not None and pending.outcome is not None and pending.outcome.commit:
            commit, number = pending.outcome.commit, pending.outcome.number
        if target is not None and target.number > number:
            commit, number = target.commit, target.number
        if number < 0 or (pending is None and number <= folder.number):
            self._target, self._target_pack = None, b""
            return
        pack: Pack | None = None
        if (pending is not None and commit == pending.event.commit) or commit == folder.base:
            await asyncio.to_thread(folder.receive, commit, number, None)
        else:
            known = target is not None and target.commit == commit and target.parent == folder.base
            self._confirmed = bool(known and target and target.confirmed)
            if known and self._target_pack:
                pack = Pack(self._target_pack, _NO_LIMITS)
            else:
                pack = await self._download_update(folder.base, commit, progress)
            try:
                await asyncio.to_thread(folder.receive, commit, number, pack)
            except Incomplete:
                pack.close()
                pack = await self._download_update(folder.base, commit, progress)
                await asyncio.to_thread(folder.receive, commit, number, pack)
        if pack is not None:
            self._packs.append(pack)
        elif pending is not None and commit == pending.event.commit:
            # The centre knows that a checkout holds what it has pushed.
            self._told = self._pulled_mark()
        if self._target is target:
            self._target, self._target_pack = None, b""

    def _take_role(self, target: Update) -> None:
        index = self.folder.index
        if self.folder.role != target.role or index.get("lost") or self.folder.name != target.name:
            index.set("role", target.role)
            index.set("name", target.name)
            self.folder.set_access(None)
            self.folder.drop_refusal()
            self._dirty = {""}

    async def _download_update(self, have: str, want: str, progress: Progress) -> Pack:
        return await self._download(
            lambda file, told: self._client.download_update(self.folder.project, have, want, file, told), progress
        )

    async def _download(self, fetch: Callable[..., None], progress: Progress) -> Pack:
        path = self.folder.state / "packs" / f"{uuid4().hex}.in"

        def run() -> Pack:
            try:
                with path.open("w+b") as file:
                    fetch(file, lambda done, total: progress("download", done, total))
                return Pack(path, _NO_LIMITS)
            finally:
                path.unlink(missing_ok=True)

        return await asyncio.to_thread(run)

    async def _bring(self, progress: Progress, confirmed: bool = False) -> Applied:
        """Bring the known published state to disk."""
        total = Applied()
        confirmed = confirmed or self._confirmed
        try:
            for _ in range(_ROUNDS):
                made = await asyncio.to_thread(self.folder.settle)
                if made.conflicts and self.folder.policy == "theirs":
                    made = await asyncio.to_thread(
                        self.folder.expect_theirs, [conflict.path for conflict in made.conflicts]
                    )
                if not made.write and not made.delete:
                    self._confirmed = False
                    break
                self.folder.brake_in(made, confirmed)
                done = await self._apply(made, progress)
                total.written += done.written
                total.deleted += done.deleted
                if done.stopped:
                    raise Paused(done.stopped)
                if not done.changed and not done.missing:
                    break
        finally:
            self._drop_packs()
        return total

    async def _apply(self, made: Plan, progress: Progress) -> Applied:
        """Carry a plan out, fetching the contents that are not at hand."""
        told = lambda done, all_: progress("write", done, all_)  # noqa: E731
        done = await asyncio.to_thread(self.folder.apply, made, self._packs, told)
        if done.missing and not done.stopped:
            wanted, base = done.missing, self.folder.base
            self._packs.append(
                await self._download(
                    lambda file, bar: self._client.download_contents(self.folder.project, base, wanted, file, bar),
                    progress,
                )
            )
            rest = Plan(write={path: made.write[path] for path in wanted})
            more = await asyncio.to_thread(self.folder.apply, rest, self._packs, told)
            done.written += more.written
            done.changed += more.changed
            done.missing, done.stopped = more.missing, more.stopped
        return done

    def _drop_packs(self) -> None:
        for pack in self._packs:
            pack.close()
        self._packs.clear()

    async def _tell_pulled_soon(self) -> None:
        """Tell the centre once the checkout has been quiet for a moment, so that a stream of saves stays one-way."""
        now = time.monotonic()
        if self._pulled_mark() == self._told or not self._link.up.is_set():
            self._tell_at = 0.0
        elif not self._tell_at or self._tell_mark != self._pulled_mark():
            self._tell_at, self._tell_mark = now + _TELL_SECONDS, self._pulled_mark()
        elif now >= self._tell_at:
            self._tell_at = 0.0
            await self._tell_pulled()

    def _pulled_mark(self) -> str:
        return f"{self.folder.base} {self.folder.index.get('settled', [])}"

    async def _tell_pulled(self) -> None:
        """Tell the centre which version this checkout holds; it is for people to see, and may be lost."""
        base, settled, mark = self.folder.base, self.folder.index.get("settled", []), self._pulled_mark()
        if mark != self._told and self._link.up.is_set():
            event = Pull(project=self.folder.project, checkout=self.folder.checkout, commit=base, settled=settled)
            await self._link.send(event.encode())
            self._told = mark

    # what a person asks for

    async def push(
        self,
        progress: Progress = _silent,
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
        await self._finish_pending(progress)
        if scan:
            progress("scan", 0, 0)
            await self._look_patiently()
        self.folder.drop_refusal()
        for _ in range(100):
            pending = await asyncio.to_thread(self.folder.begin_push, confirmed, only)
            if pending is None:
                break
            await self._send_pending(progress)
            outcome = await self._finish_pending(progress)
            if outcome is None:
                continue
            status = outcome.status if status in ("nothing", "applied") else status
            pushed += len(pending.sides) - len(outcome.conflicts)
            conflicts |= {conflict.path: conflict.kind for conflict in outcome.conflicts}
        self.paused = ""
        if self.folder.mode == "auto":
            await self._bring(progress)
        return {"status": status, "pushed": pushed, "conflicts": conflicts, "version": self.folder.number}

    async def _finish_pending(self, progress: Progress) -> Outcome | None:
        """Wait for the answer to the push under way, sending it again now and then; take the result in.

        Raises:
            HubShareError: the reason why it was refused.
            Unavailable: when no answer came; the push is kept.
        """
        end = time.monotonic() + _ANSWER_SECONDS
        outcome: Outcome | None = None
        while (pending := self.folder.pending) is not None and pending.outcome is None:
            if self._outcome is not None and self._outcome.event == pending.event.id:
                outcome = self._outcome
                await self._take_answer()
                continue
            if time.monotonic() >= end or not self._link.up.is_set():
                raise Unavailable(
                    f"{self.folder.name} was not answered yet: the push is kept here and sent again by itself."
                )
            if time.monotonic() >= self._resend_at:
                await self._send_pending(progress)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._answered.wait(), min(1.0, max(0.01, self._resend_at - time.monotonic())))
            self._answered.clear()
        if outcome is not None and outcome.status == "refused":
            if outcome.retry:
                return None
            raise from_code(outcome.code, outcome.message)
        await self._advance(progress)
        return outcome

    async def pull(self, progress: Progress = _silent, confirmed: bool = False) -> dict[str, Any]:
        """Bring the published state here.

        Returns:
            What was written and deleted, and the conflicts that are open.
        """
        async with self.lock:
            self._check_access()
            await self._ask()
            await self._finish_pending(progress)
            progress("scan", 0, 0)
            await self._look_patiently()
            await self._advance(progress)
            done = await self._bring(progress, confirmed)
            self.paused = ""
            with suppress(Unavailable):
                await self._tell_pulled()
            made = await asyncio.to_thread(self.folder.settle)
            return {
                "written": done.written,
                "deleted": done.deleted,
                "conflicts": {conflict.path: conflict.kind for conflict in made.conflicts},
                "held": made.held,
                "version": self.folder.number,
            }

    async def _ask(self) -> None:
        """Ask the service where the project stands."""
        try:
            found = await asyncio.to_thread(self._client.project, self.folder.name)
        except (NotFound, Forbidden) as error:
            self.folder.set_access(self._lost or self.folder.index.get("lost") or error.message)
            raise
        self.deliver(
            Update(
                project=found["id"],
                name=found["name"],
                commit=found["commit"],
                number=found["version"],
                role=found["role"],
            ),
            b"",
        )
        if self._target is not None:
            self._take_role(self._target)

    def _check_access(self) -> None:
        lost = self.folder.index.get("lost")
        if lost and not self._target:
            raise Forbidden(lost)

    async def look(self) -> dict[str, Any]:
        """The state of the checkout, after a look at the disk and at the centre."""
        async with self.lock:
            fault = ""
            try:
                await self._ask()
                pending = self.folder.pending
                if pending is None:
                    await self._advance(_silent)
            except HubShareError as error:
                fault = error.message
            try:
                self._dirty = {""}
                await self._look()
            except Paused as error:
                self.paused = error.message
            found = await asyncio.to_thread(self.folder.status)
            self._drop_packs_unless_auto()
            watch_fault = self._watcher.fault if self._watcher is not None else ""
            return found | {
                "paused": self.paused,
                "offline": self._link.fault or ("" if found["lost"] else fault),
                "unwatched": watch_fault,
            }

    def _drop_packs_unless_auto(self) -> None:
        if self.folder.mode != "auto":
            self._drop_packs()
        else:
            self._wake.set()

    async def plan(self) -> Plan:
        """What a pull or a push would do."""
        async with self.lock:
            self._check_access()
            await self._ask()
            await self._finish_pending(_silent)
            await self._advance(_silent)
            self._dirty = {""}
            await self._look()
            self._drop_packs_unless_auto()
            return await asyncio.to_thread(self.folder.settle)

    async def resolve(self, paths: list[str] | None, pick: Pick, progress: Progress = _silent) -> dict[str, Any]:
        """Settle conflicts by a pick; `ours` is published at once, `theirs` is put in place at once.

        Args:
            paths: what to settle; None for all.
        """
        async with self.lock:
            with suppress(Unavailable):
                if not self.folder.index.get("lost"):
                    await self._ask()
                    await self._finish_pending(progress)
                    await self._advance(progress)
            self._dirty |= set(paths or [""])
            await self._look()
            found = await asyncio.to_thread(self.folder.conflicts_at, paths)
            if pick == "ours":
                await asyncio.to_thread(self.folder.pick_ours, found)
                if found and self.folder.role != "reader":
                    await self._push(progress, True, found, scan=False)
            else:
                made = await asyncio.to_thread(self.folder.expect_theirs, found)
                done = await self._apply(made, progress)
                self._drop_packs()
                if done.stopped:
                    raise Paused(done.stopped)
                await asyncio.to_thread(self.folder.note_settled, [path for path in found if path not in done.changed])
                with suppress(Unavailable):
                    await self._tell_pulled()
                if done.changed:
                    raise Paused(f"{done.changed[0]!r} is being edited: save it and run the command again.")
            return {"settled": found, "pick": pick}

    async def restore_deleted(self, folder: str, progress: Progress = _silent) -> list[str]:
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
            done = await self._apply(made, progress)
            self._drop_packs()
            if done.stopped:
                raise Paused(done.stopped)
            return done.written

    async def set_mode(self, mode: str) -> None:
        """Switch between `auto` and `manual`; nothing is lost by it."""
        async with self.lock:
            self.folder.index.set("mode", mode)
            self._watch_if_auto()
            self.wake()
