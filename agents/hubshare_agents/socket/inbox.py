"""What needs a person, by the notifications of the service."""

from __future__ import annotations

import asyncio
from datetime import datetime
from itertools import islice

from hubshare.client import Client
from hubshare.errors import Invalid
from hubshare.wire.api.mail import MailSettings
from hubshare.wire.api.notifications import ReadCount
from hubshare.wire.socket.inbox import Inbox, MarkRead, ReadInbox, SetMail
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler

#: Most items of a list that the service gives at once.
_PAGE = 500


async def inbox(agent: Agent, args: ReadInbox, progress: Progress) -> Inbox:
    listing = agent.client.notifications(everything=args.everything, page=min(args.limit, _PAGE))
    return Inbox(notifications=await asyncio.to_thread(lambda: list(islice(listing, args.limit))))


async def read(agent: Agent, args: MarkRead, progress: Progress) -> ReadCount:
    done = await asyncio.to_thread(_read, agent.client, args)
    agent.offers.look()
    return done


def _read(client: Client, args: MarkRead) -> ReadCount:
    if args.number is not None:
        client.read_notification(args.number)
        return ReadCount(read=1)
    try:
        until = datetime.fromisoformat(args.until) if args.until is not None else None
    except ValueError:
        raise Invalid("`until` is a time as RFC 3339 has it.") from None
    return client.read_notifications(until)


async def mail(agent: Agent, args: SetMail, progress: Progress) -> MailSettings:
    return await asyncio.to_thread(_mail, agent.client, args)


def _mail(client: Client, args: SetMail) -> MailSettings:
    if args.forget:
        client.forget_mail()
    if args.wanted is not None or args.kinds is not None:
        client.change_mail(args.wanted, args.kinds)
    return client.ask_mail(args.address) if args.address is not None else client.mail()


HANDLERS: dict[str, Handler] = {"inbox": inbox, "read": read, "mail": mail}
