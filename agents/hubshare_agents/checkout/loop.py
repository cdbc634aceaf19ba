"""One loop owns one checkout: it watches, and in `auto` mode it pushes and pulls. `requests.py` has what a person asks for."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine, Iterable
from contextlib import suppress

from hubshare.client import Client
from hubshare.config import AgentSettings
from hubshare.ending import end
from hubshare.errors import BadPack, Cancelled, HubShareError, Paused, Unavailable
from hubshare.sync.trees import Side
from hubshare.wire.agent import Outcome, PickedPath, Update
from hubshare.wire.socket.syncing import CheckoutStatus
from hubshare_agents import memory
from hubshare_agents.checkout import pushing, standing
from hubshare_agents.checkout.conflicts import Sides
from hubshare_agents.checkout.faults import fault_of
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.looking import Looking
from hubshare_agents.checkout.pause import Pause
from hubshare_agents.checkout.planning import settle
from hubshare_agents.checkout.progress import Progress, Running, silent
from hubshare_agents.checkout.sync_protocol import SyncProtocol
from hubshare_agents.checkout.temporary import is_temporary
from hubshare_agents.checkout.turns import Turns
from hubshare_agents.link.link import Link
from hubshare_agents.news import News
from hubshare_agents.watching.watching import Watching

log = logging.getLogger(__name__)

#: How soon is tried again what failed; it doubles.
_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 5.0, 300.0
#: The same while the centre is away; it does not.
_AWAY_SECONDS = 1.0
_PAUSED_SECONDS = 30.0


class CheckoutLoop(Turns):
    """Owns one checkout; everything that touches it goes through the lock.

    Args:
        checkout: the checkout.
        link: to the centre.
        client: for packs.
        settings: of the agent.
        watching: watches folders for all checkouts of the agent.
        gone: called when the folder is not where it was.
        news: is told when anything is other than it was.

    Attributes:
        protocol: the exchange with the centre.
        looking: which paths have to be looked at.
        pause: what a person has to do before it goes on.
        waits: what of the published state cannot be fetched now, or "".
        described: what `status` said last.
        shown: the conflicts that a person was told of last, with both sides.
        left: what of the published state was left alone last, because it is open or cannot be written: path to reason.
    """

    def __init__(
        self,
        checkout: LocalCheckout,
        link: Link,
        client: Client,
        settings: AgentSettings,
        watching: Watching | None = None,
        gone: Callable[[], None] = lambda: None,
        news: News | None = None,
        release: Callable[[], None] = memory.release,
    ) -> None:
        news = news or News()
        super().__init__(checkout.disk.root, news)
        self.checkout, self._settings, self._gone, self._news = checkout, settings, gone, news
        self._wake, self._failures = asyncio.Event(), 0
        self.protocol = SyncProtocol(checkout, link, client, settings)
        watching = watching or Watching(is_temporary)
        self.protocol.pulling.placed = self.note_placed
        self.looking = Looking(checkout, settings, self._wake.set, watching, lambda: self._news.followed)
        self.pause, self.waits = Pause(), ""
        self.described: CheckoutStatus | None = None
        self.shown, self.left = dict[str, Sides](), dict[str, str]()
        self._link, self._question, self._release = link, Pause(), release
        self._picks: dict[str, PickedPath] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def paused(self) -> str:
        """What a person has to do before it goes on, as one does it in a terminal, or ""."""
        return self.pause.message

    @property
    def offline(self) -> str:
        """Why the centre cannot be reached, or ""."""
        return self._link.fault

    def at_work_by_itself(self) -> Running | None:
        """Return what the loop does without having been asked at this moment; stopping it ends `auto`."""
        idle = not self.lock.locked() or self.busy is not None or self.checkout.state.mode != "auto"
        return None if idle else self.by_itself

    # its life

    def start(self) -> None:
        """Begin to work."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End, after what is under way."""
        async with self.lock:
            await end(self._task)
            self.looking.unwatch()
            self.protocol.pulling.drop_packs()
            self.checkout.close()

    def deliver(self, event: Update | Outcome, pack: bytes) -> None:
        """Take a message of the centre; it is worked on by the loop, or by whoever waits for it."""
        self.protocol.mailbox.deliver(event, pack)
        self._wake.set()

    def wake(self) -> None:
        """Have the loop look for something to do; what is on disk is compared in full."""
        self.looking.mark_all()
        self._wake.set()

    def follow(self) -> None:
        """Somebody follows from now on: where it does not look by itself, have it look."""
        if self._followed:
            self.wake()

    def resume(self) -> None:
        """Have the loop look for something to do."""
        self._wake.set()

    def note_placed(self, written: Collection[str], deleted: Collection[str] = (), restored: bool = False) -> None:
        """Tell those who follow which paths were put in place here.

        Args:
            restored: by the person here, and not because somebody published them.
        """
        state, by = self.checkout.state, None if restored else self.protocol.author
        self._news.placed(state.root, state.name, written, deleted, state.number, by)
        self.looking.placed(written)

    def lose(self, message: str) -> None:
        """Access was lost: stop syncing, keep the files."""
        self.protocol.mailbox.lose(message)
        self._wake.set()

    def take_picks(self, picks: Iterable[PickedPath]) -> None:
        """`theirs` was picked at the centre: the loop puts it in place, where nothing has changed since."""
        self._picks |= {pick.path: pick for pick in picks}
        self._wake.set()

    def connected(self) -> None:
        """There is a new link."""
        self.protocol.connected()
        self._wake.set()

    async def _run(self) -> None:
        rescan_at = 0.0
        while True:
            try:
                async with self.lock:
                    self.looking.watch_if_wanted()
                    rescan_at = min(rescan_at, time.monotonic() + self.looking.rescan_seconds)
                    if time.monotonic() >= rescan_at:
                        rescan_at = time.monotonic() + self.looking.rescan_seconds
                        self.looking.mark_all()
                        days = self._settings.kept_days
                        await asyncio.to_thread(self.checkout.stash.forget, days, self._link.centre_time())
                    large = self.looking.everything
                    await self.turn()
                self._failures = 0
                if large:
                    self._release()
            except Cancelled:
                async with self.lock:
                    standing.set_mode(self.checkout, "manual")
                self.end_stopped()
                self._retry(0.0)
            except Exception as error:
                self._note(error)
            self.end_turn()
            # Not `wait_for`, which swallows a cancellation that comes with the wake on Python 3.11.
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.05, self._next(rescan_at) - time.monotonic())):
                    await self._wake.wait()
            self._wake.clear()

    def _next(self, rescan_at: float) -> float:
        """When there is something to do without being woken."""
        if self._failures:
            # Whatever else is due: the same error would be met at once.
            now = time.monotonic()
            later = (self.protocol.retry_at, self.checkout.taken_out.again_at)
            return min([rescan_at, *(at for at in later if at > now)])
        waits, pending = [rescan_at], self.checkout.state.pending
        if pending is not None and pending.waits and self.protocol.online:
            waits.append(self.protocol.resend_at)
        protocol = self.protocol
        braked = protocol.brake.again_at(time.monotonic())
        sooner = (
            *(protocol.retry_at, protocol.pulling.again_at, self.looking.again_at, protocol.freshness.tell_at),
            *(self.checkout.taken_out.again_at, braked),
        )
        return min([*waits, *(at for at in sooner if at)])

    def _retry(self, at: float) -> None:
        self.protocol.retry_at, self.looking.again_at, self.protocol.pulling.again_at = at, 0.0, 0.0

    def _note(self, error: Exception) -> None:
        """An error in the loop: shown by `status`, tried again later."""
        if isinstance(error, Paused):
            self.pause = Pause.of(error)
            self._failures = 0
            # It may have been put right meanwhile, without a word.
            again_at = time.monotonic() + _PAUSED_SECONDS
            if self.pause == self._question:
                # All else has been done, and what of it is to be done soon still is.
                self.protocol.retry_at = min(self.protocol.retry_at or again_at, again_at)
                return
            self._retry(again_at)
            if not self.checkout.disk.root.exists():
                self._gone()
            return
        # Whether somebody is back is soon asked again; what goes wrong here goes wrong once more unless something changes.
        away = isinstance(error, Unavailable)
        self._failures = 0 if away else self._failures + 1
        wait = _AWAY_SECONDS if away else min(_RETRY_SECONDS * 2 ** min(self._failures - 1, 10), _LONGEST_RETRY_SECONDS)
        self._retry(time.monotonic() + wait)
        fault = fault_of(error, self.checkout.disk.root)
        if fault.message != self.paused:
            # The same over and over would fill a disk, or what is left of it.
            log.warning("%s: %s", self.checkout.state.name, fault.message, exc_info=error if fault.unexpected else None)
        self.pause = Pause.told(fault.message)

    # one turn

    async def turn(self) -> None:
        """Do what there is to do now, without anybody asking for it. Called under the lock."""
        checkout, protocol = self.checkout, self.protocol
        self._retry(0.0)
        self._question = Pause()
        if protocol.mailbox.lost:
            standing.lose_access(checkout, protocol.mailbox.lost)
            protocol.mailbox.lost = ""
            self.looking.unwatch()
        if checkout.taken_out.is_due:
            self.looking.mark(await asyncio.to_thread(checkout.taken_out.look))
        if checkout.state.lost and not protocol.mailbox.target:
            return
        if await self._waits_for_answer():
            return
        if self._auto and protocol.transfers.fault:
            # What could not be fetched may take long to fail again: edits go first.
            await self._look_and_publish()
        held = await _unless_held(protocol.advance(self.by_itself))
        if protocol.look_again:
            protocol.look_again = False
            self.wake()
        if self._picks:
            await self._carry_out_picks()
        if self._followed:
            await self._look_for_followers()
        if self._auto:
            await self.looking.look()
            held = await _unless_held(self._bring()) or held
            self.pause = await self._publish_edits()
        if isinstance(held, Unavailable):
            self._wait_for_service(held)
        elif isinstance(held, Paused):
            self._question = self._question or Pause.of(held)
        elif held is not None:
            raise held
        else:
            self.waits = ""
        if self._auto:
            await protocol.freshness.tell_soon()
        if self._question:
            # It waits for a person, and nothing else waits for it.
            raise self._question.error()

    @property
    def _auto(self) -> bool:
        return self.checkout.state.mode == "auto" and not self.checkout.state.lost

    @property
    def _followed(self) -> bool:
        """Whether somebody follows a checkout that does not look by itself."""
        return self._news.followed and self.checkout.state.mode != "auto" and not self.checkout.state.lost

    async def _look_for_followers(self) -> None:
        before = self.checkout.fault
        await self.looking.look()
        if before and self.paused == before:
            # The folder is back.
            self.pause = Pause()
        if self.checkout.state.asked:
            # What was asked may be another question by now, or none; what may be confirmed stays what a person was shown.
            self.pause = await asyncio.to_thread(pushing.question, self.checkout, shown=False)
        await asyncio.to_thread(settle, self.checkout)

    def _wait_for_service(self, error: Unavailable) -> None:
        """What is published is to be fetched; that is tried again, and edits are pushed meanwhile."""
        target = self.protocol.mailbox.target
        what = f"version {target.number}" if target is not None else "the published contents"
        self.waits = (
            f"{what} cannot be fetched now and is tried again by itself; edits are pushed all the same. {error.message}"
        )
        self.protocol.retry_at = self.protocol.transfers.again_at or time.monotonic() + _RETRY_SECONDS

    async def _bring(self) -> None:
        self.left = (await self.protocol.pulling.bring(self.by_itself)).held
        self.looking.look_later(self.left)

    async def _look_and_publish(self) -> None:
        await self.looking.look()
        self.pause = await self._publish_edits()

    async def _waits_for_answer(self) -> bool:
        """Return whether a push is under way that was not answered yet; it is sent again when it is time."""
        pending = self.checkout.state.pending
        if pending is None or not pending.waits:
            return False
        await self.protocol.take_answer()
        pending = self.checkout.state.pending
        if pending is None or not pending.waits:
            return False
        if time.monotonic() >= self.protocol.resend_at and self.protocol.online:
            try:
                await self.protocol.send_pending(self.by_itself)
            except Unavailable:
                if not pending.event.upload or self.protocol.mailbox.target is None:
                    raise
                # The upload waits for the service, but what others published need not: what is on disk is pushed anew later.
                await asyncio.to_thread(pushing.drop, self.checkout)
                return False
        return True

    async def _publish_edits(self) -> Pause:
        """Begin a push if there is anything to publish; return why that has to wait, if it has."""
        if self.checkout.state.role == "reader" or not self.protocol.online or self.checkout.state.pending is not None:
            return Pause()
        waits, brake = "", self.protocol.brake

        def held(key: bytes) -> bool:
            nonlocal waits
            now = time.monotonic()
            waits = brake.reason(key, now) if brake.holds(key, now) else ""
            return bool(waits)

        begun = await asyncio.to_thread(pushing.begin, self.checkout, held=held)
        if begun.pending is not None:
            await self.protocol.send_pending(self.by_itself)
        self._question = begun.question
        return Pause.told(waits)

    async def _carry_out_picks(self) -> None:
        """A pick is of two contents that the person saw; where either is another one by now, the conflict stays open."""
        picks, self._picks = self._picks, {}
        self.looking.mark(picks)
        await self.looking.look()
        made, index = await asyncio.to_thread(settle, self.checkout), self.checkout.index
        meant = [
            conflict.path
            for conflict in made.conflicts
            if (pick := picks.get(conflict.path)) is not None
            and (_id(index.row(pick.path).local), _id(index.published(pick.path))) == (pick.ours, pick.theirs)
        ]
        if meant:
            await self.put_theirs(meant, silent)

    async def put_theirs(self, paths: list[str], progress: Progress) -> dict[str, str]:
        """Put the published version of conflicting paths in place, keep ours, and tell the centre. Called under the lock.

        Returns:
            The paths that were left alone, and why.
        """
        left = await self.protocol.pulling.put_theirs(paths, progress)
        with suppress(Unavailable):
            await self.protocol.freshness.tell()
        return left


async def _unless_held(step: Coroutine[None, None, object]) -> HubShareError | None:
    """Do a step of what comes in; return what holds it up, since what goes out does not wait for that."""
    try:
        await step
    except (Unavailable, Paused, BadPack) as error:
        return error
    return None


def _id(side: Side) -> str | None:
    return side.id if side else None
