"""Arguments and options that several commands take, and the question before what is deleted."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import get_args

import click

from hubshare.errors import Invalid
from hubshare.vocabulary import GrantedRole, NotificationKind, VisibilityName
from hubshare_agents.cli.command import absolute

folder = click.argument("folder", required=False, default=".", type=click.Path())
paths = click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path())
auto = click.option("--auto", is_flag=True, help="Push and pull by itself from now on.")
project = click.argument("project", metavar="OWNER/NAME")
project_or_here = click.argument("project", metavar="[OWNER/NAME]", required=False)
yes = click.option("--yes", is_flag=True, help="Do not ask.")
meant = click.option("--yes", is_flag=True, help="Also somebody whom the Hub does not know yet.")
programs = click.option(
    "--allow-programs", is_flag=True, help="Although programs are run from that folder: others could put theirs there."
)
only_kinds = click.option(
    "--only",
    "kinds",
    type=click.Choice(get_args(NotificationKind)),
    multiple=True,
    help="Only this kind; repeat it.",
)

ROLE = click.Choice(get_args(GrantedRole))
VISIBILITY = click.Choice(get_args(VisibilityName))


def with_paths(paths: tuple[str, ...]) -> dict[str, object]:
    """Return the arguments of a command about the checkout around, or about some paths of one.

    An agent of version 0.1.0, which knows no paths, is asked for all of the current checkout as ever.
    """
    return {"named": list(paths)} if paths else {"folder": absolute(".")}


def with_meant(args: Mapping[str, object], yes: bool) -> Mapping[str, object]:
    """Return the arguments of a command that names users, who may be unknown to the Hub if `yes`.

    Only then it is said at all: an agent of version 0.1.0, which looks nobody up, knows no such argument.
    """
    return {**args, "unknown": True} if yes else args


def with_programs(args: Mapping[str, object], allowed: bool) -> Mapping[str, object]:
    """Return the arguments of a command that makes a checkout, also where programs are run from, if `allowed`."""
    return {**args, "programs": True} if allowed else args


def confirm(name: str, yes: bool) -> None:
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
