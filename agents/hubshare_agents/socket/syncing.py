"""Pushing, pulling, and how a checkout is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from contextlib import suppress

from hubshare.sync.plan import Plan
from hubshare.sync.trees import Side
from hubshare.wire.socket.base import Change
from hubshare.wire.socket.syncing import (
    Alive,
    Auto,
    CheckoutStatus,
    Mode,
    Ping,
    Planned,
    Pull,
    Pulled,
    Push,
    Pushed,
    Reason,
    Status,
    Sync,
    Synced,
    Why,
)
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.sync_protocol import Progress
from hubshare_agents.socket.handler import Handler
from hubshare_agents.socket.locate import checkout_of


async def status(agent: Agent, args: Status, progress: Progress) -> CheckoutStatus:
    runner, _ = checkout_of(agent, args, args.folder)
    return CheckoutStatus(**await runner.look())


async def push(agent: Agent, args: Push, progress: Progress) -> Pushed | Planned:
    runner, _ = checkout_of(agent, args, args.folder)
    if args.dry_run:
        plan = await runner.plan()
        edits = runner.folder.edits(plan)
        return _planned(
            runner, plan, ((path, runner.folder.index.row(path).agreed, new) for path, new in edits.items())
        )
    return Pushed(project=runner.folder.name, **await runner.push(progress, args.confirm))


async def pull(agent: Agent, args: Pull, progress: Progress) -> Pulled | Planned:
    runner, _ = checkout_of(agent, args, args.folder)
    if args.dry_run:
        plan = await runner.plan()
        written = [(path, local, new) for path, (local, new) in plan.write.items()]
        return _planned(runner, plan, [*written, *((path, local, None) for path, local in plan.delete.items())])
    return Pulled(project=runner.folder.name, **await runner.pull(progress, args.confirm))


def _planned(runner: CheckoutLoop, plan: Plan, changes: Iterable[tuple[str, Side, Side]]) -> Planned:
    """Return what a push or a pull would do.

    Args:
        changes: paths, with what is there before and afterwards.
    """
    return Planned(
        project=runner.folder.name,
        plan=[
            Change(path=path, change="delete" if new is None else "add" if old is None else "edit")
            for path, old, new in changes
        ],
        conflicts={conflict.path: conflict.kind for conflict in plan.conflicts},
        held=plan.held,
    )


async def sync(agent: Agent, args: Sync, progress: Progress) -> Synced:
    runner, _ = checkout_of(agent, args, args.folder)
    pulled = await runner.pull(progress, args.confirm)
    if runner.folder.role == "reader":
        return Synced(project=runner.folder.name, status="nothing", pushed=0, **pulled)
    pushed = await runner.push(progress, args.confirm)
    return Synced(project=runner.folder.name, **(pulled | pushed))


async def auto(agent: Agent, args: Auto, progress: Progress) -> Mode:
    runner, _ = checkout_of(agent, args, args.folder)
    await runner.set_mode("auto" if args.on else "manual")
    return Mode(project=runner.folder.name, folder=str(runner.folder.disk.root), mode=runner.folder.mode)


async def why(agent: Agent, args: Why, progress: Progress) -> Reason:
    runner, path = checkout_of(agent, args, args.folder, args.path)
    if not path:
        return Reason(path=".", shared=True, why=f"it is the checkout of {runner.folder.name}")
    async with runner.lock:
        with suppress(UnicodeEncodeError):
            await asyncio.to_thread(runner.folder.scan, [path])
        shared, reason = await asyncio.to_thread(runner.folder.scanner.why, path)
    return Reason(path=path.encode(errors="replace").decode(), shared=shared, why=reason)


async def ping(agent: Agent, args: Ping, progress: Progress) -> Alive:
    return Alive(pid=os.getpid(), server=agent.server, user=agent.link.user, fault=agent.link.fault)


HANDLERS: dict[str, Handler] = {
    "status": status,
    "push": push,
    "pull": pull,
    "sync": sync,
    "auto": auto,
    "why": why,
    "ping": ping,
}
