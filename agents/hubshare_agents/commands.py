"""What the command line and the server extension can ask the agent for. Each command takes and gives plain values."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, get_args

from hubshare.errors import Clash, HubShareError, Invalid, NotFound
from hubshare.git.objects import FOLDER
from hubshare.names import check_path, quoted, slug, split_project
from hubshare.sync.trees import Entry
from hubshare.vocabulary import GrantedRole, VisibilityName
from hubshare.wire.api.projects import Project
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.loop import CheckoutLoop
from hubshare_agents.checkout.sync_protocol import Progress

_ROLES: tuple[GrantedRole, ...] = get_args(GrantedRole)

Arguments = dict[str, Any]
Command = Callable[[Agent, Arguments, Progress], Awaitable[Any]]


async def share(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Make a folder a project, push it, and let others in."""
    root = _folder(args["folder"])
    if not root.is_dir():
        raise NotFound(f"There is no folder {root}.")
    agent.check_free(root)
    grants = dict(grant_of(text) for text in args.get("with", []))
    user = await agent.user()
    owner, name = split_project(args["as"]) if args.get("as") else (user, slug(root.name))
    wanted = _New(owner, name, args.get("visibility", "private"), grants, of_team=owner != user)
    made = await asyncio.to_thread(_create, agent, wanted, str(root))
    runner = await agent.track(made.name, root, "manual")
    pushed = await runner.push(progress)
    if args.get("auto"):
        await runner.set_mode("auto")
    status = await runner.look()
    return {"project": made.name, "folder": str(root), "grants": grants, **pushed, "unshared": status["unshared"]}


class _New(NamedTuple):
    """A project to be made."""

    owner: str
    name: str
    visibility: VisibilityName
    grants: dict[str, GrantedRole]
    of_team: bool


def _create(agent: Agent, wanted: _New, folder: str) -> Project:
    """Make a project; one that holds nothing yet was left by a `share` that was cut short, and is taken up again."""
    client, owner = agent.client, wanted.owner if wanted.of_team else None
    try:
        return client.create_project(wanted.name, wanted.visibility, wanted.grants, owner=owner)
    except Clash:
        found = client.project(f"{wanted.owner}/{wanted.name}")
        tracked = any(runner.folder.project == found.id for runner in agent.runners.values())
        if found.version or tracked or found.visibility != wanted.visibility or _has_others(agent, found.name, folder):
            raise
    for subject, role in wanted.grants.items():
        client.grant(found.name, subject, role)
    return found


def _has_others(agent: Agent, project: str, folder: str) -> bool:
    """Whether an empty project has a checkout other than the one that is being made."""
    mine = (agent.link.user, agent.server, folder)
    return any((one.user, one.server, one.folder) != mine for one in agent.client.project_checkouts(project))


