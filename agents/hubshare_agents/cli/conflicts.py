"""Settling conflicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hubshare_agents.cli import parameters, words
from hubshare_agents.cli.command import Commands, Request, absolute
from hubshare_agents.cli.words import count, place, printable

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import CheckoutPolicy, OpenConflicts, Resolved

commands = Commands()


@commands.asking("conflicts", parameters.folder)
def conflicts(folder: str) -> Request[OpenConflicts]:
    """List the open conflicts."""
    return Request("conflicts", {"folder": absolute(folder)}, open_conflicts)


def open_conflicts(answer: OpenConflicts) -> Iterator[str]:
    if not answer["conflicts"]:
        yield f"No conflicts in {place(answer['folder'])}."
    yield from words.conflicts({item["path"]: item["kind"] for item in answer["conflicts"]})


@commands.asking(
    "resolve",
    click.argument("paths", nargs=-1, type=click.Path()),
    click.option("--ours", "pick", flag_value="ours", help="Keep the version in this folder, and publish it."),
    click.option("--theirs", "pick", flag_value="theirs", help="Take the published version."),
    click.option("--all", "all_", is_flag=True, help="Settle all conflicts of this checkout."),
)
def resolve(paths: tuple[str, ...], pick: str | None, all_: bool) -> Request[Resolved]:
    """Settle conflicts at PATHS by picking a version; the other one can be restored."""
    if pick is None:
        raise click.UsageError("Pick --ours or --theirs.")
    return Request("resolve", {"paths": list(paths), "pick": pick, "all": all_}, resolved)


def resolved(answer: Resolved) -> Iterator[str]:
    if not answer["settled"]:
        yield "There are no conflicts to settle."
        return
    what = "your version" if answer["pick"] == "ours" else "the published version"
    settled = count(len(answer["settled"]), "conflict")
    yield f"Settled {settled} with {what}; `hubshare restore PATH` brings the other one back."
    for path in answer["settled"][: words.MOST]:
        yield f"  {printable(path)}"


@commands.asking("policy", click.argument("policy", type=click.Choice(["ask", "ours", "theirs"])), parameters.folder)
def policy(policy: str, folder: str) -> Request[CheckoutPolicy]:
    """Set what becomes of conflicts in FOLDER from now on."""
    return Request("policy", {"folder": absolute(folder), "policy": policy}, checkout_policy)


def checkout_policy(answer: CheckoutPolicy) -> Iterator[str]:
    yield f"Conflicts in this checkout of {answer['project']}: {answer['policy']}."
