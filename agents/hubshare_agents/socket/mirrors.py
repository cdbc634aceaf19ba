"""Repositories on the internet that a project is pushed to."""

from __future__ import annotations

import asyncio

from hubshare.client import Client
from hubshare.errors import Clash, NotFound
from hubshare.names import quoted
from hubshare.wire.api.mirrors import Mirror
from hubshare.wire.socket.mirrors import ActOnMirror, MirrorList, Mirrors, SetMirror
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler
from hubshare_agents.socket.locate import project_of


async def mirrors(agent: Agent, args: Mirrors, progress: Progress) -> MirrorList:
    project = project_of(agent, args)
    return await asyncio.to_thread(_list, agent.client, project)


async def set_mirror(agent: Agent, args: SetMirror, progress: Progress) -> MirrorList:
    return await asyncio.to_thread(_set, agent.client, project_of(agent, args), args)


async def act_on_mirror(agent: Agent, args: ActOnMirror, progress: Progress) -> MirrorList:
    return await asyncio.to_thread(_act, agent.client, project_of(agent, args), args)


def _set(client: Client, project: str, args: SetMirror) -> MirrorList:
    found = _at(client, project, args.url)
    same = [one for one in found if args.branch in (None, one.branch)]
    if len(same) > 1:
        raise Clash(f"{project} has {len(same)} mirrors at {quoted(args.url)}: say which by --branch.")
    if same:
        client.change_mirror(project, same[0].id, push_on=args.push_on, user=args.user, secret=args.secret)
    else:
        client.create_mirror(
            project,
            args.url,
            branch=args.branch or "main",
            push_on=args.push_on or "version",
            user=args.user or "",
            secret=args.secret or "",
        )
    return _list(client, project)


def _act(client: Client, project: str, args: ActOnMirror) -> MirrorList:
    found = [one for one in _at(client, project, args.url) if args.branch in (None, one.branch)]
    if len(found) != 1:
        raise NotFound(
            f"{project} has {len(found)} mirrors at {quoted(args.url)}: `hubshare mirror {project}` names them, and --branch "
            "says which."
        )
    one = found[0]
    match args.act:
        case "push":
            client.push_mirror(project, one.id, overwrites=_whole(one, args.overwrites))
        case "delete":
            client.delete_mirror(project, one.id)
        case _:
            client.change_mirror(project, one.id, paused=args.act == "pause")
    return _list(client, project)


def _whole(mirror: Mirror, begins: str) -> str:
    """The commit that is in the way at a mirror, of which a person writes the beginning."""
    return mirror.in_the_way if len(begins) >= 7 and mirror.in_the_way.startswith(begins) else begins


def _at(client: Client, project: str, url: str) -> list[Mirror]:
    return [one for one in client.mirrors(project) if one.url == url.rstrip("/")]


def _list(client: Client, project: str) -> MirrorList:
    return MirrorList(project=project, mirrors=list(client.mirrors(project)))


HANDLERS: dict[str, Handler] = {
    "mirrors": mirrors,
    "mirror-act": act_on_mirror,
    "mirror-set": set_mirror,
}
