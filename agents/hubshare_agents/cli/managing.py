"""The commands about whole projects and about people."""

from __future__ import annotations

import sys
from functools import partial

import click

from hubshare.errors import Invalid
from hubshare_agents.cli import show_managing as show
from hubshare_agents.cli.command import Asked, Commands, absolute
from hubshare_agents.cli.command import command as command_of

#: The commands of this file, in the order in which people meet them.
commands = Commands()
command = partial(command_of, group=commands)

_project = click.argument("project", metavar="OWNER/NAME")
_here = click.argument("project", metavar="[OWNER/NAME]", required=False)
_team = click.argument("team")
_user = click.argument("user")
_roles = ["reader", "writer", "admin"]
_yes = click.option("--yes", is_flag=True, help="Do not ask.")

# access


@command(
    "grant",
    _project,
    click.argument("who"),
    click.argument("role", required=False, type=click.Choice(_roles), metavar="ROLE"),
)
def grant(project: str, who: str, role: str | None) -> Asked:
    """Let WHO in as ROLE (reader, writer or admin): bob, team:physics, or group:physics of the Hub."""
    return ("grant", {"project": project, "who": who, "role": role}), show.granted


@command("revoke", _project, click.argument("who"))
def revoke(project: str, who: str) -> Asked:
    """Take away what was granted to WHO, and say what that stopped."""
    return ("revoke", {"project": project, "who": who}), show.revoked


@command("who", _here, click.option("--all", "all_", is_flag=True, help="Name everybody, also of large teams."))
def who(project: str | None, all_: bool) -> Asked:
    """Say who may do what with a project, and through what."""
    return ("who", {"project": project}), lambda answer: show.who(answer, all_)


@command(
    "invite",
    _here,
    click.option("--role", type=click.Choice(_roles), default="reader", show_default=True),
    click.option(
        "--days", type=click.FloatRange(0, 366, min_open=True), default=7, show_default=True, help="How long."
    ),
    click.option("--uses", type=click.IntRange(1, 100_000), default=1, show_default=True, help="For how many people."),
    click.option("--list", "list_", is_flag=True, help="List the invitations that can still be followed."),
    click.option("--withdraw", metavar="ID", help="Take an invitation back."),
)
def invite(project: str | None, role: str, days: float, uses: int, list_: bool, withdraw: str | None) -> Asked:
    """Make a link that lets whoever follows it in."""
    if withdraw is not None:
        return ("withdraw", {"project": project, "invitation": withdraw}), show.withdrawn
    if list_:
        return ("invitations", {"project": project}), show.invitations
    return ("invite", {"project": project, "role": role, "days": days, "uses": uses}), show.invited


@command("join", click.argument("link"))
def join(link: str) -> Asked:
    """Follow an invitation."""
    return ("join", {"link": link}), show.joined


# teams


@commands.group("team", cls=Commands)
def team() -> None:
    """Share with a team: its projects, and what it was granted, are everybody's who is in it."""


of_team = partial(command_of, group=team)


@of_team("list")
def team_list() -> Asked:
    """List the teams that you are in."""
    return ("team-list", {}), show.teams


@of_team("show", _team)
def team_show(team: str) -> Asked:
    """Say who is in TEAM and what it owns."""
    return ("team-show", {"team": team}), show.team


@of_team(
    "create",
    click.argument("team", metavar="NAME"),
    click.option(
        "--members",
        type=click.Choice(["reader", "writer"]),
        default="writer",
        show_default=True,
        help="What members are of the projects that the team owns.",
    ),
)
def team_create(team: str, members: str) -> Asked:
    """Make a team; you are its maintainer."""
    return ("team-create", {"team": team, "members": members}), show.team


@of_team(
    "add",
    _team,
    click.argument("users", metavar="USER…", nargs=-1, required=True),
    click.option(
        "--maintainer", is_flag=True, help="As maintainers: they own the team's projects and manage its members."
    ),
)
def team_add(team: str, users: tuple[str, ...], maintainer: bool) -> Asked:
    """Add people to TEAM."""
    return ("team-add", {"team": team, "users": list(users), "maintainer": maintainer}), show.added


@of_team("remove", _team, _user)
def team_remove(team: str, user: str) -> Asked:
    """Take USER out of TEAM, and say what that stopped."""
    return ("team-remove", {"team": team, "user": user}), show.removed


@of_team("leave", _team)
def team_leave(team: str) -> Asked:
    """Leave TEAM."""
    return ("team-leave", {"team": team}), show.left


