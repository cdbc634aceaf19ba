"""The rows of webhooks: how many there may be, and what there are."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hubshare import tracing
from hubshare.errors import OverQuota
from hubshare.store.access.decisions import readable_by
from hubshare.store.models import Project, Team
from hubshare.store.webhook_tables import OF_HUB, Webhook, WebhookDelivery


class Inbox(NamedTuple):
    """The notifications of a person."""

    person: str


#: What a webhook is told of, by the same; None for the whole Hub.
Subject = Project | Team | Inbox | None


def check_room(session: Session, subject: Subject, user: str, most: int, most_each: int) -> None:
    """Check that there may be one more webhook.

    Args:
        subject: of a project, a team, a person, or the whole Hub.
        user: who sets it up.
        most: of one of these.
        most_each: of one user.

    Raises:
        OverQuota: there are as many as there may be.
    """
    if len(webhooks_of(session, subject)) >= most:
        raise OverQuota(f"There are {most} webhooks already, as many as there may be: delete one that is not needed.")
    if (session.scalar(select(func.count()).where(Webhook.owner == user)) or 0) >= most_each:
        raise OverQuota(f"You have {most_each} webhooks already, as many as you may: delete one that is not needed.")


def webhooks_of(session: Session, subject: Subject) -> list[Webhook]:
    """The webhooks of a project, a team, a person, or of the whole Hub, the earliest first."""
    if isinstance(subject, Project):
        those = Webhook.project_id == subject.id
    elif isinstance(subject, Team):
        those = Webhook.team_id == subject.id
    elif isinstance(subject, Inbox):
        those = Webhook.person == subject.person
    else:
        those = OF_HUB
    return list(session.scalars(select(Webhook).where(those).order_by(Webhook.created, Webhook.id)))


def add_delivery(
    session: Session,
    webhook: str,
    project: str,
    kind: str,
    event: str,
    *,
    old: int = 0,
    new: int = 0,
    notification: int | None = None,
) -> WebhookDelivery:
    """Have something delivered when it is its turn; see `WebhookDelivery`."""
    made = WebhookDelivery(webhook_id=webhook, project_id=project, type=kind, event=event, old=old, new=new)
    made.state, made.attempts, made.body, made.notification = "waiting", 0, "", notification
    made.traceparent = str(tracing.current() or "")
    session.add(made)
    session.flush()
    return made


def deliveries(session: Session, webhook: str, before: int | None, most: int) -> list[WebhookDelivery]:
    """The log of a webhook, the newest first.

    Args:
        before: only what has a smaller id.
    """
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook)
    if before is not None:
        query = query.where(WebhookDelivery.id < before)
    return list(session.scalars(query.order_by(WebhookDelivery.id.desc()).limit(most)))


def readable_names(session: Session, user: str, projects: Collection[str]) -> dict[str, str]:
    """The names of those of some projects that a user may read, by id."""
    found = session.scalars(select(Project).where(Project.id.in_(projects), readable_by(user)))
    return {project.id: project.full_name for project in found}
