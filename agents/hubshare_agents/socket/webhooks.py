"""Addresses of other programs that are told what a person is told."""

from __future__ import annotations

import asyncio

from hubshare.client import Client
from hubshare.errors import NotFound
from hubshare.names import quoted
from hubshare.wire.api.webhooks import Webhook
from hubshare.wire.socket.webhooks import ActOnWebhook, ListWebhooks, OwnWebhooks, SetWebhook
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler

_OWN = "me"


async def webhooks(agent: Agent, args: ListWebhooks, progress: Progress) -> OwnWebhooks:
    return await asyncio.to_thread(_list, agent.client)


async def set_webhook(agent: Agent, args: SetWebhook, progress: Progress) -> OwnWebhooks:
    return await asyncio.to_thread(_set, agent.client, args)


async def act_on_webhook(agent: Agent, args: ActOnWebhook, progress: Progress) -> OwnWebhooks:
    return await asyncio.to_thread(_act, agent.client, args)


def _set(client: Client, args: SetWebhook) -> OwnWebhooks:
    found = _at(client, args.url)
    if found is not None:
        client.change_webhook(found.id, name=args.name, kinds=args.kinds)
        return _list(client)
    return _list(client, client.create_webhook(_OWN, args.url, name=args.name or "", kinds=args.kinds))


def _act(client: Client, args: ActOnWebhook) -> OwnWebhooks:
    found = _at(client, args.url)
    if found is None:
        raise NotFound(f"Nothing of yours is sent to {quoted(args.url)}: `hubshare webhook` names where it is.")
    match args.act:
        case "test":
            client.test_webhook(found.id)
        case "secret":
            return _list(client, client.rotate_webhook_secret(found.id))
        case "delete":
            client.delete_webhook(found.id)
        case _:
            client.change_webhook(found.id, paused=args.act == "pause")
    return _list(client)


def _at(client: Client, url: str) -> Webhook | None:
    return next((one for one in client.webhooks(_OWN) if one.url == url), None)


def _list(client: Client, made: Webhook | None = None) -> OwnWebhooks:
    """What there is, with the secret that was made now."""
    found = list(client.webhooks(_OWN))
    return OwnWebhooks(webhooks=[made if made is not None and made.id == one.id else one for one in found])


HANDLERS: dict[str, Handler] = {
    "webhooks": webhooks,
    "webhook-set": set_webhook,
    "webhook-act": act_on_webhook,
}
