"""Whole projects: settings, names, the archive and the trash."""

from __future__ import annotations

import asyncio

from hubshare.client import calls
from hubshare.errors import Invalid
from hubshare.names import split_project
from hubshare.project_settings import SETTINGS, SettingsChange, check_name, meaning, parse, said
from hubshare.wire.api.projects import Project
from hubshare.wire.socket.projects import (
    Archive,
    Configured,
    Deleted,
    Describe,
    Outputs,
    Rename,
    Renamed,
    Set,
    Transfer,
    Visibility,
)
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler, ServiceCall
from hubshare_agents.socket.locate import project_of


async def set_(agent: Agent, args: Set, progress: Progress) -> Configured:
    project = project_of(agent, args)
    if args.setting is not None and args.value is not None:
        return await _configure(agent, project, parse(args.setting, args.value))
    if args.setting is not None:
        check_name(args.setting)
    found = await asyncio.to_thread(agent.client.project, project)
    names = [args.setting] if args.setting is not None else list(SETTINGS)
    says = {name: meaning(name, getattr(found, name), agent.settings) for name in names}
    return Configured(says=says, **found.model_dump())


async def visibility(agent: Agent, args: Visibility, progress: Progress) -> Configured:
    return await _configure(agent, project_of(agent, args), {"visibility": args.visibility})


async def outputs(agent: Agent, args: Outputs, progress: Progress) -> Configured:
    return await _configure(agent, project_of(agent, args), {"outputs": args.outputs})


async def describe(agent: Agent, args: Describe, progress: Progress) -> Configured:
    return await _configure(agent, project_of(agent, args), {"description": args.text})


async def _configure(agent: Agent, project: str, changes: SettingsChange) -> Configured:
    made = await asyncio.to_thread(agent.client.change_project, project, **changes)
    says = {name: said(name, made.name, getattr(made, name), agent.settings) for name in changes}
    return Configured(says=says, **made.model_dump())


async def rename(agent: Agent, args: Rename, progress: Progress) -> Renamed:
    project = project_of(agent, args)
    owner, slash, name = args.name.rpartition("/")
    if slash and owner != split_project(project)[0]:
        raise Invalid(f"A new name keeps the owner: run `hubshare transfer {project} {owner}` to change that.")
    return _renamed(project, await asyncio.to_thread(agent.client.rename_project, project, name))


async def transfer(agent: Agent, args: Transfer, progress: Progress) -> Renamed:
    project = project_of(agent, args)
    made = await asyncio.to_thread(agent.client.transfer_project, project, args.owner, args.as_, check=not args.unknown)
    asked = not args.owner.startswith(("team:", "group:"))
    waits = asked and made.name == project and args.owner.removeprefix("user:") != project.partition("/")[0]
    return _renamed(project, made).model_copy(update={"waits": waits})


def _renamed(before: str, project: Project) -> Renamed:
    return Renamed(before=before, **project.model_dump())


async def archive(agent: Agent, args: Archive, progress: Progress) -> Project:
    return await asyncio.to_thread(agent.client.archive_project, project_of(agent, args), not args.undo)


HANDLERS: dict[str, Handler] = {
    "set": set_,
    "visibility": visibility,
    "outputs": outputs,
    "describe": describe,
    "rename": rename,
    "transfer": transfer,
    "archive": archive,
    "delete": ServiceCall(calls.projects.delete_project, lambda args, _: Deleted(project=args["project"])),
    "undelete": ServiceCall(calls.projects.restore_project),
}
