"""Whole projects: settings, names, the archive and the trash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

import click

from hubshare.vocabulary import OutputsName
from hubshare_agents.cli import parameters, words
from hubshare_agents.cli.command import Commands, Request

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import Configured, Deleted, Project, Renamed

commands = Commands()


@commands.asking(
    "set",
    parameters.project,
    click.argument("setting", metavar="[SETTING]", required=False),
    click.argument("value", metavar="[VALUE]", required=False),
)
def set_(project: str, setting: str | None, value: str | None) -> Request[Configured]:
    """Change a setting of a project, or say what its settings are.

    \b
    visibility   private, hub or public
    description  a text
    brake        how many files a push may delete without a confirmation
    outputs      share, or strip them from notebooks
    """
    return Request("set", {"project": project, "setting": setting, "value": value}, configured)


def configured(answer: Configured) -> Iterator[str]:
    says = answer["says"]
    if len(says) == 1:
        yield from says.values()
    else:
        yield from words.table(list(says.items()), "")


@commands.asking("visibility", parameters.project, click.argument("visibility", type=parameters.VISIBILITY))
def visibility(project: str, visibility: str) -> Request[Configured]:
    """Set who may read a project without a grant: nobody, everybody signed in, or anybody."""
    return Request("visibility", {"project": project, "visibility": visibility}, configured)


@commands.asking("outputs", parameters.project, click.argument("outputs", type=click.Choice(get_args(OutputsName))))
def outputs(project: str, outputs: str) -> Request[Configured]:
    """Share the outputs of a project's notebooks, or strip them when they are pushed."""
    return Request("outputs", {"project": project, "outputs": outputs}, configured)


@commands.asking("describe", parameters.project, click.argument("text"))
def describe(project: str, text: str) -> Request[Configured]:
    """Set a project's description."""
    return Request("describe", {"project": project, "text": text}, configured)


@commands.asking("rename", parameters.project, click.argument("name"))
def rename(project: str, name: str) -> Request[Renamed]:
    """Rename a project; its former address goes on leading to it."""
    return Request("rename", {"project": project, "name": name}, renamed)


@commands.asking(
    "transfer",
    parameters.project,
    click.argument("owner", metavar="OWNER"),
    click.option("--as", "as_", metavar="NAME", help="Its name there; the present one otherwise."),
    parameters.meant,
)
def transfer(project: str, owner: str, as_: str | None, yes: bool) -> Request[Renamed]:
    """Give a project to OWNER: team:physics, which you maintain, or bob, who is its admin."""
    return Request("transfer", parameters.with_meant({"project": project, "owner": owner, "as": as_}, yes), renamed)


def renamed(answer: Renamed) -> Iterator[str]:
    if answer.get("waits"):
        yield f"The new owner is asked: {answer['name']} stays yours until they accept it."
        return
    if answer["before"] == answer["name"]:
        yield f"{answer['name']} is called that already."
        return
    you = f"you are {answer['role']}" if answer["role"] else "you no longer have access"
    yield f"{answer['before']} is {answer['name']} now; {you}. Its former address goes on leading to it."


@commands.asking(
    "archive", parameters.project, click.option("--undo", is_flag=True, help="Take it out of the archive.")
)
def archive(project: str, undo: bool) -> Request[Project]:
    """Archive a project: it can be read, and nothing can be pushed to it."""
    return Request("archive", {"project": project, "undo": undo}, archived)


def archived(answer: Project) -> Iterator[str]:
    if answer["archived"]:
        yield f"{answer['name']} is archived: it can be read, and nothing can be pushed to it. `--undo` takes it back."
    else:
        yield f"{answer['name']} is unarchived."


@commands.asking("delete", parameters.project, parameters.yes)
def delete(project: str, yes: bool) -> Request[Deleted]:
    """Put a project into the trash; nobody can reach it there, and files in checkouts stay."""
    parameters.confirm(project, yes)
    return Request("delete", {"project": project}, deleted)


def deleted(answer: Deleted) -> Iterator[str]:
    yield (
        f"{answer['project']} was deleted. Syncing has stopped, files in checkouts stay; "
        f"`hubshare undelete {answer['project']}` brings it back for some time."
    )


@commands.asking("undelete", parameters.project)
def undelete(project: str) -> Request[Project]:
    """Take a project out of the trash, with its access as it was."""
    return Request("undelete", {"project": project}, undeleted)


def undeleted(answer: Project) -> Iterator[str]:
    yield f"{answer['name']} is back, with its access as it was."
