"""Projects that are begun from other ones, and what they take of these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hubshare_agents.cli import parameters
from hubshare_agents.cli.command import Commands, Request, absolute
from hubshare_agents.cli.sharing import checked_out
from hubshare_agents.cli.words import count, printable

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import AtOrigin, CheckedOut, Project

commands = Commands()
_MARKS = {"add": "+", "edit": "~", "delete": "-"}


@commands.asking(
    "fork",
    parameters.project,
    click.argument("new", metavar="[NEW]", required=False),
    click.option("--visibility", type=parameters.VISIBILITY, default="private", help="Who may read without a grant."),
    click.option("--checkout", "folder", metavar="FOLDER", help="Bring it into this folder too."),
    parameters.auto,
)
def fork(project: str, new: str | None, visibility: str, folder: str | None, auto: bool) -> Request[Project]:
    """Start a project of your own with the files of another one.

    NEW is its name, or TEAM/NAME; the name of the other one otherwise.
    """
    owner, slash, name = (new or "").rpartition("/")
    args = {"project": project, "name": name or None, "owner": owner if slash else None, "visibility": visibility}
    if folder is None:
        return Request("fork", args, forked)
    into = absolute(folder)

    def get(answer: Project) -> Request[CheckedOut]:
        return Request("checkout", {"project": answer["name"], "folder": into, "auto": auto}, checked_out)

    return Request("fork", args, forked, get)


def forked(answer: Project) -> Iterator[str]:
    filled = "" if answer["version"] else "; its files are copied when there are any"
    yield f"Started {answer['name']}, which is {answer['visibility']}{filled}."
    yield f"`hubshare origin {answer['name']}` says what is new where it comes from."


@commands.asking(
    "origin",
    parameters.project_or_here,
    click.option("--take", is_flag=True, help="Take what is new, as one version."),
    click.option("--ours", multiple=True, metavar="PATH", help="In conflict: keep the project's version."),
    click.option("--theirs", multiple=True, metavar="PATH", help="In conflict: take the origin's version."),
    click.option("--all-ours", "rest", flag_value="ours", help="Keep the project's version in all other conflicts."),
    click.option("--all-theirs", "rest", flag_value="theirs", help="Take the origin's in all other conflicts."),
    click.option("--confirm", is_flag=True, help="Also if many files are deleted by it."),
)
def origin(
    project: str | None, take: bool, ours: tuple[str, ...], theirs: tuple[str, ...], rest: str | None, confirm: bool
) -> Request[AtOrigin]:
    """Show what is new where a project comes from, or take it."""
    picked = bool(ours or theirs or rest)
    picks = {"ours": list(ours), "theirs": list(theirs), "rest": rest or "ask"}
    # A pick is about what was shown.
    args = {"project": project, "take": take or picked, "look": not picked, "confirm": confirm, **picks}
    return Request("origin", args, at_origin)


def at_origin(answer: AtOrigin) -> Iterator[str]:
    name, origin, changes, settled = answer["project"], answer["origin"], answer["changes"], answer["settled"]
    if answer["version"] is not None and changes:
        yield f"Took {count(len(changes), 'file')} of {origin}; {name} is at version {answer['version']}."
    elif changes:
        yield f"New at {origin}, which `hubshare origin {name} --take` takes:"
    if settled > 0:
        yield f"Settled {count(settled, 'conflict')} with {origin}; {name} is at version {answer['version']}."
    elif not changes and not answer["conflicts"]:
        yield f"There is nothing new at {origin}."
    yield from (f"  {_MARKS[one['change']]} {printable(one['path'])}" for one in changes)
    if answer["conflicts"]:
        yield (
            f"{count(len(answer['conflicts']), 'file')} changed on both sides; pick with `hubshare origin {name} --ours PATH` "
            "or `--theirs PATH`:"
        )
        yield from (f"  ! {printable(one['path'])}: {one['kind']}" for one in answer["conflicts"])
    if answer["more"]:
        yield f"  and {answer['more']:,} more"
