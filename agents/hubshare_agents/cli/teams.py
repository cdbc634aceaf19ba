"""Teams and their members."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

import click

from hubshare.vocabulary import MembersRole
from hubshare_agents.cli import parameters, words
from hubshare_agents.cli.command import Commands, Request
from hubshare_agents.cli.words import count

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import Team, TeamDeleted, TeamLeft, TeamRenamed, TeamRoles, Teams

commands = Commands()
team = Commands("team", help="Share with a team: its projects, and what it was granted, are everybody's who is in it.")
commands.add_command(team)

_team = click.argument("team")
_user = click.argument("user")
_MEMBERS = click.Choice(get_args(MembersRole))


@team.asking("list")
def list_() -> Request[Teams]:
    """List the teams that you are in."""
    return Request("team-list", {}, teams)


def teams(answer: Teams) -> Iterator[str]:
    if not answer["teams"]:
        yield "You are in no team: `hubshare team create NAME` makes one."
    rows = [
        [
            one["name"],
            one["mine"] or "",
            count(len(one["members"]), "person", "people"),
            count(len(one["projects"]), "project"),
        ]
        for one in answer["teams"]
    ]
    yield from words.table(rows, "")


@team.asking("show", _team)
def show(team: str) -> Request[Team]:
    """Say who is in TEAM and what it owns."""
    return Request("team-show", {"team": team}, one_team)


def one_team(answer: Team) -> Iterator[str]:
    mine = f"you are {answer['mine']}" if answer["mine"] else "you are not in it"
    yield f"Team {answer['name']}: {mine}; members are {answer['role']}s of its projects, maintainers own them."
    rows = [[one["user"], one["role"]] for one in answer["members"]]
    rows += [[one["user"], f"{one['role']}, asked and not answered yet"] for one in answer.get("invited", ())]
    yield from words.table(rows)
    if answer["projects"]:
        yield "Projects:"
        yield from (f"  {project}" for project in answer["projects"])
    else:
        yield f"No projects yet: `hubshare share FOLDER --as {answer['name']}/NAME` makes one."


@team.asking(
    "create",
    click.argument("team", metavar="NAME"),
    click.option(
        "--members",
        type=_MEMBERS,
        default="writer",
        show_default=True,
        help="What members are of the projects that the team owns.",
    ),
)
def create(team: str, members: str) -> Request[Team]:
    """Make a team; you are its maintainer."""
    return Request("team-create", {"team": team, "members": members}, one_team)


@team.asking(
    "add",
    _team,
    click.argument("users", metavar="USER…", nargs=-1, required=True),
    click.option(
        "--maintainer", is_flag=True, help="As maintainers: they own the team's projects and manage its members."
    ),
    parameters.meant,
)
def add(team: str, users: tuple[str, ...], maintainer: bool, yes: bool) -> Request[TeamRoles]:
    """Add people to TEAM."""
    args = {"team": team, "users": list(users), "maintainer": maintainer}
    return Request("team-add", parameters.with_meant(args, yes), roles)


def roles(answer: TeamRoles) -> Iterator[str]:
    waiting = answer.get("waiting", ())
    for user, role in answer["users"].items():
        if user in waiting:
            yield f"{user} is asked to be {role} of team {answer['team']}: `hubshare offers` says so there."
            continue
        is_ = "is now" if user in answer["added"] else "is"
        yield f"{user} {is_} {role} of team {answer['team']}."


@team.asking("remove", _team, _user)
def remove(team: str, user: str) -> Request[TeamLeft]:
    """Take USER out of TEAM, and say what that stopped."""
    return Request("team-remove", {"team": team, "user": user}, removed)


def removed(answer: TeamLeft) -> Iterator[str]:
    yield f"{answer['receipt']['user']} was removed from team {answer['team']}."
    yield from words.receipt(answer["receipt"])


@team.asking("leave", _team)
def leave(team: str) -> Request[TeamLeft]:
    """Leave TEAM."""
    return Request("team-leave", {"team": team}, left)


def left(answer: TeamLeft) -> Iterator[str]:
    yield f"You have left team {answer['team']}."
    yield from words.receipt(answer["receipt"])


@team.asking("maintainer", _team, _user, click.option("--off", is_flag=True, help="Make a member of a maintainer."))
def maintainer(team: str, user: str, off: bool) -> Request[TeamRoles]:
    """Make USER, who is in TEAM, a maintainer."""
    return Request("team-maintainer", {"team": team, "user": user, "off": off}, roles)


@team.asking("members", _team, click.argument("role", type=_MEMBERS))
def members(team: str, role: str) -> Request[Team]:
    """Set what members are of the projects that TEAM owns."""
    return Request("team-members", {"team": team, "role": role}, one_team)


@team.asking("rename", _team, click.argument("name"))
def rename(team: str, name: str) -> Request[TeamRenamed]:
    """Rename TEAM, and with it the addresses of its projects."""
    return Request("team-rename", {"team": team, "name": name}, renamed)


def renamed(answer: TeamRenamed) -> Iterator[str]:
    yield f"Team {answer['before']} is team {answer['name']} now. Former addresses of its projects go on leading to them."
    yield from (f"  {project}" for project in answer["projects"])


@team.asking("delete", _team, parameters.yes)
def delete(team: str, yes: bool) -> Request[TeamDeleted]:
    """Delete TEAM, which owns no projects; what it was granted ends."""
    parameters.confirm(team, yes)
    return Request("team-delete", {"team": team}, deleted)


def deleted(answer: TeamDeleted) -> Iterator[str]:
    yield f"Team {answer['team']} was deleted."
