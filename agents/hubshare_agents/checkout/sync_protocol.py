"""The exchange of one checkout with the centre: sending a push and taking in its answer, and what else the centre has said.

Each step may be the last before a crash.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from hubshare import tracing
from hubshare.client import Client
from hubshare.config import AgentSettings
from hubshare.errors import BadPack, Cancelled, Forbidden, HubShareError, NotFound, Unavailable, from_code
from hubshare.git.objects import read_commit
from hubshare.git.packs import Pack
from hubshare.project_settings import for_agents
from hubshare.wire.agent import OpenConflict, Outcome, Update
from hubshare_agents.checkout import pushing, standing
from hubshare_agents.checkout.brake import Brake
from hubshare_agents.checkout.freshness import Freshness
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.checkout.pulling import Pulling
from hubshare_agents.checkout.receiving import Incomplete, go_on_from_push, receive
from hubshare_agents.checkout.state import PendingPush
from hubshare_agents.link.link import Link
from hubshare_agents.link.mailbox import Mailbox
from hubshare_agents.link.transfers import Transfers

_ANSWER_SECONDS = 90
_LONGEST_RESEND = 60.0
#: How soon is sent again what could not be sent.
_SOON_SECONDS = 1.0


class SyncProtocol:
    """What goes between one checkout and the centre. All of it is called under the checkout's lock.

    Args:
        checkout: the checkout.
        link: to the centre.
        client: for packs.
        settings: of the agent.

    Attributes:
        transfers: packs over HTTP.
        mailbox: what the centre has said and is still to be taken in; it may be filled at any time.
        pulling: brings what is published to disk.
        freshness: tells the centre what the checkout holds.
        brake: what was pushed in vain, and is not sent again for now.
        look_again: whether the last message changed what this checkout may or should share, so that all of it is looked at.
        author: who published what is known to be published, None where that is not known.
        resend_at, retry_at: when (monotonic seconds) there is something to do without being woken; 0 for never.
    """

    def __init__(self, checkout: LocalCheckout, link: Link, client: Client, settings: AgentSettings) -> None:
        self._checkout, self._link, self._client, self._settings = checkout, link, client, settings
        self._client = client
        self.transfers = Transfers(client, checkout.state.project, checkout.packs)
        self.mailbox = Mailbox()
        self.pulling = Pulling(checkout, self.transfers)
        self.freshness = Freshness(checkout, link)
        self.brake = Brake(settings.resend_seconds)
        self.look_again = False
        self.author: str | None = None
        self.resend_at = self.retry_at = 0.0
        self._resend_wait = settings.resend_seconds
        pending = checkout.state.pending
        #: The push that may have left here: it cannot be taken back.
        self._sent = pending.event.id if pending is not None else ""
        #: Where the push under way lies on the outbox, and where it stood in line when that took long.
        self._entry, self.waiting = ("", ""), ""

    @property
    def online(self) -> bool:
        """Whether there is a link to the centre."""
        return self._link.up.is_set()

    def connected(self) -> None:
        """There is a new link: a push that was not answered is sent again."""
        self.resend_at, self._resend_wait = 0.0, self._settings.resend_seconds
        self.transfers.try_now()
        self.freshness.forget()

    # a push

    async def send_pending(self, progress: Progress) -> None:
        """Send the push under way; once more only where it does not wait at the centre.

        Raises:
            Cancelled: when it was stopped before it left here; it is dropped then.
        """
        pending = self._checkout.state.pending
        assert pending is not None
        path = self._checkout.pack_path(pending.event.id)
        self.resend_at = time.monotonic() + self._resend_wait
        self._resend_wait = min(self._resend_wait * 2, max(_LONGEST_RESEND, self._settings.resend_seconds))
        self.mailbox.answered.clear()
        if pushing.go_on_as(self._checkout, self._link.user):
            self.retry_at = time.monotonic()
            return
        if not await asyncio.to_thread(pushing.is_whole, self._checkout, pending):
            # Something befell the pack since it was written: it is made anew from what is on disk.
            pushing.drop(self._checkout)
            self.retry_at = time.monotonic()
            return
        pack = b""
        event = pending.event
        if self._entry[0] == event.id and (waiting := await self.place()):
            # Sent again it would be one more job, for the same.
            self.waiting = waiting
            return
        try:
            progress("upload", 0, 0)
            if event.upload:
                await self.transfers.upload(event.upload, path, lambda done, total: progress("upload", done, total))
            else:
                pack = path.read_bytes()
            if event.lists:
                await self.transfers.upload_list(event.lists, event.list_bytes())
                event = event.without_lists()
        except Cancelled:
            if self._sent != event.id:
                pushing.drop(self._checkout)
            raise
        except Unavailable:
            self._send_soon()
            raise
        self._sent = event.id
        try:
            tracing.adopt(tracing.Trace.of(event.id))
            with tracing.stage("push"):
                begun = self._checkout.push_begun
                age = None if begun is None else time.monotonic() - begun
                entry = await self._link.send(event.encode(), pack, age)
        except Unavailable:
            self._send_soon()
            raise
        finally:
            tracing.adopt(None)
        self._entry, self.waiting = (event.id, entry), ""

    async def place(self) -> str:
        """Return where the push under way stands, in words; "" where there is none, or nobody can tell."""
        pending, (event, entry) = self._checkout.state.pending, self._entry
        if pending is None or pending.event.id != event:
            return ""
        try:
            return (await asyncio.to_thread(self._client.place_in_line, entry)).words
        except HubShareError:
            return ""

    def _send_soon(self) -> None:
        """It has not left here: that is no reason to wait for longer and longer."""
        self._resend_wait = self._settings.resend_seconds
        self.resend_at = time.monotonic() + min(_SOON_SECONDS, self._resend_wait)

    async def take_answer(self) -> Outcome | None:
        """Take in the answer to the push under way, if it has come; return it."""
        state = self._checkout.state
        pending = state.pending
        outcome = self.mailbox.take_outcome(pending.event.id) if pending is not None else None
        if pending is None or outcome is None or outcome.event != pending.event.id:
            return None
        if outcome.more:
            outcome = await self._with_conflicts(pending, outcome)
        if pending.waits:
            key = pushing.key_of(self._checkout, pending)
            if outcome.code == BadPack.code and not self.brake.times(key):
                # It may have been damaged here or on its way: it is made anew, once.
                outcome = outcome.model_copy(update={"retry": True})
            if outcome.status != "refused" and outcome.number > state.number:
                self.brake.release()
            else:
                self.brake.note(key, outcome, time.monotonic())
        pushing.answer(self._checkout, outcome)
        self._resend_wait = self._settings.resend_seconds
        return outcome

    async def _with_conflicts(self, pending: PendingPush, outcome: Outcome) -> Outcome:
        """An answer with the conflicts that were too many to travel along.

        Raises:
            Unavailable: when the service cannot be asked now; the answer is kept.
        """
        try:
            known = await self.transfers.conflicts(pending.event.checkout)
        except BaseException:
            self.mailbox.deliver(outcome, b"")
            raise
        met = [OpenConflict(path=path, kind=kind) for path, kind in known.items() if path in pending.sides]
        return outcome.model_copy(update={"conflicts": met, "more": 0})

    async def finish_pending(self, progress: Progress, send: bool = False) -> Outcome | None:
        """Wait for the answer to the push under way, sending it again now and then; take the result in.

        Args:
            send: it was not sent yet.

        Returns:
            The answer; a refusal only where another try may help.

        Raises:
            HubShareError: the reason why it was refused for good.
            Unavailable: when no answer came; the push is kept, and that is said.
        """
        try:
            if send:
                await self.send_pending(progress)
            return await self._wait_for_answer(progress)
        except Unavailable as error:
            if self._checkout.state.pending is None:
                raise
            raise Unavailable(f"{error.message} The push is kept here, and sent again by itself.") from None

    async def _wait_for_answer(self, progress: Progress) -> Outcome | None:
        end = time.monotonic() + _ANSWER_SECONDS
        outcome: Outcome | None = None
        while (pending := self._checkout.state.pending) is not None and pending.waits:
            outcome = await self.take_answer()
            if outcome is not None:
                continue
            if time.monotonic() >= end or not self.online:
                raise Unavailable(f"{self._checkout.state.name} was not answered yet.")
            if self._sent == pending.event.id:
                _check_waiting(progress, self._checkout.state.name)
            if time.monotonic() >= self.resend_at:
                await self.send_pending(progress)
            with suppress(TimeoutError):
                async with asyncio.timeout(min(1.0, max(0.01, self.resend_at - time.monotonic()))):
                    await self.mailbox.answered.wait()
            self.mailbox.answered.clear()
        if outcome is not None and outcome.status == "refused":
            if outcome.retry:
                self.take_standing()
                return outcome
            raise from_code(outcome.code, outcome.message)
        await self.advance(progress)
        return outcome

    # what is published

    async def advance(self, progress: Progress) -> None:
        """Move the known published state on to the newest that we were told of."""
        checkout, mailbox, target = self._checkout, self.mailbox, self.mailbox.target
        self.take_standing()
        pending, base = checkout.state.pending, checkout.state.base
        if pending is not None and pending.waits:
            return
        commit, number = "", -1
        if pending is not None and pending.outcome is not None and pending.outcome.commit:
            commit, number = pending.outcome.commit, pending.outcome.number
        if target is not None and target.number > number:
            commit, number = target.commit, target.number
        if number < 0 or (pending is None and number <= checkout.state.number):
            mailbox.drop_target()
            return
        if pending is not None and commit == pending.event.commit:
            await asyncio.to_thread(receive, checkout, commit, number, None)
            self.author = checkout.state.user
            self.freshness.note_known()
        elif commit == base:
            await asyncio.to_thread(receive, checkout, commit, number, None)
        else:
            known = target is not None and target.commit == commit and target.parent == base
            try:
                pack = await self._receive(commit, number, mailbox.pack if known else b"", progress)
            except Unavailable:
                await self._go_on_from_push(commit, number)
                raise
            if target is not None and target.commit == commit and target.confirmed:
                checkout.become(checkout.state.deletions_here_meant(True))
            self.pulling.add_pack(pack)
        if mailbox.target is target:
            mailbox.drop_target()

    async def _go_on_from_push(self, commit: str, number: int) -> None:
        """Let edits go on being pushed while a version cannot be fetched."""
        state = self._checkout.state
        if state.pending is None or state.pending.outcome is None:
            return
        await asyncio.to_thread(go_on_from_push, self._checkout)
        self.freshness.note_known()
        if self.mailbox.target is None:
            self.mailbox.deliver(
                Update(
                    project=state.project,
                    name=state.name,
                    commit=commit,
                    number=number,
                    role=state.role,
                    outputs=state.outputs,
                ),
                b"",
            )

    async def _receive(self, commit: str, number: int, inline: bytes, progress: Progress) -> Pack:
        """Take in a version with the pack that came with it, else with one that is fetched; return the pack.

        Raises:
            BadPack: when none of them was whole, not even one that was made anew.
        """
        checkout, base = self._checkout, self._checkout.state.base
        moved = lambda done, total: progress("download", done, total)  # noqa: E731
        for way in ("along", "kept", "anew"):
            if way == "along" and not inline:
                continue
            try:
                if way == "along":
                    pack = Pack(inline, limits=None)
                else:
                    pack = await self.transfers.update(base, commit, moved, again=way == "anew")
            except BadPack:
                continue
            try:
                await asyncio.to_thread(receive, checkout, commit, number, pack)
            except Incomplete:
                pack.close()
                continue
            except BaseException:
                pack.close()
                raise
            self.author = read_commit(pack.read(commit).data).author
            return pack
        raise BadPack(
            f"Version {number} of {checkout.state.name} did not come through whole: it is fetched again. "
            "If this stays, tell an admin."
        )

    # how the checkout stands with the project

    def take_standing(self) -> None:
        """Take in what the centre said last of this checkout's role and of the project's name and outputs."""
        if pushing.go_on_as(self._checkout, self._link.user):
            self.look_again = True
        target = self.mailbox.target
        if target is not None and standing.take(self._checkout, target.role, target.name, target.outputs):
            self.look_again = True
            self.brake.release()
        told, self.mailbox.told = self.mailbox.told, None
        if told is not None and told == self._checkout.state.number:
            # Told once more of a version that is known: settings or rights have changed, it may not be archived any more.
            self.brake.release()
            if self._checkout.state.refused is not None:
                pushing.forget_refusal(self._checkout)
                self.look_again = True

    async def ask(self) -> None:
        """Ask the service where the project stands.

        Raises:
            NotFound, Forbidden: when there is no access any more.
        """
        state = self._checkout.state
        try:
            found = await asyncio.to_thread(self._client.project, state.name)
            if found.id != state.project or found.role is None:
                raise NotFound(f"The project of this folder is gone; {state.name} is another one now. Your files stay.")
        except (NotFound, Forbidden) as error:
            standing.lose_access(self._checkout, self.mailbox.lost or self._checkout.state.lost or error.message)
            raise
        self.transfers.try_now()
        self.mailbox.deliver(
            Update(
                project=found.id,
                name=found.name,
                commit=found.commit,
                number=found.version,
                role=found.role,
                **for_agents(found),
            ),
            b"",
        )
        self.take_standing()


def _check_waiting(progress: Progress, project: str) -> None:
    """Let a person who stops a command that has sent its push know that the push goes on."""
    try:
        progress("sent", 0, 0)
    except Cancelled:
        raise Cancelled(
            f"The push to {project} was sent already and goes on: `hubshare status` says what becomes of it, and "
            "`hubshare restore` brings an earlier version back."
        ) from None
