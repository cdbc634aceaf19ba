"""Pushing, pulling, and how a checkout is."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress

from hubshare.ending import end
from hubshare.errors import NotFound
from hubshare.names import check_message
from hubshare.project_settings import remarks
from hubshare.sync.plan import Plan
from hubshare.wire.socket.syncing import (
    Alive,
    Auto,
    Cancel,
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
    Stopped,
    Sync,
    Synced,
    Why,
)
from hubshare_agents.agent import Agent
from hubshare_agents.checkout import pushing, requests
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.planning import chosen
from hubshare_agents.checkout.planning import planned as plan_of
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.home import in_home
from hubshare_agents.socket.dry_runs import planned
from hubshare_agents.socket.handler import Handler
from hubshare_agents.socket.locate import check_there, checkout_of, chosen_of, folder_of, not_there

#: So long is waited for what was stopped to end.
_CANCEL_SECONDS = 5.0


async def status(agent: Agent, args: Status, progress: Progress) -> CheckoutStatus:
    loop, _ = checkout_of(agent, args, args.folder)
    found = await requests.look(loop, progress)
    return found.model_copy(update={"remarks": [*remarks(found), *found.remarks]})


async def push(agent: Agent, args: Push, progress: Progress) -> Pushed | Planned:
    loop, only = chosen_of(agent, args)
    message = check_message(args.message)
    if args.named:
        check_there(loop, only)
    if args.dry_run:
        plan = await _plan(loop, args, progress)
        edits = pushing.edits(loop.checkout, plan, only)
        changes = ((path, loop.checkout.index.row(path).agreed, new) for path, new in edits.items())
        return planned(loop.checkout.state.name, plan, changes, args)
    return await requests.push(loop, progress, args.confirm, only, message)


async def pull(agent: Agent, args: Pull, progress: Progress) -> Pulled | Planned:
    loop, only = chosen_of(agent, args)
    # What is published is known only then; and what is deleted here was there before.
    new = not_there(loop, only if args.named else None)
    if args.dry_run:
        plan = await _plan(loop, args, progress)
        check_there(loop, new)
        plan = plan if only is None else chosen(plan, only)
        written = [(path, local, new) for path, (local, new) in plan.write.items()]
        changes = [*written, *((path, local, None) for path, local in plan.delete.items())]
        return planned(loop.checkout.state.name, plan, changes, args)
    done = await requests.pull(loop, progress, args.confirm, only)
    check_there(loop, new)
    return done


async def _plan(loop: CheckoutLoop, args: Push | Pull, progress: Progress) -> Plan:
    """Look at the checkout for the first page; further ones are of what was found for it."""
    if args.after is None:
        return await requests.plan(loop, progress)
    return await asyncio.to_thread(plan_of, loop.checkout)


async def sync(agent: Agent, args: Sync, progress: Progress) -> Synced:
    loop, _ = checkout_of(agent, args, args.folder)
    pulled = await requests.pull(loop, progress, args.confirm)
    if loop.checkout.state.role == "reader":
        return Synced(**pulled.model_dump(), status="nothing", pushed=0)
    pushed = await requests.push(loop, progress, args.confirm)
    return Synced(**(pulled.model_dump() | pushed.model_dump()))


async def auto(agent: Agent, args: Auto, progress: Progress) -> Mode:
    loop, _ = checkout_of(agent, args, args.folder)
    await requests.set_mode(loop, "auto" if args.on else "manual", progress)
    return Mode(project=loop.checkout.state.name, folder=str(loop.checkout.disk.root), mode=loop.checkout.state.mode)


async def cancel(agent: Agent, args: Cancel, progress: Progress) -> Stopped:
    folder = folder_of(args, args.folder or ".")
    if not folder.exists() and not any(one.is_about(folder) for one in agent.running if one is not progress):
        raise NotFound(f"There is no folder {in_home(folder)}.")
    with suppress(NotFound):
        folder = checkout_of(agent, args, args.folder)[0].checkout.disk.root
    stopped = [one for one in agent.running if one is not progress and one.is_about(folder)]
    stopped += [
        found
        for loop in agent.loops.values()
        if loop.checkout.disk.root == folder and (found := loop.at_work_by_itself())
    ]
    for one in stopped:
        one.stop()
    if stopped:
        ends = [asyncio.create_task(one.ended.wait()) for one in stopped]
        _, late = await asyncio.wait(ends, timeout=_CANCEL_SECONDS)
        await end(*late)
    return Stopped(
        folder=str(folder),
        stopped=[one.command for one in stopped],
        going_on=[one.command for one in stopped if not one.ended.is_set()],
    )


async def why(agent: Agent, args: Why, progress: Progress) -> Reason:
    loop, path = checkout_of(agent, args, args.folder, args.path)
    if not path:
        return Reason(path=".", shared=True, why=f"it is the checkout of {loop.checkout.state.name}")
    shared, reason, renamed = await requests.why(loop, path, progress)
    return Reason(path=path.encode(errors="replace").decode(), shared=shared, why=reason, renamed=renamed)


async def ping(agent: Agent, args: Ping, progress: Progress) -> Alive:
    return Alive(pid=os.getpid(), server=agent.server, user=agent.link.user, fault=agent.link.fault)


HANDLERS: dict[str, Handler] = {
    "status": status,
    "push": push,
    "pull": pull,
    "sync": sync,
    "auto": auto,
    "cancel": cancel,
    "why": why,
    "ping": ping,
}