@of_team("maintainer", _team, _user, click.option("--off", is_flag=True, help="Make a member of a maintainer."))
def team_maintainer(team: str, user: str, off: bool) -> Asked:
    """Make USER, who is in TEAM, a maintainer."""
    return ("team-maintainer", {"team": team, "user": user, "off": off}), show.added


@of_team("members", _team, click.argument("role", type=click.Choice(["reader", "writer"])))
def team_members(team: str, role: str) -> Asked:
    """Set what members are of the projects that TEAM owns."""
    return ("team-members", {"team": team, "role": role}), show.team


@of_team("rename", _team, click.argument("name"))
def team_rename(team: str, name: str) -> Asked:
    """Rename TEAM, and with it the addresses of its projects."""
    return ("team-rename", {"team": team, "name": name}), show.team_renamed


@of_team("delete", _team, _yes)
def team_delete(team: str, yes: bool) -> Asked:
    """Delete TEAM, which owns no projects; what it was granted ends."""
    _confirm(team, yes)
    return ("team-delete", {"team": team}), show.team_deleted


# whole projects


@command("visibility", _project, click.argument("visibility", type=click.Choice(["private", "hub", "public"])))
def visibility(project: str, visibility: str) -> Asked:
    """Set who may read a project without a grant: nobody, everybody signed in, or anybody."""
    return ("visibility", {"project": project, "visibility": visibility}), show.visibility


@command("outputs", _project, click.argument("outputs", type=click.Choice(["share", "strip"])))
def outputs(project: str, outputs: str) -> Asked:
    """Share the outputs of a project's notebooks, or strip them when they are pushed."""
    return ("outputs", {"project": project, "outputs": outputs}), show.outputs


@command("describe", _project, click.argument("text"))
def describe(project: str, text: str) -> Asked:
    """Set a project's description."""
    return ("describe", {"project": project, "text": text}), show.described


@command("rename", _project, click.argument("name"))
def rename(project: str, name: str) -> Asked:
    """Rename a project; its former address goes on leading to it."""
    return ("rename", {"project": project, "name": name}), show.moved


@command(
    "transfer",
    _project,
    click.argument("owner", metavar="OWNER"),
    click.option("--as", "as_", metavar="NAME", help="Its name there; the present one otherwise."),
)
def transfer(project: str, owner: str, as_: str | None) -> Asked:
    """Give a project to OWNER: team:physics, which you maintain, or bob, who is its admin."""
    return ("transfer", {"project": project, "owner": owner, "as": as_}), show.moved


@command("archive", _project, click.option("--undo", is_flag=True, help="Take it out of the archive."))
def archive(project: str, undo: bool) -> Asked:
    """Archive a project: it can be read, and nothing can be pushed to it."""
    return ("archive", {"project": project, "undo": undo}), show.archived


@command("delete", _project, _yes)
def delete(project: str, yes: bool) -> Asked:
    """Put a project into the trash; nobody can reach it there, and files in checkouts stay."""
    _confirm(project, yes)
    return ("delete", {"project": project}), show.deleted


@command("undelete", _project)
def undelete(project: str) -> Asked:
    """Take a project out of the trash, with its access as it was."""
    return ("undelete", {"project": project}), show.undeleted


@command(
    "audit",
    click.argument("project", metavar="[OWNER/NAME|team:NAME]", required=False),
    click.option(
        "-n", "limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many entries."
    ),
)
def audit(project: str | None, limit: int) -> Asked:
    """List what was done to a project, or to a team and its projects."""
    return ("audit", {"project": project, "limit": limit}), show.audit


@command(
    "download",
    _here,
    click.option("--version", metavar="V", help="A version from `hubshare log`; the newest one otherwise."),
    click.option("--format", type=click.Choice(["zip", "tar"]), default="zip", show_default=True),
    click.option("-o", "file", metavar="FILE", type=click.Path(), help="File or folder; the current folder otherwise."),
)
def download(project: str | None, version: str | None, format: str, file: str | None) -> Asked:
    """Fetch all files of a project as one zip or tar file, without a checkout."""
    args = {"project": project, "version": version, "format": format, "file": absolute(file) if file else None}
    return ("download", args), show.downloaded


def _confirm(name: str, yes: bool) -> None:
    """Have the person type the name of what is to be deleted.

    Raises:
        Invalid: when it was not typed.
    """
    if yes:
        return
    if sys.stdin.isatty():
        click.echo(f"Type {name} to delete it: ", nl=False, err=True)
    typed = sys.stdin.readline()
    if typed.strip() != name:
        raise Invalid(f"{name} was not deleted: type its name when you are asked for it, or give --yes.")
