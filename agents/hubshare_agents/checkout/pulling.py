"""The known published state comes to disk: contents that are not at hand are fetched, then the plan is carried out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from dataclasses import replace

from hubshare.config import MIB
from hubshare.errors import DiskFull
from hubshare.git.packs import Pack
from hubshare.sync.plan import Plan
from hubshare.wire.agent import in_parts, path_bytes
from hubshare_agents.checkout import conflicts, deletion_guard
from hubshare_agents.checkout.apply import PullResult, apply
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.local_contents import LocalContents
from hubshare_agents.checkout.pause import Pause
from hubshare_agents.checkout.planning import chosen, settle
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.checkout.rules_of_others import keep_own_rules
from hubshare_agents.link.transfers import Transfers
from hubshare_agents.room import Replaced, Room

#: How soon is tried again what is open in Jupyter with unsaved edits.
_OPEN_SECONDS = 3.0
#: A plan is made anew this often when files are edited while it is carried out.
_ROUNDS = 5
#: Why a standing policy waits.
_WRITTEN = "a program has it open to write to it; the published version is put in place when it is closed"
#: One request names about so many bytes of paths, and so many of them; the service takes 200,000.
_REQUEST = (4 * MIB, 100_000)


class Pulling:
    """Carries plans out, with the packs that are at hand. Called under the checkout's lock.

    Args:
        checkout: the checkout.
        transfers: fetch what is not at hand.

    Attributes:
        again_at: when (monotonic seconds) to try again what was left alone because it was open; 0 for never.
        placed: is told which paths were written and deleted.
    """

    def __init__(self, checkout: LocalCheckout, transfers: Transfers) -> None:
        self._checkout, self._transfers = checkout, transfers
        self._packs: list[Pack | LocalContents] = []
        #: Id to size of contents for which there was no room: they are not fetched once more to find that out.
        self._too_large: dict[str, int] = {}
        self.again_at = 0.0
        self.placed: Callable[[Collection[str], Collection[str]], None] = lambda written, deleted: None

    def add_pack(self, pack: Pack) -> None:
        """Have the contents of a pack at hand until what is published was brought to disk."""
        self._packs.append(pack)

    def drop_packs(self) -> None:
        """Let all packs go."""
        for pack in self._packs:
            pack.close()
        self._packs.clear()

    async def bring(
        self,
        progress: Progress,
        confirmed: bool = False,
        shown: bool = False,
        only: Collection[str] | None = None,
    ) -> PullResult:
        """Bring the known published state to disk.

        Args:
            confirmed: the person here confirms the deletions that they were asked about.
            shown: a person waits, and is shown what is asked.
            only: nothing but these paths and what lies below them; the rest stays to be pulled.

        Raises:
            DiskFull: when it stopped half way.
            Paused: when all was brought but deletions that have to be confirmed.
        """
        total, checkout, self.again_at, question = PullResult(), self._checkout, 0.0, Pause()
        try:
            for _ in range(_ROUNDS):
                question = Pause()
                made = await asyncio.to_thread(settle, checkout)
                if only is not None:
                    made = chosen(made, only)
                if made.conflicts and checkout.state.policy == "theirs":
                    made = await asyncio.to_thread(self._with_theirs, made, total.held)
                if not made.write and not made.delete:
                    if only is None:
                        deletion_guard.note_brought(checkout)
                    break
                made, question = await asyncio.to_thread(
                    deletion_guard.check_incoming, checkout, made, confirmed, shown, only is None
                )
                if not made.write and not made.delete:
                    break
                keep_own_rules(checkout, made)
                done = await self._carry_out(made, progress)
                total.written += done.written
                total.deleted += done.deleted
                total.held |= done.held
                if done.stopped:
                    raise DiskFull(done.stopped)
                if not done.changed and not done.missing:
                    break
        finally:
            self.drop_packs()
        if total.held:
            self.again_at = time.monotonic() + _OPEN_SECONDS
        if question:
            raise question.error()
        return total

    async def carry_out(self, made: Plan, progress: Progress) -> PullResult:
        """Carry one plan out, and let all packs go.

        Raises:
            Paused: when it stopped half way.
        """
        try:
            done = await self._carry_out(made, progress)
        finally:
            self.drop_packs()
        if done.stopped:
            raise DiskFull(done.stopped)
        return done

    async def put_theirs(self, paths: list[str], progress: Progress) -> dict[str, str]:
        """Put the published version of conflicting paths in place and keep ours; return those that were left alone, and why."""
        made = await asyncio.to_thread(conflicts.expect_theirs, self._checkout, paths)
        done = await self.carry_out(made, progress)
        left = dict.fromkeys(done.changed, "it is being edited; save it and run the command again") | done.held
        await asyncio.to_thread(conflicts.note_settled, self._checkout, [path for path in paths if path not in left])
        return left

    def _with_theirs(self, made: Plan, held: dict[str, str]) -> Plan:
        """Return the plan that puts theirs in place, where that can be done now; else the one that was made.

        Args:
            held: gets the paths that are open, and why they are left: what is not replaced is not kept again and again.
        """
        paths = [conflict.path for conflict in made.conflicts]
        held |= self._checkout.documents.reasons(paths, [])
        held |= {path: _WRITTEN for path in paths if conflicts.is_written(self._checkout, path)}
        theirs = conflicts.expect_theirs(self._checkout, [path for path in paths if path not in held])
        return theirs if theirs.write or theirs.delete else made

    async def _carry_out(self, made: Plan, progress: Progress) -> PullResult:
        made, stopped = self._while_there_is_room(made)
        done = await self._fetch_and_apply(made, progress)
        self._too_large |= done.too_large
        done.stopped = done.stopped or stopped
        return done

    def _while_there_is_room(self, made: Plan) -> tuple[Plan, str]:
        """Return the plan without what is known to be too large for the disk as it is now, and why; "" if all may be tried."""
        index, known = self._checkout.index, self._too_large
        sizes = {
            path: Replaced(seen.size if (seen := index.row(path).seen) else 0, known[entry.id])
            for path, (_, entry) in made.write.items()
            if entry.id in known
        }
        with self._checkout.disk.folder("") as top:
            room = Room.at(top)
        left = sizes.keys() - room.fitting(sizes)
        if not left:
            self._too_large = {}
            return made, ""
        writes = {path: what for path, what in made.write.items() if path not in left}
        done = f"{len(left):,} files wait and nothing is lost. "
        return replace(made, write=writes), room.too_little(sum(sizes[path].new for path in left), done)

    async def _fetch_and_apply(self, made: Plan, progress: Progress) -> PullResult:
        ids = {entry.id for _, entry in made.write.values()}
        if absent := [name for name in ids if not any(name in pack for pack in self._packs)]:
            # Before anything is deleted: a file that was renamed is its own source.
            self._packs.append(await asyncio.to_thread(self._at_hand, absent))
        done = await self._apply(made, progress)
        if done.missing and not done.stopped:
            wanted = done.missing
            for part in in_parts(wanted, path_bytes, *_REQUEST):
                self._packs.append(
                    await self._transfers.contents(
                        self._checkout.state.base, part, lambda moved, total: progress("download", moved, total)
                    )
                )
            done = done.joined(await self._apply(Plan(write={path: made.write[path] for path in wanted}), progress))
        return done

    def _at_hand(self, wanted: list[str]) -> LocalContents:
        """Copy what did not come with a pack and is on this disk."""
        checkout = self._checkout
        return LocalContents(checkout.packs, checkout.folder / "kept", checkout.index, checkout.disk, wanted)

    async def _apply(self, made: Plan, progress: Progress) -> PullResult:
        """Carry a plan out as far as the contents are at hand; what was edited meanwhile is looked at again."""
        checkout = self._checkout

        def run() -> PullResult:
            with checkout.documents.asking() as documents:
                done = apply(
                    checkout.index,
                    checkout.disk,
                    checkout.stash,
                    checkout.taken_out,
                    documents,
                    made,
                    self._packs,
                    lambda files, total: progress("write", files, total),
                )
            if done.changed:
                checkout.read_again(done.changed)
            return done

        done = await asyncio.to_thread(run)
        self.placed(done.written, done.deleted)
        return done
