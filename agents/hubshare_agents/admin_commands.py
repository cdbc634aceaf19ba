"""What can be asked of the agent about whole projects and about people: access, teams, invitations, moving, deleting.

None of it needs a checkout; the agent lends its token. Each command takes and gives plain values.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar, get_args
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from pydantic import BaseModel

from hubshare.errors import Clash, Invalid, NotFound
from hubshare.names import quoted, split_project
from hubshare.vocabulary import MembersRole, OutputsName, TeamRoleName, VisibilityName
from hubshare.wire.api.access import RevocationReport
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.sync_protocol import Progress
from hubshare_agents.commands import Arguments, Command, at, grant_of, role_of

P = ParamSpec("P")
Answer = TypeVar("Answer")
Name = TypeVar("Name", bound=str)

_FORMATS: tuple[Literal["zip", "tar"], ...] = ("zip", "tar")
_MEMBERS: tuple[MembersRole, ...] = get_args(MembersRole)
_OUTPUTS: tuple[OutputsName, ...] = get_args(OutputsName)
_VISIBILITIES: tuple[VisibilityName, ...] = get_args(VisibilityName)


async def _ask(method: Callable[P, Answer], *args: P.args, **kwargs: P.kwargs) -> Answer:
    """The service's answer, without holding up the checkouts."""
    return await asyncio.to_thread(method, *args, **kwargs)


def _plain(answer: BaseModel) -> dict[str, Any]:
    return answer.model_dump(mode="json")


def _project(agent: Agent, args: Arguments) -> str:
    """The project that is named, or that of the checkout that the current folder lies in.

    Raises:
        Invalid, BadName: when it is none.
    """
    named = args.get("project")
    if named is None:
        try:
            runner, _ = at(agent, {"cwd": args["cwd"]})
        except NotFound:
            raise Invalid(f"{args['cwd']} is not in a checkout: name the project, as OWNER/NAME.") from None
        return str(runner.folder.name)
    split_project(named)
    return str(named)


def _choice(text: str, names: tuple[Name, ...], what: str) -> Name:
    """The one of some names that a text is.

    Raises:
        Invalid: when it is none.
    """
    for name in names:
        if name == text:
            return name
    raise Invalid(f"{quoted(str(text))} is no {what}: use one of {', '.join(names)}.")


# access


