"""Projects that are begun from other ones, and what they take of these."""

from __future__ import annotations

import asyncio

from hubshare.client import calls
from hubshare.errors import NotFound
from hubshare.wire.api.forks import OriginPlan
from hubshare.wire.socket.base import Change, OpenConflict
from hubshare.wire.socket.forks import AtOrigin, LookAtOrigin
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler, ServiceCall
from hubshare_agents.socket.locate import project_of


async def origin(agent: Agent, args: LookAtOrigin, progress: Progress) -> AtOrigin:
    return await asyncio.to_thread(_look, agent, project_of(agent, args), args)


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
    if found.project is None:
        raise NotFound(f"{project} has no origin that you may read.")
    changes = _changes(plan)
    named = len(changes) + len(left.conflicts)
    return AtOrigin(
        project=project,
        origin=found.project,
        behind=found.behind or 0,
        version=version,
        newest=left.version,
        base=left.base,
        changes=changes,
        conflicts=[OpenConflict(path=met.path, kind=met.kind) for met in left.conflicts],
        more=sum(plan.counts.values()) - plan.counts["conflicts"] + left.counts["conflicts"] - named,
    )


def _changes(plan: OriginPlan) -> list[Change]:
    return [
        *(Change(path=path, change="add") for path in plan.added),
        *(Change(path=path, change="edit") for path in plan.changed),
        *(Change(path=path, change="delete") for path in plan.deleted),
    ]


HANDLERS: dict[str, Handler] = {"fork": ServiceCall(calls.forks.fork_project), "origin": origin}
