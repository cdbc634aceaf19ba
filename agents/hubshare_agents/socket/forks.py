"""Projects that are begun from other ones, and what they take of these."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO

from hubshare.client import Client, calls
from hubshare.errors import Forbidden, NotFound, TooLarge
from hubshare.git.objects import FOLDER
from hubshare.names import check_path, quoted
from hubshare.sync.trees import Entry
from hubshare.wire.api.forks import OriginPlan
from hubshare.wire.api.projects import Entry as FileEntry
from hubshare.wire.socket.base import Change, OpenConflict
from hubshare.wire.socket.differences import FileDifference, TakenWith
from hubshare.wire.socket.forks import AtOrigin, LookAtOrigin, OriginDifference
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.file_versions import SHOWN_BYTES, Content
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.differences import compare
from hubshare_agents.socket.handler import Handler, ServiceCall
from hubshare_agents.socket.imports import wait_for_fetch
from hubshare_agents.socket.locate import project_of

_NO_ORIGIN = "{} has no origin that you may read."


async def origin(agent: Agent, args: LookAtOrigin, progress: Progress) -> AtOrigin:
    project = project_of(agent, args)
    if args.look and await asyncio.to_thread(_is_looked_at, agent.client, project, args.take):
        # Who may only read is shown what was fetched last.
        with suppress(Forbidden):
            await asyncio.to_thread(agent.client.fetch_import, project)
            await wait_for_fetch(agent.client, project, progress)
    return await asyncio.to_thread(_look, agent, project, args)


def _is_looked_at(client: Client, project: str, take: bool) -> bool:
    """Whether it is looked for what is new at a source: to take it where nothing waits to be taken."""
    if client.origin(project).address is None:
        return False
    return not take or not any(client.plan_origin(project).counts.values())


def _look(agent: Agent, project: str, args: LookAtOrigin) -> AtOrigin:
    plan = agent.client.plan_origin(project)
    version, left = None, plan
    if args.take:
        version = agent.client.pull_origin(
            project,
            plan.version if args.newest is None else args.newest,
            plan.base if args.base is None else args.base,
            args.ours,
            args.theirs,
            args.rest,
            args.confirm,
        ).version
        left = agent.client.plan_origin(project)
    found = agent.client.origin(project)
    name = found.project or found.address
    if name is None:
        raise NotFound(_NO_ORIGIN.format(project))
    changes = _changes(plan)
    named = len(changes) + len(left.conflicts)
    return AtOrigin(
        project=project,
        origin=name,
        behind=found.behind or 0,
        version=version,
        newest=left.version,
        base=left.base,
        changes=changes,
        settled=plan.counts["conflicts"] - left.counts["conflicts"],
        conflicts=[OpenConflict(path=met.path, kind=met.kind) for met in left.conflicts],
        more=sum(plan.counts.values()) - plan.counts["conflicts"] + left.counts["conflicts"] - named,
    )


async def origin_difference(agent: Agent, args: OriginDifference, progress: Progress) -> FileDifference:
    return await asyncio.to_thread(_compare, agent.client, project_of(agent, args), check_path(args.path))


def _compare(client: Client, project: str, path: str) -> FileDifference:
    plan, found = client.plan_origin(project), client.origin(project)
    origin = found.project or found.address
    if origin is None:
        raise NotFound(_NO_ORIGIN.format(project))
    there = f"version {plan.version} of {origin}" if found.project else f"{found.label} of {origin}"
    version = f"v{plan.base}"
    theirs = _content(
        there,
        lambda: client.origin_entry(project, path),
        lambda target: client.download_origin_file(project, path, target, _shown_only),
    )
    ours = _content(
        f"version {plan.base} of {project}",
        lambda: client.entry(project, path, version),
        lambda target: client.download_file(project, path, target, version, _shown_only),
    )
    if theirs is None and ours is None:
        raise NotFound(f"There is no {quoted(path)} in {project}, nor in {origin}.")
    return FileDifference(
        project=project,
        path=path,
        conflict=next((met.kind for met in plan.conflicts if met.path == path), None),
        taken=TakenWith(
            origin=origin,
            newest=plan.version,
            base=plan.base,
            others=sum(plan.counts.values()) - plan.counts["conflicts"],
        ),
        **compare(path, theirs, ours),
    )


def _content(words: str, find: Callable[[], FileEntry], download: Callable[[BinaryIO], None]) -> Content | None:
    """Return one version of a file; None where there is none."""
    try:
        entry = find()
    except NotFound:
        return None
    if entry.mode == FOLDER:
        return None
    side, held = Entry(entry.mode, entry.id), BytesIO()
    try:
        download(held)
    except TooLarge:
        return Content(words, side, None, 0)
    return Content(words, side, held.getvalue(), len(held.getvalue()))


def _shown_only(done: int, total: int) -> None:
    if max(done, total) > SHOWN_BYTES:
        raise TooLarge("It is not fetched.")


def _changes(plan: OriginPlan) -> list[Change]:
    return [
        *(Change(path=path, change="add") for path in plan.added),
        *(Change(path=path, change="edit") for path in plan.changed),
        *(Change(path=path, change="delete") for path in plan.deleted),
    ]


HANDLERS: dict[str, Handler] = {
    "fork": ServiceCall(calls.forks.fork_project),
    "origin": origin,
    "origin-of": ServiceCall(calls.forks.origin),
    "origin-difference": origin_difference,
}
