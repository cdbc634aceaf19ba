"""Making and joining projects."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import NamedTuple

from hubshare.errors import Cancelled, Clash, Invalid, NotFound
from hubshare.names import slug, split_project
from hubshare.vocabulary import GrantedRole, VisibilityName
from hubshare.wire.api.projects import Project
from hubshare.wire.socket.sharing import (
    CheckedOut,
    Checkout,
    CheckoutLine,
    List,
    Listed,
    Relocate,
    Relocated,
    Repair,
    Repaired,
    Share,
    Shared,
    Unlink,
    Unlinked,
    Unopened,
)
from hubshare_agents.agent import Agent
from hubshare_agents.checkout import requests
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.home import in_home
from hubshare_agents.socket.access import grant_of
from hubshare_agents.socket.handler import Handler
from hubshare_agents.socket.locate import folder_of, named

#: So many projects are listed at a time, where it is not said how many.
_A_PAGE = 100


async def share(agent: Agent, args: Share, progress: Progress) -> Shared:
    root = folder_of(args, args.folder)
    if not root.is_dir():
        raise NotFound(f"There is no folder {in_home(root)}.")
    grants = dict(grant_of(text) for text in args.with_)
    with agent.registry.taking(root, programs=args.programs):
        user = await agent.user()
        owner, name = split_project(args.as_) if args.as_ else (user, slug(root.name))
        wanted = _New(owner, name, args.visibility, grants, owner != user, not args.unknown)
        made = await asyncio.to_thread(_create, agent, wanted, str(root))
        loop = await agent.track(made.name, root, "manual")
    try:
        pushed = await requests.push(loop, progress)
    except Cancelled:
        known = loop.checkout.state
        if known.number or known.pending is not None:
            raise
        await agent.untrack(root)
        raise Cancelled(
            f"`hubshare share` was cancelled: nothing of {in_home(root)} was published. {known.name} is there, without files; "
            f"`hubshare delete {known.name}` removes it."
        ) from None
    if args.auto:
        await requests.set_mode(loop, "auto")
    status = await requests.look(loop)
    return Shared(**pushed.model_dump(), folder=str(root), grants=grants, unshared=status.unshared)


class _New(NamedTuple):
    """A project to be made."""

    owner: str
    name: str
    visibility: VisibilityName
    grants: dict[str, GrantedRole]
    of_team: bool
    check: bool


def _create(agent: Agent, wanted: _New, folder: str) -> Project:
    """Make a project; one that holds nothing yet was left by a `share` that was cut short, and is taken up again."""
    client, owner = agent.client, wanted.owner if wanted.of_team else None
    try:
        return client.create_project(wanted.name, wanted.visibility, wanted.grants, owner=owner, check=wanted.check)
    except Clash:
        found = client.project(f"{wanted.owner}/{wanted.name}")
        tracked = any(loop.checkout.state.project == found.id for loop in agent.loops.values())
        if found.version or tracked or found.visibility != wanted.visibility or _has_others(agent, found.name, folder):
            raise
    for subject, role in wanted.grants.items():
        client.grant(found.name, subject, role, check=wanted.check)
    return found


def _has_others(agent: Agent, project: str, folder: str) -> bool:
    """Return whether an empty project has a checkout other than the one that is being made."""
    mine = (agent.link.user, agent.server, folder)
    return any((one.user, one.server, one.folder) != mine for one in agent.client.project_checkouts(project))


async def checkout(agent: Agent, args: Checkout, progress: Progress) -> CheckedOut:
    _, name = split_project(args.project)
    root = folder_of(args, args.folder or name)
    with agent.registry.taking(root, programs=args.programs):
        if root.exists() and not root.is_dir():
            raise Clash(f"{in_home(root)} is a file: name another folder.")
        made = not root.exists()
        await asyncio.to_thread(agent.client.project, args.project)
        root.mkdir(parents=True, exist_ok=True)
        try:
            loop = await agent.track(args.project, root, "manual")
        except BaseException:
            if made:
                with suppress(OSError):
                    root.rmdir()
            raise
    pulled = await requests.pull(loop, progress)
    if args.auto:
        await requests.set_mode(loop, "auto")
    return CheckedOut(**pulled.model_dump(), folder=str(root), role=loop.checkout.state.role)


async def list_all(agent: Agent, args: List, progress: Progress) -> Listed:
    projects, following = await asyncio.to_thread(_projects, agent, args)
    if args.after is not None:
        return Listed(projects=projects, checkouts=[], next=following)
    checkouts = [
        CheckoutLine(
            project=loop.checkout.state.name,
            folder=str(loop.checkout.disk.root),
            mode=loop.checkout.state.mode,
            role=loop.checkout.state.role,
            version=loop.checkout.state.number,
            lost=loop.checkout.state.lost,
        )
        for loop in sorted(agent.loops.values(), key=lambda loop: loop.checkout.disk.root)
    ]
    unopened = [
        Unopened(
            project=one.label.name if one.label else "", folder=one.label.root if one.label else "", fault=one.message
        )
        for one in agent.registry.unopened.values()
    ]
    return Listed(projects=projects, checkouts=checkouts, unopened=unopened, next=following)


def _projects(agent: Agent, args: List) -> tuple[list[Project], str | None]:
    if args.limit is None and args.after is None:
        return list(agent.client.projects()), None
    page = agent.client.find_projects(after=args.after, limit=args.limit or _A_PAGE)
    return page.items, page.next


async def unlink(agent: Agent, args: Unlink, progress: Progress) -> Unlinked:
    root = folder_of(args, args.folder or args.cwd)
    with named(root):
        return await agent.untrack(root)


async def repair(agent: Agent, args: Repair, progress: Progress) -> Repaired:
    root = folder_of(args, args.folder or args.cwd)
    with named(root):
        loop, aside = await agent.retrack(root)
    pulled = await requests.pull(loop, progress)
    return Repaired(**pulled.model_dump(), folder=str(loop.checkout.disk.root), aside=str(aside))


async def relocate(agent: Agent, args: Relocate, progress: Progress) -> Relocated:
    new = folder_of(args, args.to)
    if not new.is_dir():
        raise NotFound(f"There is no folder {new}: move the folder first, then say where it is.")
    loop = _meant(agent, args)
    before = str(loop.checkout.disk.root)
    moved = await agent.relocate(loop, new)
    return Relocated(project=moved.checkout.state.name, folder=str(new), before=before)


def _meant(agent: Agent, args: Relocate) -> CheckoutLoop:
    """Return the checkout that is named by its old folder, which may be gone, or by its project."""
    old = folder_of(args, args.which)
    for loop in agent.loops.values():
        if loop.checkout.disk.root == old:
            return loop
    found = [loop for loop in agent.loops.values() if loop.checkout.state.name == args.which]
    if not found:
        raise NotFound(f"{args.which} is neither the folder nor the project of a checkout: see `hubshare list`.")
    if len(found) > 1:
        folders = " and ".join(str(loop.checkout.disk.root) for loop in found)
        raise Invalid(f"{args.which} is checked out in {folders}: name the one that was moved by its folder.")
    return found[0]


HANDLERS: dict[str, Handler] = {
    "share": share,
    "checkout": checkout,
    "list": list_all,
    "unlink": unlink,
    "repair": repair,
    "relocate": relocate,
}
