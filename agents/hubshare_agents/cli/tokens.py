"""One's tokens of the Hub, and what was done with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from hubshare_agents.cli import words
from hubshare_agents.cli.command import Commands, Request
from hubshare_agents.cli.words import minute, printable

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import TokenDetails, Tokens

commands = Commands()


@commands.asking("tokens", click.argument("token", metavar="[ID]", required=False))
def tokens(token: str | None) -> Request[Tokens] | Request[TokenDetails]:
    """List your tokens of the Hub and what was done with each; with an ID tell one by day and project."""
    if token is not None:
        return Request("token", {"token": token}, told)
    return Request("tokens", {}, listed)


def listed(answer: Tokens) -> Iterator[str]:
    if answer["missing"]:
        yield answer["missing"]
    head = ["ID", "NOTE", "USED HERE (UTC)", "LAST FROM", "WHAT"]
    rows = [
        [
            one["id"],
            printable(one["note"]) + (" (ended)" if one["ended"] else ""),
            minute(one["last"]) if one["last"] else "never",
            one["addresses"][0]["address"] if one["addresses"] else "",
            _counts(one["uses"]),
        ]
        for one in answer["tokens"]
    ]
    if rows:
        yield from words.table([head, *rows])
    elif not answer["missing"]:
        yield "You have no tokens."


def told(answer: TokenDetails) -> Iterator[str]:
    yield f"{printable(answer['note']) or answer['id']}{' (ended)' if answer['ended'] else ''}"
    if answer["created"]:
        until = minute(answer["expires"]) + " UTC" if answer["expires"] else "never"
        yield f"Made {minute(answer['created'])} UTC, expires: {until}"
    if answer["scopes"]:
        yield f"Scopes: {', '.join(printable(scope) for scope in answer['scopes'])}"
    yield from words.table(
        [["FROM", "LAST (UTC)"], *([one["address"], minute(one["last"])] for one in answer["addresses"])]
    )
    yield from words.table(
        [
            ["PROJECT", "WHAT", "TIMES"],
            *([printable(one["project"]), one["kind"], str(one["count"])] for one in answer["projects"]),
        ]
    )
    yield from words.table([["DAY", "TIMES"], *([one["day"], str(one["count"])] for one in answer["days"])])


def _counts(uses: Mapping[str, int]) -> str:
    return ", ".join(f"{printable(kind)} {number}" for kind, number in uses.items())
