"""The tables of webhooks; not in the feature's folder, since whoever renames or removes users has to know them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, and_
from sqlalchemy.orm import Mapped, mapped_column

from hubshare.store.models import Base, now


class Webhook(Base):
    """An address that is told of what happens to a project, those of a team or all of the Hub, or of what a person is told.

    Attributes:
        project_id, team_id: whose events.
        person: whose notifications, and nothing else; it is the owner's own, and ends with the name. None of these three: the
            events of the whole Hub.
        silent: kinds of notifications that are not sent.
        owner: who set it up or changed it last. It is told what this person may hear of at that moment.
        source: address of the service, as events name it.
        secret, former_secret: sealed; what is sent is signed with both until `former_until`.
        disabled: since when it was given up, and `reason` why.
        failures: deliveries that failed since the last one that did not.
        failing_since: since the first of these.
        rest_until: nothing is sent to it before that.
    """

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    team_id: Mapped[str | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    person: Mapped[str | None] = mapped_column(String(255), index=True)
    silent: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    owner: Mapped[str] = mapped_column(String(255), index=True)
    url: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(100), default="")
    source: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    former_secret: Mapped[str] = mapped_column(Text, default="")
    former_until: Mapped[datetime | None] = mapped_column()
    paused: Mapped[bool] = mapped_column(default=False)
    disabled: Mapped[datetime | None] = mapped_column()
    reason: Mapped[str] = mapped_column(String(500), default="")
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None] = mapped_column()
    rest_until: Mapped[datetime | None] = mapped_column()
    created: Mapped[datetime] = mapped_column(default=now)


#: The condition that a webhook is told of the whole Hub.
OF_HUB = and_(Webhook.project_id.is_(None), Webhook.team_id.is_(None), Webhook.person.is_(None))
#: The condition that one is told anything but tests.
WORKS = and_(Webhook.paused.is_(False), Webhook.disabled.is_(None))
#: What stands in the place of a project in the lane and the deliveries of a person's notifications.
INBOX = "inbox"


class WebhookLane(Base):
    """How far a webhook has been told of a project. What comes next follows from the project itself: no queue can lose it.

    Attributes:
        project_id: "" for tests and `INBOX` for notifications, which are of no project. It is no foreign key for that.
        version, revision: up to which there are deliveries.
        due: when there is something to do; None for nothing.
        begun_until: while a try is under way, when it is taken for dead.
    """

    __tablename__ = "webhook_lanes"

    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    version: Mapped[int] = mapped_column(default=-1)
    revision: Mapped[int] = mapped_column(default=0)
    due: Mapped[datetime | None] = mapped_column(index=True)
    begun_until: Mapped[datetime | None] = mapped_column()

    def waits_after(self, at: datetime) -> bool:
        """Whether it waits for a moment after another one, and no try is under way."""
        return self.due is not None and self.due > at and (self.begun_until is None or self.begun_until <= at)


class WebhookDelivery(Base):
    """One event for one webhook, and what came of it.

    Attributes:
        event: id of the event, the same in each try.
        old, new: versions, or revisions, that it leads from and to.
        notification: number of the notification that it tells of; None for no such thing.
        state: `waiting`, `delivered` or `failed`.
        due: when it is tried next, while it waits.
        body: as it was sent; made at the first try.
        traceparent: place in the trace of the change that it tells of; "" for none.
        status, answer, error, milliseconds: of the last try.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("webhook_deliveries_by_webhook", "webhook_id", "id"),
        Index("webhook_deliveries_by_lane", "webhook_id", "project_id", "state"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    project_id: Mapped[str] = mapped_column(String(32))
    event: Mapped[str] = mapped_column(String(100))
    type: Mapped[str] = mapped_column(String(100))
    old: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    notification: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    created: Mapped[datetime] = mapped_column(default=now, index=True)
    tried: Mapped[datetime | None] = mapped_column()
    due: Mapped[datetime | None] = mapped_column()
    body: Mapped[str] = mapped_column(Text, default="")
    traceparent: Mapped[str] = mapped_column(String(55), default="", server_default="")
    status: Mapped[int | None] = mapped_column()
    answer: Mapped[str] = mapped_column(Text, default="")
    error: Mapped[str] = mapped_column(String(500), default="")
    milliseconds: Mapped[int] = mapped_column(default=0)
