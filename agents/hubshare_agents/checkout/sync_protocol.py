"""The exchange of one checkout with the centre: the steps of a push and of a pull, each of which may be the last before a
crash, and what the centre has said that is still to be taken in.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from uuid import uuid4

from hubshare.client import Client
from hubshare.config import AgentSettings, Limits
from hubshare.errors import Forbidden, NotFound, Paused, Unavailable, from_code
from hubshare.git.packs import Pack
from hubshare.sync.plan import Plan
from hubshare.wire.agent import Outcome, Pull, Update
from hubshare_agents.checkout.apply import PullResult
from hubshare_agents.checkout.folder import Folder, Incomplete
from hubshare_agents.link.link import Link

#: Told of (what is done, steps done, steps in all).
Progress = Callable[[str, int, int], None]

#: What the centre sends was within the limits when it was pushed; a whole project may be larger than one push.
_NO_LIMITS = Limits(max_file_bytes=sys.maxsize, max_push_bytes=sys.maxsize, max_push_objects=sys.maxsize)

_ANSWER_SECONDS = 90
#: How many answers are kept until the push that they are for asks for its own.
_OUTCOMES = 8
_LONGEST_RESEND = 60.0
_TELL_SECONDS = 1.0
#: A plan is made anew this often when files are edited while it is carried out.
_ROUNDS = 5


def silent(what: str, done: int, total: int) -> None:
    """No progress to show."""


class SyncProtocol:
    """What goes between one checkout and the centre. Everything but `deliver` is called under the runner's lock.

    Args:
        folder: the checkout.
        link: to the centre.
        client: for packs.
        settings: of the agent.

    Attributes:
        target: the newest state of the project that we were told of and have not taken in.
        look_again: whether the last message changed what this checkout may or should share, so that all of it is looked at.
        lost: that access was lost, in words for the person, until the runner has noted it.
        resend_at, retry_at, tell_at: when (monotonic seconds) there is something to do without being woken; 0 for never.
    """

    def __init__(self, folder: Folder, link: Link, client: Client, settings: AgentSettings) -> None:
        self.folder, self._link, self._client, self._settings = folder, link, client, settings
        self.target: Update | None = None
        self.look_again = False
        self.lost = ""
        self.resend_at = self.retry_at = self.tell_at = 0.0
        self._target_pack = b""
        self._outcomes: dict[str, Outcome] = {}
        self._answered = asyncio.Event()
        self._resend_wait = settings.resend_seconds
        self._packs: list[Pack] = []
        self._confirmed = False
        self._told = self._tell_mark = ""

    @property
    def online(self) -> bool:
        """Whether there is a link to the centre."""
        return self._link.up.is_set()

    def deliver(self, event: Update | Outcome, pack: bytes) -> None:
        """Take a message of the centre; it is worked on under the lock."""
        if isinstance(event, Outcome):
            self._outcomes = {**dict(list(self._outcomes.items())[-_OUTCOMES:]), event.event: event}
            self._answered.set()
        elif self.target is None or event.number > self.target.number:
            self.target, self._target_pack = event, pack
        elif event.number == self.target.number:
            # The same version again, perhaps without its pack; the role may be a new one.
            known = {
                "parent": event.parent or self.target.parent,
                "confirmed": event.confirmed or self.target.confirmed,
            }
            self.target, self._target_pack = event.model_copy(update=known), pack or self._target_pack

    def connected(self) -> None:
        """There is a new link: a push that was not answered is sent again."""
        self.resend_at = 0.0
        self._told = ""

    def lose(self, message: str) -> None:
        """Access was lost: what the centre said before counts no more."""
        self.lost = message
        self.target, self._target_pack = None, b""

    async def send_pending(self, progress: Progress) -> None:
        pending = self.folder.pending
        assert pending is not None
        path = self.folder.pack_path(pending.event)
        self.resend_at = time.monotonic() + self._resend_wait
        self._resend_wait = min(self._resend_wait * 2, max(_LONGEST_RESEND, self._settings.resend_seconds))
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

    async def take_answer(self) -> None:
        """Take in the answer to the push under way, if it has come."""
        pending = self.folder.pending
        outcome = self._outcomes.get(pending.event.id) if pending is not None else None
        # An answer to an earlier push, come once more, says nothing new.
        self._outcomes.clear()
        if outcome is None or not self.folder.answer(outcome):
            return
        self._resend_wait = self._settings.resend_seconds
        if outcome.status == "refused" and outcome.retry:
            self.retry_at = time.monotonic() + self._resend_wait

    async def finish_pending(self, progress: Progress) -> Outcome | None:
        """Wait for the answer to the push under way, sending it again now and then; take the result in.

        Raises:
            HubShareError: the reason why it was refused.
            Unavailable: when no answer came; the push is kept.
        """
        end = time.monotonic() + _ANSWER_SECONDS
        outcome: Outcome | None = None
        while (pending := self.folder.pending) is not None and pending.outcome is None:
            if pending.event.id in self._outcomes:
                outcome = self._outcomes[pending.event.id]
                await self.take_answer()
                continue
            if time.monotonic() >= end or not self.online:
                raise Unavailable(
                    f"{self.folder.name} was not answered yet: the push is kept here and sent again by itself."
                )
            if time.monotonic() >= self.resend_at:
                await self.send_pending(progress)
            with suppress(TimeoutError):
                async with asyncio.timeout(min(1.0, max(0.01, self.resend_at - time.monotonic()))):
                    await self._answered.wait()
            self._answered.clear()
        if outcome is not None and outcome.status == "refused":
            if outcome.retry:
                self.take_standing()
                return None
            raise from_code(outcome.code, outcome.message)
        await self.advance(progress)
        return outcome

    async def advance(self, progress: Progress) -> None:
        """Move the known published state on to the newest that we were told of."""
        folder, target = self.folder, self.target
        self.take_standing()
        pending = folder.pending
        if pending is not None and pending.outcome is None:
            return
        commit, number = "", -1
        if pending is not None and pending.outcome is not None and pending.outcome.commit:
            commit, number = pending.outcome.commit, pending.outcome.number
        if target is not None and target.number > number:
            commit, number = target.commit, target.number
        if number < 0 or (pending is None and number <= folder.number):
            self.target, self._target_pack = None, b""
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
        if self.target is target:
            self.target, self._target_pack = None, b""

    def take_standing(self) -> None:
        """Take in what the centre said last of this checkout's role and of the project's name and outputs."""
        index, target = self.folder.index, self.target
        if target is None:
            return
        if self.folder.role != target.role or index.get("lost") or self.folder.name != target.name:
            index.set("role", target.role)
            index.set("name", target.name)
            self.folder.set_access(None)
            self.folder.drop_refusal()
            self.look_again = True
        if self.folder.set_outputs(target.outputs):
            self.look_again = True

    async def ask(self) -> None:
        """Ask the service where the project stands."""
        try:
            found = await asyncio.to_thread(self._client.project, self.folder.name)
            if found.id != self.folder.project or found.role is None:
                raise NotFound(
                    f"The project of this folder is gone; {self.folder.name} is another one now. Your files stay."
                )
        except (NotFound, Forbidden) as error:
            self.folder.set_access(self.lost or self.folder.index.get("lost") or error.message)
            raise
        self.deliver(
            Update(
                project=found.id,
                name=found.name,
                commit=found.commit,
                number=found.version,
                role=found.role,
                outputs=found.outputs,
            ),
            b"",
        )
        self.take_standing()

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

    async def bring(self, progress: Progress, confirmed: bool = False) -> PullResult:
        """Bring the known published state to disk."""
        total = PullResult()
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
                done = await self.apply(made, progress)
                total.written += done.written
                total.deleted += done.deleted
                if done.stopped:
                    raise Paused(done.stopped)
                if not done.changed and not done.missing:
                    break
        finally:
            self.drop_packs()
        return total

    async def apply(self, made: Plan, progress: Progress) -> PullResult:
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

    def drop_packs(self) -> None:
        for pack in self._packs:
            pack.close()
        self._packs.clear()

    async def tell_pulled_soon(self) -> None:
        """Tell the centre once the checkout has been quiet for a moment, so that a stream of saves stays one-way."""
        now = time.monotonic()
        if self._pulled_mark() == self._told or not self.online:
            self.tell_at = 0.0
        elif not self.tell_at or self._tell_mark != self._pulled_mark():
            self.tell_at, self._tell_mark = now + _TELL_SECONDS, self._pulled_mark()
        elif now >= self.tell_at:
            self.tell_at = 0.0
            await self.tell_pulled()

    def _pulled_mark(self) -> str:
        return f"{self.folder.base} {self.folder.index.get('settled', [])}"

    async def tell_pulled(self) -> None:
        """Tell the centre which version this checkout holds; it is for people to see, and may be lost."""
        base, settled, mark = self.folder.base, self.folder.index.get("settled", []), self._pulled_mark()
        if mark != self._told and self.online:
            event = Pull(project=self.folder.project, checkout=self.folder.checkout, commit=base, settled=settled)
            await self._link.send(event.encode())
            self._told = mark
