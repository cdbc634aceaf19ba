"""What a person asks of a checkout: push, pull, resolve, restore and the like. Each waits for the checkout's lock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from hubshare.errors import Clash, Forbidden, HubShareError, Paused, Unavailable, from_code
from hubshare.git.objects import read_commit
from hubshare.names import quoted
from hubshare.sync.plan import Plan
from hubshare.vocabulary import ModeName, PolicyName
from hubshare.wire.agent import Outcome
from hubshare.wire.socket.conflicts import PickName, Resolved
from hubshare.wire.socket.syncing import CheckoutStatus, Pulled, Pushed
from hubshare_agents.checkout import conflicts, pushing, restoring, standing
from hubshare_agents.checkout.cell_picks import CellPicks
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.pause import Pause
from hubshare_agents.checkout.planning import settle
from hubshare_agents.checkout.progress import Busy, Patience, Progress, silent
from hubshare_agents.checkout.status import describe, foreign, seen_last, told_apart
from hubshare_agents.checkout.why import renamed
from hubshare_agents.checkout.why import why as explain
from hubshare_agents.link.link import told

#: So long `status` waits for what is under way.
_STATUS_SECONDS = 2.0
#: A push of so many edits that they do not fit into one is made of at most this many.
_MOST_PUSHES = 100


async def push(
    loop: CheckoutLoop,
    progress: Progress = silent,
    confirmed: bool = False,
    only: Collection[str] | None = None,
    message: str = "",
) -> Pushed:
    """Publish the edits of a checkout and wait for the answer.

    Args:
        confirmed: the person confirms the deletions that they were asked about.
        only: nothing but these paths and what lies below them.
        message: what the person says of it.

    Returns:
        Counts, and the conflicts that it met.
    """
    async with loop.held(progress):
        _check_access(loop)
        await loop.protocol.finish_pending(progress)
        progress("scan", 0, 0)
        await loop.looking.look_patiently()
        meant = await asyncio.to_thread(pushing.confirm, loop.checkout, only) if confirmed else frozenset[str]()
        return await _publish(loop, progress, meant, only, message)


async def _publish(
    loop: CheckoutLoop, progress: Progress, meant: Collection[str], only: Collection[str] | None, message: str = ""
) -> Pushed:
    """Publish what the last look has found, in as many pushes as it takes.

    Args:
        meant: paths that the person confirmed to be deleted.
        only: nothing but these paths and what lies below them.
        message: what the person says of it.

    Raises:
        Paused: when deletions wait for the person; the rest was published.
    """
    checkout, protocol = loop.checkout, loop.protocol
    pushed, met, odd = 0, dict[str, str](), dict[str, str]()
    status: Literal["nothing", "applied", "merged", "conflict"] = "nothing"
    pushing.forget_refusal(checkout)
    protocol.brake.release()
    refusal: Outcome | None = None
    question = Pause()

    def held(key: bytes) -> bool:
        """The person asks once: what comes to nothing is not sent again in the same breath."""
        if not protocol.brake.holds(key, time.monotonic()):
            return False
        if refusal is not None:
            raise from_code(refusal.code, refusal.message)
        return True

    for _ in range(_MOST_PUSHES):
        begun = await asyncio.to_thread(
            pushing.begin,
            checkout,
            meant,
            only,
            lambda done, total: progress("pack", done, total),
            shown=True,
            held=held,
            message=message,
        )
        pending, question = begun
        if pending is None:
            break
        outcome = await protocol.finish_pending(progress, send=True)
        if outcome is None or outcome.status == "refused":
            # What the centre has said meanwhile may change what is shared.
            refusal = outcome
            await loop.looking.look_patiently()
            continue
        refusal = None
        if status in ("nothing", "applied"):
            status = outcome.status
        odd |= foreign(path for path, side in pending.sides.items() if side is not None)
        pushed += len(replace(pending, outcome=outcome).published)
        met |= {conflict.path: conflict.kind for conflict in outcome.conflicts}
    loop.pause, loop.shown = question, conflicts.sides(await asyncio.to_thread(settle, checkout))
    if question:
        raise question.error("Everything else was published." if pushed else "")
    if checkout.state.mode == "auto":
        await protocol.pulling.bring(progress, shown=True)
    state = checkout.state
    return Pushed(project=state.name, status=status, pushed=pushed, conflicts=met, version=state.number, foreign=odd)


async def pull(
    loop: CheckoutLoop,
    progress: Progress = silent,
    confirmed: bool = False,
    only: Collection[str] | None = None,
) -> Pulled:
    """Bring the published state to a checkout.

    Args:
        confirmed: the person confirms the deletions here that they were asked about.
        only: nothing but these paths and what lies below them; the rest stays to be pulled.

    Returns:
        What was written and deleted, and the conflicts that are open.
    """
    async with loop.held(progress):
        await _catch_up(loop, progress)
        progress("scan", 0, 0)
        await loop.looking.look_patiently()
        await loop.protocol.advance(progress)
        done = await loop.protocol.pulling.bring(progress, confirmed, shown=True, only=only)
        loop.left = done.held
        loop.pause = Pause()
        with suppress(Unavailable):
            await loop.protocol.freshness.tell()
        made = await asyncio.to_thread(settle, loop.checkout)
        loop.shown = conflicts.sides(made)
        state = loop.checkout.state
        return Pulled(
            project=state.name,
            written=done.written,
            deleted=done.deleted,
            conflicts={conflict.path: conflict.kind for conflict in made.conflicts},
            held=made.held | done.held,
            version=state.number,
            waiting=len(made.write) + len(made.delete),
        )


async def plan(loop: CheckoutLoop, progress: Progress = silent) -> Plan:
    """Return what a pull or a push would do."""
    async with loop.held(progress):
        await _catch_up(loop, silent)
        await loop.protocol.advance(silent)
        loop.looking.mark_all()
        await loop.looking.look()
        _leave(loop)
        return await asyncio.to_thread(settle, loop.checkout)


async def look(loop: CheckoutLoop, progress: Progress = silent) -> CheckoutStatus:
    """Return the state of a checkout, after a look at the disk and at the centre; of one that is busy, as it was seen last."""
    waited = Patience(progress, _STATUS_SECONDS)
    try:
        found = await _look(loop, waited)
    except Busy:
        known = await asyncio.to_thread(seen_last, loop.checkout, loop.described)
        found = known.model_copy(update={"busy": loop.busy_said, "offline": loop.offline, **told_apart(loop.pause)})
    return found.model_copy(update={"waiting": await loop.protocol.place()})


async def _look(loop: CheckoutLoop, progress: Progress) -> CheckoutStatus:
    async with loop.held(progress):
        fault = ""
        try:
            await loop.protocol.ask()
            if loop.checkout.state.pending is None:
                await loop.protocol.advance(silent)
        except HubShareError as error:
            fault = told(error)
        try:
            before = loop.checkout.fault
            loop.looking.mark_all()
            await loop.looking.look()
            if before and loop.paused == before:
                # The folder is back; what else waits for it is the loop's.
                loop.pause = Pause()
            if loop.checkout.state.asked:
                # What was asked before may be another question by now, or none.
                loop.pause = await asyncio.to_thread(pushing.question, loop.checkout)
        except Paused as error:
            loop.pause = Pause.of(error)
        except Unavailable as error:
            loop.pause = Pause.told(error.message)
        offline = loop.offline or ("" if loop.checkout.state.lost else fault or loop.waits)
        restless = loop.looking.pace.restless
        found = await asyncio.to_thread(describe, loop.checkout, loop.pause, offline, loop.looking.fault, restless)
        _leave(loop)
        loop.described, loop.shown = found, conflicts.sides(await asyncio.to_thread(settle, loop.checkout))
        return found


async def resolve(
    loop: CheckoutLoop,
    paths: list[str] | None,
    pick: PickName,
    progress: Progress = silent,
    seen: tuple[str | None, str | None] | None = None,
) -> Resolved:
    """Settle conflicts by a pick; `ours` is published at once, `theirs` is put in place at once.

    Args:
        paths: what to settle; None for all.
        seen: git's ids of our version and theirs of the one path, which the person has before them; None if they have not said.

    Raises:
        Clash: when a side is another one than the person has seen.
    """
    async with loop.held(progress):
        # The pick is of what the person has seen: nothing newer is fetched before it, and what comes with an answer is told.
        known = conflicts.sides(await asyncio.to_thread(settle, loop.checkout))
        with suppress(Unavailable):
            await loop.protocol.finish_pending(progress)
        loop.looking.mark(paths or [""])
        await loop.looking.look()
        made = await asyncio.to_thread(settle, loop.checkout)
        found, now = conflicts.picked(made, paths), conflicts.sides(made)
        shown, loop.shown = loop.shown, now
        if seen is not None:
            shown = shown | {path: conflicts.sides_of(now[path], *seen) for path in found}
        conflicts.check_seen(found, "theirs" if pick == "ours" else "ours", now, shown, known)
        if pick == "ours":
            await asyncio.to_thread(conflicts.pick_ours, loop.checkout, found)
            if found and loop.checkout.state.role != "reader":
                _check_access(loop)
                await loop.protocol.finish_pending(progress)
                pushed = await _publish(loop, progress, found, found)
                _check_settled(found, pushed.conflicts)
        else:
            left = await loop.put_theirs(found, progress)
            for path, reason in left.items():
                raise Paused(f"{quoted(path)} is being edited, or cannot be written: {reason}.")
        loop.shown = {path: shown for path, shown in loop.shown.items() if path not in found}
        return Resolved(project=loop.checkout.state.name, settled=found, pick=pick)


async def resolve_cells(loop: CheckoutLoop, path: str, picks: CellPicks, progress: Progress = silent) -> Resolved:
    """Settle the conflict of a notebook by picks of its cells; what they make is put in place, and published at once.

    Raises:
        Clash: when a side is another one than the picks were made of.
    """
    async with loop.held(progress):
        with suppress(Unavailable):
            await loop.protocol.finish_pending(progress)
        loop.looking.mark([path])
        await loop.looking.look()
        made = await asyncio.to_thread(settle, loop.checkout)
        await asyncio.to_thread(picks.put, loop.checkout, path, conflicts.sides(made))
        loop.shown.pop(path, None)
        if loop.checkout.state.role != "reader":
            _check_access(loop)
            await loop.protocol.finish_pending(progress)
            _check_settled([path], (await _publish(loop, progress, [path], [path])).conflicts)
        return Resolved(project=loop.checkout.state.name, settled=[path], pick="cells")


async def restore_deleted(loop: CheckoutLoop, folder: str, progress: Progress = silent) -> list[str]:
    """Bring back the files below a folder that were deleted here and are still published; return their paths.

    Args:
        folder: relative path; "" for the whole checkout.
    """
    async with loop.held(progress):
        made = await asyncio.to_thread(restoring.deleted_here, loop.checkout, folder)
        return (await loop.protocol.pulling.carry_out(made, progress)).written


async def restore_version(
    loop: CheckoutLoop, commit: str, below: str, progress: Progress = silent
) -> tuple[list[str], dict[str, str]]:
    """Bring the files of an earlier version back, all of them as one edit.

    Args:
        commit: a published one.
        below: a folder; "" for the whole checkout.

    Returns:
        The paths that were restored; and path to reason of those that were left as they are.
    """
    async with loop.held(progress):
        checkout, transfers = loop.checkout, loop.protocol.transfers
        packs = [
            await transfers.update(checkout.state.base, commit, lambda done, total: progress("download", done, total))
        ]
        try:
            tree = read_commit(packs[0].read(commit).data).tree
            then = await asyncio.to_thread(restoring.files_of, checkout, packs[0], tree, below)
            wanted = await asyncio.to_thread(restoring.differing, checkout, then, below)
            missing = [path for path, entry in wanted.items() if entry.id not in packs[0]]
            if missing:
                packs.append(
                    await transfers.contents(commit, missing, lambda done, total: progress("download", done, total))
                )
            written, left = await asyncio.to_thread(
                restoring.restore_files, checkout, wanted, packs, lambda done, total: progress("write", done, total)
            )
            loop.note_placed(written, restored=True)
            return written, left
        finally:
            for pack in packs:
                pack.close()
            loop.wake()


async def set_mode(loop: CheckoutLoop, mode: ModeName, progress: Progress = silent) -> None:
    """Switch between `auto` and `manual`; nothing is lost by it."""
    async with loop.held(progress):
        standing.set_mode(loop.checkout, mode)
        loop.looking.watch_if_wanted()
        loop.wake()


async def set_policy(loop: CheckoutLoop, policy: PolicyName, progress: Progress = silent) -> None:
    """Set what becomes of conflicts."""
    async with loop.held(progress):
        standing.set_policy(loop.checkout, policy)


async def why(loop: CheckoutLoop, path: str, progress: Progress = silent) -> tuple[bool, str, str]:
    """Return whether a path is shared, the rule that says so, and where it was renamed to, after a look at it."""
    async with loop.held(progress):
        with suppress(UnicodeEncodeError, Unavailable):
            await asyncio.to_thread(loop.checkout.scan, [path])
        shared, reason = await asyncio.to_thread(explain, loop.checkout, path)
        return shared, reason, await asyncio.to_thread(renamed, loop.checkout, path)


def _check_access(loop: CheckoutLoop) -> None:
    lost = loop.checkout.state.lost
    if lost and not loop.protocol.mailbox.target:
        raise Forbidden(lost)


async def _catch_up(loop: CheckoutLoop, progress: Progress) -> None:
    """Ask where the project stands, and wait for the answer to a push under way."""
    _check_access(loop)
    await loop.protocol.ask()
    await loop.protocol.finish_pending(progress)


def _leave(loop: CheckoutLoop) -> None:
    """Leave what was fetched to the loop where it syncs by itself, else let it go."""
    if loop.checkout.state.mode != "auto":
        loop.protocol.pulling.drop_packs()
    else:
        loop.resume()


def _check_settled(paths: list[str], met: dict[str, str]) -> None:
    """Check that a pick of `ours` was published, and not met by a newer version of theirs."""
    again = [path for path in paths if path in met]
    if again:
        raise Clash(
            f"{again[0]!r} was published anew by somebody else before this pick: your file is untouched. Look at the newer "
            "version and pick again."
        )
