"""What waits for one's yes: teams and projects that others want to give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hubshare_agents.cli import words
from hubshare_agents.cli.command import Commands, Request
from hubshare_agents.cli.words import minute

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import Declined, Offers, Taken

commands = Commands()

_offer = click.argument("offer", metavar="ID")


@commands.asking("offers")
def offers() -> Request[Offers]:
    """List the teams and projects that others want to give you."""
    return Request("offers", {}, listed)


def listed(answer: Offers) -> Iterator[str]:
    if not answer["offers"]:
        yield "Nothing waits for your yes."
        return
    head = ["ID", "FROM", "WHAT", "UNTIL (UTC)"]
    rows = [
        [
            one["id"],
            one["giver"],
            f"team {one['name']}, as {one['role']}" if one["kind"] == "team" else f"project {one['name']}, to own it",
            minute(one["expires"]),
        ]
        for one in answer["offers"]
    ]
    yield from words.table([head, *rows])
    yield "`hubshare accept ID` says yes, `hubshare decline ID` no; with `--always` you hear no more of this person."


@commands.asking("accept", _offer, click.option("--as", "as_", metavar="NAME", help="Another name for the project."))
def accept(offer: str, as_: str | None) -> Request[Taken]:
    """Say yes to what `hubshare offers` lists."""
    return Request("accept", {"offer": offer, "name": as_}, accepted)


def accepted(answer: Taken) -> Iterator[str]:
    of = "team " if answer["kind"] == "team" else ""
    yield f"You are {answer['role']} of {of}{answer['name']} now."


@commands.asking(
    "decline", _offer, click.option("--always", is_flag=True, help="Hear of nothing more that this person offers.")
)
def decline(offer: str, always: bool) -> Request[Declined]:
    """Say no to what `hubshare offers` lists; nobody is told."""
    return Request("decline", {"offer": offer, "always": always}, declined)


def declined(answer: Declined) -> Iterator[str]:
    more = ", and you will hear of nothing more that this person offers" if answer["always"] else ""
    yield f"Declined{more}."
