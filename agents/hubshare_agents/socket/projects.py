"""Whole projects: settings, names, the archive and the trash."""

from __future__ import annotations

import asyncio

from hubshare.client import calls
from hubshare.errors import Invalid
from hubshare.names import split_project
from hubshare.wire.api.projects import Project
from hubshare.wire.socket.projects import Archive, Deleted, Rename, Renamed
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler, ServiceCall
from hubshare_agents.socket.locate import project_of


async def rename(agent: Agent, args: Rename, progress: Progress) -> Renamed:
    project = project_of(agent, args)
    owner, slash, name = args.name.rpartition("/")
    if slash and owner != split_project(project)[0]:
        raise Invalid(f"A new name keeps the owner: run `hubshare transfer {project} {owner}` to change that.")
    return _renamed(project, await asyncio.to_thread(agent.client.rename_project, project, name))


def _renamed(before: str, project: Project) -> Renamed:
    return Renamed(before=before, **project.model_dump())


async def archive(agent: Agent, args: Archive, progress: Progress) -> Project:
    return await asyncio.to_thread(agent.client.archive_project, project_of(agent, args), not args.undo)


HANDLERS: dict[str, Handler] = {
    "visibility": ServiceCall(calls.change_project),
    "outputs": ServiceCall(calls.change_project),
    "describe": ServiceCall(calls.change_project, names={"text": "description"}),
    "rename": rename,
    "transfer": ServiceCall(
        calls.transfer_project, lambda args, project: _renamed(args["project"], project), {"as_": "name"}
    ),
    "archive": archive,
    "delete": ServiceCall(calls.delete_project, lambda args, _: Deleted(project=args["project"])),
    "undelete": ServiceCall(calls.restore_project),
}