async def checkout(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Bring a project into a new folder, or join it to one that holds files already."""
    _, name = split_project(args["project"])
    root = _folder(args.get("folder") or str(Path(args["cwd"]) / name))
    agent.check_free(root)
    if root.exists() and not root.is_dir():
        raise Clash(f"{root} is a file: name another folder.")
    made = not root.exists()
    await asyncio.to_thread(agent.client.project, args["project"])
    root.mkdir(parents=True, exist_ok=True)
    try:
        runner = await agent.track(args["project"], root, "manual")
    except HubShareError:
        if made:
            with suppress(OSError):
                root.rmdir()
        raise
    pulled = await runner.pull(progress)
    if args.get("auto"):
        await runner.set_mode("auto")
    return {"project": runner.folder.name, "folder": str(root), "role": runner.folder.role, **pulled}


async def push(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Publish this checkout's edits."""
    runner, _ = at(agent, args)
    if args.get("dry_run"):
        made = await runner.plan()
        edits = runner.folder.edits(made)
        return {
            "project": runner.folder.name,
            "plan": [_step(path, runner.folder.index.row(path).agreed, side) for path, side in edits.items()],
            "conflicts": {conflict.path: conflict.kind for conflict in made.conflicts},
            "held": made.held,
        }
    return {"project": runner.folder.name, **await runner.push(progress, bool(args.get("confirm")))}


async def pull(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Bring the published state here."""
    runner, _ = at(agent, args)
    if args.get("dry_run"):
        made = await runner.plan()
        return {
            "project": runner.folder.name,
            "plan": [
                *(_step(path, local, side) for path, (local, side) in made.write.items()),
                *(_step(path, side, None) for path, side in made.delete.items()),
            ],
            "conflicts": {conflict.path: conflict.kind for conflict in made.conflicts},
            "held": made.held,
        }
    return {"project": runner.folder.name, **await runner.pull(progress, bool(args.get("confirm")))}


async def sync(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Pull, then push."""
    runner, _ = at(agent, args)
    pulled = await runner.pull(progress, bool(args.get("confirm")))
    if runner.folder.role == "reader":
        return {"project": runner.folder.name, "status": "nothing", "pushed": 0, **pulled}
    pushed = await runner.push(progress, bool(args.get("confirm")))
    return {"project": runner.folder.name, **pulled, **pushed}


async def auto(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Switch automatic syncing of this checkout on or off."""
    runner, _ = at(agent, args)
    await runner.set_mode("auto" if args["on"] else "manual")
    return {"project": runner.folder.name, "folder": str(runner.folder.disk.root), "mode": runner.folder.mode}


async def status(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Everything there is to know about this checkout."""
    runner, _ = at(agent, args)
    return await runner.look()


async def conflicts(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """The open conflicts of this checkout."""
    runner, _ = at(agent, args)
    found = await runner.look()
    return {"project": found["project"], "folder": found["folder"], "conflicts": found["conflicts"]}


async def resolve(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Settle conflicts by picking a version."""
    if args["pick"] not in ("ours", "theirs"):
        raise Invalid("Pick --ours or --theirs.")
    if args.get("all"):
        runner, paths = at(agent, args)[0], None
    else:
        found = [at(agent, args, path) for path in args["paths"]]
        if not found:
            raise Invalid("Name the files to settle, or --all.")
        runner, paths = found[0][0], [path or "." for _, path in found]
        if any(other is not runner for other, _ in found):
            raise Invalid("These files lie in different checkouts: settle them one checkout at a time.")
    return {"project": runner.folder.name, **await runner.resolve(paths, args["pick"], progress)}


async def policy(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Set what becomes of conflicts in this checkout: ask, ours or theirs."""
    if args["policy"] not in ("ask", "ours", "theirs"):
        raise Invalid("A policy is one of ask, ours, theirs.")
    runner, _ = at(agent, args)
    async with runner.lock:
        runner.folder.index.set("policy", args["policy"])
    return {"project": runner.folder.name, "policy": runner.folder.policy}


async def log(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """The published versions."""
    runner, _ = at(agent, args)
    most = int(args.get("limit", 20))
    found = await asyncio.to_thread(lambda: list(islice(agent.client.versions(runner.folder.name, page=most), most)))
    versions = [version.model_dump(mode="json") for version in found]
    return {"project": runner.folder.name, "here": runner.folder.number, "versions": versions}


async def restore(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Put an earlier version of a file in place, as an edit of this checkout."""
    runner, path = at(agent, args, args["path"])
    if path:
        check_path(path)
    if args.get("version") is None:
        brought = await runner.restore_deleted(path, progress)
        if brought or not path:
            return {"project": runner.folder.name, "path": path or ".", "restored": brought, "from": "the project"}
    async with runner.lock:
        entry, content, source = await _earlier(agent, runner, path, args.get("version"))
        await asyncio.to_thread(runner.folder.restore, path, entry, [content])
        runner.wake()
    return {"project": runner.folder.name, "path": path, "from": source}


async def _earlier(agent: Agent, runner: CheckoutLoop, path: str, version: str | None) -> tuple[Entry, bytes, str]:
    folder, client = runner.folder, agent.client
    await asyncio.to_thread(folder.scan, [path])
    row = folder.index.row(path)
    if version is None:
        for kept in folder.index.kept(path):
            if kept.entry == row.on_disk:
                continue
            if kept.commit is None:
                return kept.entry, await asyncio.to_thread(folder.keep.content, kept), kept.why
            content = await asyncio.to_thread(client.file, folder.name, path, kept.commit)
            return kept.entry, content, kept.why
        published = folder.index.published(path)
        if published is None or published == row.local:
            raise NotFound(
                f"There is no other version of {quoted(path)} to restore: name one from `hubshare log` with --version."
            )
    found = await asyncio.to_thread(client.entry, folder.name, path, version)
    if found.mode == FOLDER:
        raise Invalid(f"{quoted(path)} is a folder: name the files in it.")
    content = await asyncio.to_thread(client.file, folder.name, path, version)
    return Entry(found.mode, found.id), content, f"version {version}" if version else "the published version"


async def unlink(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Stop tracking a folder; its files stay."""
    runner, path = at(agent, args)
    if path:
        raise Invalid(f"{args['cwd']} lies inside the checkout {runner.folder.disk.root}: name that folder.")
    return await agent.untrack(runner)


async def list_all(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """The projects that I can see, and my checkouts on this server."""
    projects = await asyncio.to_thread(lambda: [one.model_dump(mode="json") for one in agent.client.projects()])
    checkouts = [
        {
            "project": runner.folder.name,
            "folder": str(runner.folder.disk.root),
            "mode": runner.folder.mode,
            "role": runner.folder.role,
            "version": runner.folder.number,
            "lost": runner.folder.index.get("lost"),
        }
        for runner in sorted(agent.runners.values(), key=lambda runner: runner.folder.disk.root)
    ]
    return {"projects": projects, "checkouts": checkouts}


async def why(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Whether and why a path is or is not shared."""
    runner, path = at(agent, args, args["path"])
    if not path:
        return {"path": ".", "shared": True, "why": f"it is the checkout of {runner.folder.name}"}
    async with runner.lock:
        with suppress(UnicodeEncodeError):
            await asyncio.to_thread(runner.folder.scan, [path])
        shared, reason = await asyncio.to_thread(runner.folder.scanner.why, path)
    return {"path": path.encode(errors="replace").decode(), "shared": shared, "why": reason}


async def ping(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Whether the agent is there, and how its link is."""
    return {"pid": os.getpid(), "server": agent.server, "user": agent.link.user, "fault": agent.link.fault}


COMMANDS: dict[str, Command] = {
    "share": share,
    "checkout": checkout,
    "push": push,
    "pull": pull,
    "sync": sync,
    "auto": auto,
    "status": status,
    "conflicts": conflicts,
    "resolve": resolve,
    "policy": policy,
    "log": log,
    "restore": restore,
    "unlink": unlink,
    "list": list_all,
    "why": why,
    "ping": ping,
}


def _folder(text: str) -> Path:
    try:
        return Path(text).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise Invalid(f"{quoted(text)} is no folder: {error}.") from None


def at(agent: Agent, args: Arguments, path: str | None = None) -> tuple[CheckoutLoop, str]:
    """The checkout that a command means, and the path inside it. Links in the path itself are not followed."""
    base = Path(args.get("folder") or args["cwd"]).expanduser()
    base = base if base.is_absolute() else Path(args["cwd"]) / base
    if path is None:
        return agent.at(base.resolve())
    full = Path(os.path.normpath(base / path))
    return agent.at(full.parent.resolve() / full.name if full.name else full)


def grant_of(text: str) -> tuple[str, GrantedRole]:
    """Who and the role of `USER:ROLE`, `team:NAME:ROLE` or `group:NAME:ROLE`."""
    who, colon, role = text.rpartition(":")
    if not colon or not who or (who in ("team", "group") and role not in _ROLES):
        raise Invalid(
            f"{quoted(text)} is not a grant: write USER:ROLE, team:NAME:ROLE or group:NAME:ROLE, for example bob:writer."
        )
    return who, role_of(role)


def role_of(text: str) -> GrantedRole:
    """Return `text` if it is a role that can be given."""
    for role in _ROLES:
        if text == role:
            return role
    raise Invalid(f"{quoted(text)} is no role: use one of {', '.join(_ROLES)}.")


def _step(path: str, old: Any, new: Any) -> dict[str, str]:
    return {"path": path, "change": "delete" if new is None else "add" if old is None else "edit"}
