"""What needs a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hubshare_agents.cli.command import Commands, Request
from hubshare_agents.cli.words import minute, printable

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import Inbox, ReadCount

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
