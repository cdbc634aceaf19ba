"""Settling conflicts."""

from __future__ import annotations

import asyncio

from hubshare.errors import Invalid
from hubshare.names import check_path
from hubshare.wire.socket.base import OfCheckout
from hubshare.wire.socket.conflicts import (
    CheckoutPolicy,
    Conflicts,
    Edits,
    KeepEdits,
    OpenConflicts,
    Policy,
    Resolve,
    ResolveCells,
    Resolved,
    SaveEdits,
)
from hubshare_agents.agent import Agent
from hubshare_agents.checkout import file_versions, requests, unsaved
from hubshare_agents.checkout.cell_picks import CellPicks
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler
from hubshare_agents.socket.locate import checkout_of


async def conflicts(agent: Agent, args: Conflicts, progress: Progress) -> OpenConflicts:
    loop, _ = checkout_of(agent, args, args.folder)
    found = await requests.look(loop, progress)
    return OpenConflicts(project=found.project, folder=found.folder, conflicts=found.conflicts)


async def resolve(agent: Agent, args: Resolve, progress: Progress) -> Resolved:
    loop, paths = _meant(agent, args)
    seen = None if args.seen is None else (args.seen.ours, args.seen.theirs)
    if seen is not None and (paths is None or len(paths) != 1):
        raise Invalid("What was seen is told of one file: name that alone.")
    return await requests.resolve(loop, paths, args.pick, progress, seen)


def _meant(agent: Agent, args: Resolve) -> tuple[CheckoutLoop, list[str] | None]:
    """Return the checkout whose conflicts are meant, and the paths in it; None for all."""
    if args.all:
        return checkout_of(agent, args, args.folder)[0], None
    found = [checkout_of(agent, args, args.folder, path) for path in args.paths]
    if not found:
        raise Invalid("Name the files to settle, or --all.")
    loop = found[0][0]
    if any(other is not loop for other, _ in found):
        raise Invalid("These files lie in different checkouts: settle them one checkout at a time.")
    return loop, [path or "." for _, path in found]


async def resolve_cells(agent: Agent, args: ResolveCells, progress: Progress) -> Resolved:
    loop, path = checkout_of(agent, args, args.folder, args.path)
    published = await file_versions.find(agent.client, loop, path, "published", progress)
    picks = {int(number): side for number, side in args.picks.items() if number.isdecimal() and len(number) < 7}
    return await requests.resolve_cells(loop, path, CellPicks(picks, args.ours, args.theirs, published), progress)


async def keep_edits(agent: Agent, args: KeepEdits, progress: Progress) -> Edits:
    loop, path = _file(agent, args, args.path)
    async with loop.held(progress):
        await asyncio.to_thread(unsaved.keep, loop.checkout, path, unsaved.content(path, args.text))
    return Edits(project=loop.checkout.state.name, path=path)


async def save_edits(agent: Agent, args: SaveEdits, progress: Progress) -> Edits:
    loop, path = _file(agent, args, args.path)
    async with loop.held(progress):
        await asyncio.to_thread(unsaved.save_beside, loop.checkout, path, unsaved.content(path, args.text))
        loop.note_placed([path])
    loop.wake()
    return Edits(project=loop.checkout.state.name, path=path)


def _file(agent: Agent, args: OfCheckout, path: str) -> tuple[CheckoutLoop, str]:
    loop, inside = checkout_of(agent, args, args.folder, path)
    return loop, check_path(inside)


async def policy(agent: Agent, args: Policy, progress: Progress) -> CheckoutPolicy:
    loop, _ = checkout_of(agent, args, args.folder)
    await requests.set_policy(loop, args.policy, progress)
    return CheckoutPolicy(project=loop.checkout.state.name, policy=loop.checkout.state.policy)


HANDLERS: dict[str, Handler] = {
    "conflicts": conflicts,
    "resolve": resolve,
    "resolve-cells": resolve_cells,
    "keep-edits": keep_edits,
    "save-edits": save_edits,
    "policy": policy,
}
