"""Versions with a name."""

from __future__ import annotations

import asyncio

from hubshare.client import Client
from hubshare.wire.socket.releases import ActOnRelease, NewRelease, ReleaseList, Releases
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler
from hubshare_agents.socket.locate import project_of


async def releases(agent: Agent, args: Releases, progress: Progress) -> ReleaseList:
    return await asyncio.to_thread(_list, agent.client, project_of(agent, args))


async def add_release(agent: Agent, args: NewRelease, progress: Progress) -> ReleaseList:
    client, project = agent.client, project_of(agent, args)
    await asyncio.to_thread(client.create_release, project, args.name, version=args.version, notes=args.notes)
    return await asyncio.to_thread(_list, client, project)


async def act_on_release(agent: Agent, args: ActOnRelease, progress: Progress) -> ReleaseList:
    client, project = agent.client, project_of(agent, args)
    if args.act == "delete":
        await asyncio.to_thread(client.delete_release, project, args.name)
    else:
        await asyncio.to_thread(client.pin_release, project, args.name, args.act == "pin")
    return await asyncio.to_thread(_list, client, project)


def _list(client: Client, project: str) -> ReleaseList:
    return ReleaseList(project=project, releases=list(client.releases(project)))


HANDLERS: dict[str, Handler] = {
    "releases": releases,
    "release-add": add_release,
    "release-act": act_on_release,
}
