"""Addresses of other programs that are told what a person is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

import click

from hubshare.errors import Invalid
from hubshare.vocabulary import NotificationKind
from hubshare_agents.cli.command import Commands, Request
from hubshare_agents.cli.parameters import only_kinds
from hubshare_agents.cli.words import minute, printable

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import OwnWebhooks, Webhook

commands = Commands()


@commands.asking(
    "webhook",
    click.argument("url", metavar="[URL]", required=False),
    click.option("--name", metavar="NAME", help="For you, to know it again."),
    only_kinds,
    click.option("--all", "everything", is_flag=True, help="All kinds again."),
    click.option("--test", is_flag=True, help="Send a trial event."),
    click.option("--pause", is_flag=True, help="Stop for a while."),
    click.option("--resume", is_flag=True, help="Go on, also where it was given up."),
    click.option("--secret", is_flag=True, help="Make a new secret; the former one is good for a day."),
    click.option("--delete", is_flag=True, help="Send nothing there any more."),
)
def webhook(
    url: str | None,
    name: str | None,
    kinds: tuple[str, ...],
    everything: bool,
    test: bool,
    pause: bool,
    resume: bool,
    secret: bool,
    delete: bool,
) -> Request[OwnWebhooks]:
    """Have what needs you sent to the address URL from now on, or show to which ones it is sent.

    With a URL that it is sent to already, change what is, or do what an option says.
    """
    given = {"test": test, "pause": pause, "resume": resume, "secret": secret, "delete": delete}
    acts = [act for act, wanted in given.items() if wanted]
    changes = name is not None or kinds or everything
    if len(acts) > 1 or (acts and changes):
        raise Invalid("Only one thing can be done at a time: give one option of what to do, or what to change.")
    if url is None:
        if acts or changes:
            raise Invalid("Say which webhook by its URL: `hubshare webhook` shows them.")
        return Request("webhooks", {}, listed)
    if acts:
        return Request("webhook-act", {"url": url, "act": acts[0]}, listed)
    chosen = list(get_args(NotificationKind)) if everything else list(kinds) or None
    return Request("webhook-set", {"url": url, "name": name, "kinds": chosen}, listed)


def listed(answer: OwnWebhooks) -> Iterator[str]:
    if not answer["webhooks"]:
        yield "What needs you is sent to no program: `hubshare webhook URL` has it be."
    for one in answer["webhooks"]:
        yield from _shown(one)


def _shown(one: Webhook) -> Iterator[str]:
    url, kinds = printable(one["url"]), one["kinds"] or []
    name = f" ({printable(one['name'])})" if one["name"] else ""
    some = len(kinds) < len(get_args(NotificationKind))
    yield f"{url}{name}: {(', '.join(kinds) or 'no kind') if some else 'all kinds'}"
    if one["disabled"]:
        yield f"  It was given up. {printable(one['reason'])} `hubshare webhook {url} --resume` has it go on."
    elif one["paused"]:
        yield "  It is paused."
    elif one["failing_since"]:
        yield f"  It takes nothing since {minute(one['failing_since'])} UTC, and is tried again."
    if one.get("secret"):
        yield f"  Its secret, which is shown only now: {one['secret']}"
