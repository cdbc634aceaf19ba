"""Who may do what with a project, and invitations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hubshare_agents.cli import parameters, words
from hubshare_agents.cli.command import Commands, Request
from hubshare_agents.cli.words import count, minute, subject

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import Accepted, Accessor, Granted, Invitations, Invited, Revoked, Who, Withdrawn

commands = Commands()

#: So many people who have the same role through the same thing are named one by one; of more, a few.
_CROWD, _OF_CROWD = 6, 4


@commands.asking(
    "grant",
    parameters.project,
    click.argument("who"),
    click.argument("role", required=False, type=parameters.ROLE, metavar="ROLE"),
    parameters.meant,
)
def grant(project: str, who: str, role: str | None, yes: bool) -> Request[Granted]:
    """Let WHO in as ROLE (reader, writer or admin): bob, team:physics, or group:physics of the Hub."""
    return Request("grant", parameters.with_meant({"project": project, "who": who, "role": role}, yes), granted)


def granted(answer: Granted) -> Iterator[str]:
    yield f"{subject(answer['who'])} is {answer['role']} of {answer['project']}."


@commands.asking("revoke", parameters.project, click.argument("who"))
def revoke(project: str, who: str) -> Request[Revoked]:
    """Take away what was granted to WHO, and say what that stopped."""
    return Request("revoke", {"project": project, "who": who}, revoked)


def revoked(answer: Revoked) -> Iterator[str]:
    yield f"{subject(answer['who'])} no longer has a grant on {answer['project']}."
    without = [receipt for receipt in answer["receipts"] if not receipt["copies"]]
    crowd = len(without) > _CROWD
    for receipt in answer["receipts"]:
        if receipt not in without or not crowd:
            yield from words.receipt(receipt)
    if crowd:
        users = [receipt["user"] for receipt in without]
        yield f"  {_few(users)} have lost access; no copies of theirs are known."


def _few(users: list[str]) -> str:
    """Return the names of a few people, and how many more there are."""
    return f"{', '.join(users[:_OF_CROWD])} and {len(users) - _OF_CROWD:,} more"


@commands.asking(
    "who",
    parameters.project_or_here,
    click.option("--all", "all_", is_flag=True, help="Name everybody, also of large teams."),
)
def who(project: str | None, all_: bool) -> Request[Who]:
    """Say who may do what with a project, and through what."""
    return Request("who", {"project": project}, everybody if all_ else people)


def people(answer: Who, all_: bool = False) -> Iterator[str]:
    found = answer["people"]
    yield f"{answer['project']} is {answer['visibility']}; {count(len(found), 'person', 'people')} with a role."
    crowds: dict[tuple[str, str], list[str]] = {}
    for person in found:
        crowds.setdefault((person["role"], _through(person)), []).append(person["user"])
    rows = []
    for (role, through), users in crowds.items():
        if all_ or len(users) <= _CROWD or ", " in through:
            rows += [[user, role, through] for user in users]
        else:
            rows.append([_few(users), role, through])
    yield from words.table([["WHO", "ROLE", "THROUGH"], *rows] if rows else [])
    for name in answer["unseen"]:
        yield f"And whoever is in {name}: only its members see who that is."
    if answer["visibility"] in words.READ_BY:
        yield words.READ_BY[answer["visibility"]]


def everybody(answer: Who) -> Iterator[str]:
    return people(answer, all_=True)


def _through(person: Accessor) -> str:
    reasons = [
        one["through"] if one["role"] == person["role"] else f"{one['through']} ({one['role']})"
        for one in person["through"]
    ]
    return ", ".join(dict.fromkeys(reasons))


@commands.asking(
    "invite",
    parameters.project_or_here,
    click.option("--role", type=parameters.ROLE, default="reader", show_default=True),
    click.option(
        "--days", type=click.FloatRange(0, 366, min_open=True), default=7, show_default=True, help="How long."
    ),
    click.option("--uses", type=click.IntRange(1, 100_000), default=1, show_default=True, help="For how many people."),
    click.option("--list", "list_", is_flag=True, help="List the invitations that can still be followed."),
    click.option("--withdraw", metavar="ID", help="Take an invitation back."),
)
def invite(
    project: str | None, role: str, days: float, uses: int, list_: bool, withdraw: str | None
) -> Request[Withdrawn] | Request[Invitations] | Request[Invited]:
    """Make a link that lets whoever follows it in."""
    if withdraw is not None:
        return Request("withdraw", {"project": project, "invitation": withdraw}, withdrawn)
    if list_:
        return Request("invitations", {"project": project}, invitations)
    return Request("invite", {"project": project, "role": role, "days": days, "uses": uses}, invited)


def invited(answer: Invited) -> Iterator[str]:
    many = "once" if answer["uses"] == 1 else f"by {answer['uses']:,} people"
    yield answer["link"]
    yield (
        f"Whoever follows this link is {answer['role']} of {answer['project']}; it can be used {many}, until "
        f"{minute(answer['expires'])} UTC. It is not shown again."
    )
    yield "In a terminal it is followed with `hubshare join LINK`."
    yield f"To take it back: `hubshare invite {answer['project']} --withdraw {answer['id']}`."


def invitations(answer: Invitations) -> Iterator[str]:
    if not answer["invitations"]:
        yield f"No invitation to {answer['project']} can be followed."
        return
    head = ["ID", "ROLE", "LEFT", "UNTIL (UTC)", "BY"]
    rows = [
        [one["id"], one["role"], f"{one['uses']:,}", minute(one["expires"]), one["creator"]]
        for one in answer["invitations"]
    ]
    yield f"Invitations to {answer['project']}:"
    yield from words.table([head, *rows])


def withdrawn(answer: Withdrawn) -> Iterator[str]:
    yield f"This invitation to {answer['project']} is revoked. Whoever has accepted it keeps the role."


@commands.asking("join", click.argument("link"))
def join(link: str) -> Request[Accepted]:
    """Follow an invitation."""
    return Request("join", {"link": link}, joined)


def joined(answer: Accepted) -> Iterator[str]:
    yield f"You are {answer['role']} of {answer['project']}: `hubshare checkout {answer['project']}` brings it here."
