"""What needs a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hubshare_agents.cli.command import Commands, Request
from hubshare_agents.cli.parameters import only_kinds
from hubshare_agents.cli.words import minute, printable

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import Inbox, MailSettings, ReadCount

commands = Commands()


@commands.asking(
    "inbox",
    click.option("-n", "limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="How many."),
    click.option("--all", "everything", is_flag=True, help="Also what you have read, and what is settled."),
    click.option("--read", "read", is_flag=True, help="Mark all as read instead of listing it."),
)
def inbox(limit: int, everything: bool, read: bool) -> Request[Inbox] | Request[ReadCount]:
    """List what needs you, the newest first: conflicts, what failed, access given or lost, invitations."""
    if read:
        return Request("read", {}, marked)
    return Request("inbox", {"limit": limit, "everything": everything}, listed)


def listed(answer: Inbox) -> Iterator[str]:
    if not answer["notifications"]:
        yield "Nothing needs you."
        return
    for one in answer["notifications"]:
        again = f" ({one['count']} times)" if one["count"] > 1 else ""
        over = ", settled" if one["done"] else ", read" if one["read"] else ""
        yield f"{minute(one['time'])} UTC{over}  {printable(one['words'])}{again}"
        if one["advice"] and not one["done"]:
            yield f"    {printable(one['advice'])}"


def marked(answer: ReadCount) -> Iterator[str]:
    yield f"Marked as read: {answer['read']}."


@commands.asking(
    "mail",
    click.option("--to", "address", metavar="ADDRESS", help="Have a link sent there, which makes it yours."),
    click.option("--on/--off", "wanted", default=None, help="Have what needs you mailed, or not."),
    only_kinds,
    click.option("--forget", is_flag=True, help="Have no mail any more, and your address forgotten."),
)
def mail(address: str | None, wanted: bool | None, kinds: tuple[str, ...], forget: bool) -> Request[MailSettings]:
    """Show where your notifications are mailed to, or change it."""
    args = {"address": address, "wanted": wanted, "kinds": list(kinds) or None, "forget": forget}
    return Request("mail", args, settings)


def settings(answer: MailSettings) -> Iterator[str]:
    if not answer["works"]:
        yield "This Hub sends no mail: see `hubshare inbox`."
        return
    if answer["problem"]:
        yield printable(answer["problem"])
    if answer["asked_address"]:
        yield f"A link was sent to {printable(answer['asked_address'])}: follow it within 24 hours, signed in."
    if not answer["address"] and not answer["asked_address"]:
        yield "Nothing is mailed to you: `hubshare mail --to ADDRESS` begins it."
    if answer["address"] and not answer["wanted"]:
        yield f"Nothing is mailed to {printable(answer['address'])}: `hubshare mail --on` begins it again."
    if answer["wanted"]:
        yield f"What needs you is mailed to {printable(answer['address'])}: {', '.join(answer['kinds']) or 'no kind'}."