async def grant(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Give a user, a team or a group a role on a project."""
    project = _project(agent, args)
    who, role = (args["who"], role_of(args["role"])) if args.get("role") else grant_of(args["who"])
    await _ask(agent.client.grant, project, who, role)
    return {"project": project, "who": who, "role": role}


async def revoke(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Take a role away that was given."""
    project, who = _project(agent, args), str(args["who"])
    try:
        receipts = await _ask(agent.client.revoke, project, who)
    except NotFound:
        # What `grant` took as WHO:ROLE is taken here as well.
        rest, colon, role = who.rpartition(":")
        if not colon or role not in ("reader", "writer", "admin"):
            raise
        receipts, who = await _ask(agent.client.revoke, project, rest), rest
    return {"project": project, "who": who, "role": None, "receipts": [_plain(one) for one in receipts]}


async def who(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Everybody who has a role of their own on a project, and through what."""
    return _plain(await _ask(agent.client.who, _project(agent, args)))


async def invite(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Make a link that gives whoever follows it a role."""
    project = _project(agent, args)
    role = role_of(args.get("role") or "reader")
    made = await _ask(agent.client.invite, project, role, float(args.get("days") or 7), int(args.get("uses") or 1))
    answer = _plain(made)
    secret = answer.pop("secret")
    return answer | {"link": f"{_public_url(agent)}invite/{secret}"}


async def invitations(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """The invitations to a project that can still be followed."""
    project = _project(agent, args)
    found = await _ask(lambda: [_plain(one) for one in agent.client.invitations(project)])
    return {"project": project, "invitations": [{**one, "secret": None} for one in found]}


async def withdraw(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Take an invitation back."""
    project = _project(agent, args)
    await _ask(agent.client.withdraw_invitation, project, args["invitation"])
    return {"project": project, "withdrawn": args["invitation"]}


async def join(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Follow an invitation."""
    return _plain(await _ask(agent.client.accept_invitation, _secret(args["link"])))


def _public_url(agent: Agent) -> str:
    """The service as people's browsers reach it, as far as this server knows."""
    own, hub = urlsplit(agent.settings.url), urlsplit(agent.settings.jupyterhub_public_hub_url)
    origin = hub if hub.scheme and hub.netloc else own
    return f"{origin.scheme}://{origin.netloc}{own.path.rstrip('/')}/"


def _secret(link: str) -> str:
    """The secret in an invitation's link, or the text itself if it is one.

    Raises:
        Invalid: when it is neither.
    """
    found = re.fullmatch(r"(?:\S*/invite/)?([A-Za-z0-9_%-]{8,200})/?(?:[?#]\S*)?", link.strip())
    if found is None:
        raise Invalid(
            f"{quoted(link)} is not an invitation: paste the whole link, which ends in /invite/ and a secret."
        )
    return unquote(found[1])


# whole projects


async def rename(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Give a project another name."""
    project = _project(agent, args)
    owner, slash, name = args["name"].rpartition("/")
    if slash and owner != split_project(project)[0]:
        raise Invalid(f"A new name keeps the owner: run `hubshare transfer {project} {owner}` to change that.")
    return {"before": project} | _plain(await _ask(agent.client.rename_project, project, name))


async def transfer(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Give a project to another owner."""
    project = _project(agent, args)
    found = await _ask(agent.client.transfer_project, project, args["owner"], args.get("as"))
    return {"before": project} | _plain(found)


async def archive(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Archive a project, or undo that."""
    return _plain(await _ask(agent.client.archive_project, _project(agent, args), not args.get("undo")))


async def delete(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Put a project into the trash."""
    project = _project(agent, args)
    await _ask(agent.client.delete_project, project)
    return {"project": project, "deleted": True}


async def undelete(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Take a project out of the trash."""
    return _plain(await _ask(agent.client.restore_project, _project(agent, args)))


async def visibility(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Set who may read a project without a grant."""
    wanted = _choice(args["visibility"], _VISIBILITIES, "visibility")
    return _plain(await _ask(agent.client.change_project, _project(agent, args), visibility=wanted))


async def outputs(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Share the outputs of a project's notebooks, or have them stripped when they are pushed."""
    wanted = _choice(args["outputs"], _OUTPUTS, "way with outputs")
    return _plain(await _ask(agent.client.change_project, _project(agent, args), outputs=wanted))


async def describe(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Set a project's description."""
    return _plain(await _ask(agent.client.change_project, _project(agent, args), description=args["text"]))


async def audit(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """What was done to a project, or to a team and the projects that it owns; the newest first."""
    most = int(args.get("limit") or 20)
    size, name = min(most, 500), str(args.get("project") or "")
    if name.startswith("team:"):
        entries = agent.client.team_audit(name.removeprefix("team:"), page=size)
    else:
        name = _project(agent, args)
        entries = agent.client.project_audit(name, page=size)
    found = await _ask(lambda: list(islice(entries, most)))
    return {"of": name, "entries": [_plain(one) for one in found]}


async def download(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Fetch a version as one file."""
    project, form = _project(agent, args), _choice(args.get("format") or "zip", _FORMATS, "format")
    version = args.get("version")
    if version is not None and not re.fullmatch("v?[0-9]{1,9}|[0-9a-f]{7,40}", version):
        raise NotFound(f"{quoted(version)} is no version: use a number from `hubshare log`, for example v3.")
    if version is None:
        version = f"v{(await _ask(agent.client.project, project)).version}"
    version = f"v{version}" if version.isdecimal() and len(version) < 10 else version
    name = f"{split_project(project)[1]}-{version}.{form}"
    target = _target(args, name)
    temporary = target.with_name(f".hubshare-{uuid4().hex}.tmp")

    def fetch() -> int:
        try:
            with temporary.open("xb") as file:
                told = lambda done, total: progress("download", done, total)  # noqa: E731
                agent.client.download_archive(project, file, form, version, told)
                size = file.tell()
            _put(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
        return size

    return {"project": project, "version": version, "file": str(target), "size": await _ask(fetch)}


def _target(args: Arguments, name: str) -> Path:
    """The file that a download makes.

    Raises:
        Clash: when it is there already.
        NotFound: when the folder that it is to lie in is not.
    """
    named = Path(os.path.normpath(Path(args["cwd"]) / Path(args.get("file") or ".").expanduser()))
    target = named / name if named.is_dir() else named
    if not target.parent.is_dir():
        raise NotFound(f"There is no folder {target.parent}: make it first, or choose another one with -o.")
    if target.exists() or target.is_symlink():
        raise Clash(f"{target} is there already: name another file with -o.")
    return target


def _put(temporary: Path, target: Path) -> None:
    """Give a finished file its name, and replace nothing that has come to be there meanwhile."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise Clash(f"{target} is there already: name another file with -o.") from None
    except OSError:
        # A file system without links.
        temporary.rename(target)


# teams


async def team_list(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """The teams that I am in."""
    return {"teams": await _ask(lambda: [_plain(team) for team in agent.client.teams()])}


async def team_show(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """One team."""
    return _plain(await _ask(agent.client.team, args["team"]))


async def team_create(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Make a team."""
    role = _choice(args.get("members") or "writer", _MEMBERS, "role of members")
    return _plain(await _ask(agent.client.create_team, args["team"], role))


async def team_rename(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Rename a team, and with it the addresses of its projects."""
    return {"before": args["team"]} | _plain(await _ask(agent.client.change_team, args["team"], name=args["name"]))


async def team_members(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Set what the members of a team may do with its projects."""
    role = _choice(args["role"], _MEMBERS, "role of members")
    return _plain(await _ask(agent.client.change_team, args["team"], role=role))


async def team_delete(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Delete a team that owns no projects."""
    await _ask(agent.client.delete_team, args["team"])
    return {"team": args["team"], "deleted": True}


async def team_add(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Add people to a team; whoever is maintainer already stays so."""
    team = await _ask(agent.client.team, args["team"])
    before = {one.user: one.role for one in team.members}
    users: dict[str, TeamRoleName] = {}
    for user in args["users"]:
        stays = args.get("maintainer") or before.get(user) == "maintainer"
        users[user] = "maintainer" if stays else "member"
        if before.get(user) != users[user]:
            await _ask(agent.client.put_member, args["team"], user, users[user])
    return {"team": team.name, "users": users, "added": [user for user in users if user not in before]}


async def team_maintainer(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Make a member maintainer, or a maintainer member."""
    team = await _ask(agent.client.team, args["team"])
    if args["user"] not in {one.user for one in team.members}:
        raise NotFound(
            f"{quoted(args['user'])} is not in team {team.name}: run `hubshare team add {team.name} {args['user']}` first."
        )
    role: TeamRoleName = "member" if args.get("off") else "maintainer"
    await _ask(agent.client.put_member, args["team"], args["user"], role)
    return {"team": team.name, "users": {args["user"]: role}, "added": []}


async def team_remove(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Take somebody out of a team; says what that stopped, and what copies the person has."""
    receipt = await _ask(agent.client.remove_member, args["team"], args["user"])
    return {"team": args["team"], "receipt": _plain(receipt)}


async def team_leave(agent: Agent, args: Arguments, progress: Progress) -> Any:
    """Leave a team."""
    receipt: RevocationReport = await _ask(agent.client.leave_team, args["team"])
    return {"team": args["team"], "receipt": _plain(receipt)}


COMMANDS: dict[str, Command] = {
    "grant": grant,
    "revoke": revoke,
    "who": who,
    "invite": invite,
    "invitations": invitations,
    "withdraw": withdraw,
    "join": join,
    "rename": rename,
    "transfer": transfer,
    "archive": archive,
    "delete": delete,
    "undelete": undelete,
    "visibility": visibility,
    "outputs": outputs,
    "describe": describe,
    "audit": audit,
    "download": download,
    "team-list": team_list,
    "team-show": team_show,
    "team-create": team_create,
    "team-rename": team_rename,
    "team-members": team_members,
    "team-delete": team_delete,
    "team-add": team_add,
    "team-maintainer": team_maintainer,
    "team-remove": team_remove,
    "team-leave": team_leave,
}
