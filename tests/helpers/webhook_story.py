"""One project whose webhooks lead to one receiver, with a clock that a test moves."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any

from hubshare_workers.context import Context
from sqlalchemy import select

from hubshare.features.webhooks import lanes, operations, worker
from hubshare.features.webhooks.jobs import Followed, Lane
from hubshare.features.webhooks.operations import Place
from hubshare.operations.caller import Caller, Person
from hubshare.store.access.actions import Action, Scope
from hubshare.store.models import now
from hubshare.store.webhook_tables import Webhook, WebhookDelivery
from hubshare.testing.world import World
from hubshare.wire.api.webhooks import NewWebhook
from tests.helpers.pushing import publish
from tests.helpers.receivers import Receiver


class ListQueue:
    """Holds the jobs until the test does them."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    def enqueue(self, message: Any, *, delay: int | None = None) -> None:
        self.messages.append((message, delay or 0))


class Story:
    """One project, whose webhooks lead to one receiver; time passes as the test says."""

    def __init__(self, world: World, receiver: Receiver) -> None:
        self.world, self.receiver, self.centre = world, receiver, world.centre
        self.context = Context(world.centre, None)  # type: ignore[arg-type]
        self.queue = world.centre.__dict__["queue"] = ListQueue()
        self.centre.settings.fetch_allowed_networks = (ip_network("127.0.0.0/8"),)
        self.at = now()
        self.secrets: dict[str, str] = {}

    def clock(self) -> datetime:
        return self.at

    def caller(self, user: str = "alice", action: Action = Action.WEBHOOKS, admin: bool = False) -> Caller:
        return Caller(action, Person(user, admin=admin, scopes=frozenset(Scope)))

    def webhook(self, path: str = "", caller: Caller | None = None, of: Place | None = None) -> str:
        wanted = NewWebhook(url=self.receiver.url + path)
        of = of or Place((self.world.project.owner, self.world.project.name))
        made = operations.create_webhook(
            caller or self.caller(), self.centre, of=of, wanted=wanted, source="http://hub.test/services/hubshare/"
        )
        self.secrets[made.id] = made.secret or ""
        return made.id

    def publish(self, *paths: str) -> None:
        publish(self.world, *paths)

    def follow(self) -> None:
        worker.follow(self.context, Followed(self.world.project.id), self.clock)
        self.work()

    def work(self) -> None:
        """Do what is due, as often as it is due now."""
        for _ in range(100):
            with self.centre.database.read() as session:
                due = lanes.due(session, self.at, 100)
            if not due:
                return
            for webhook, project, owner in due:
                worker.deliver(self.context, Lane(webhook, project, owner, ""), self.clock)
        raise AssertionError("it never ends")

    def wait(self, time: timedelta, step: timedelta = timedelta(minutes=5)) -> None:
        end = self.at + time
        while self.at < end:
            self.at += step
            self.work()

    def log(self, webhook: str) -> list[WebhookDelivery]:
        with self.centre.database.read() as session:
            query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook)
            return list(session.scalars(query.order_by(WebhookDelivery.id)))

    def hook(self, webhook: str) -> Webhook:
        with self.centre.database.read() as session:
            return session.get_one(Webhook, webhook)
