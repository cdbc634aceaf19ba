"""The rows of webhooks: how many there may be, and what there are."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from hubshare.errors import OverQuota
from hubshare.store.access.decisions import readable_by
from hubshare.store.models import Project, Team
from hubshare.store.webhook_tables import Webhook, WebhookDelivery


def check_room(session: Session, subject: Project | Team | None, user: str, most: int, most_each: int) -> None:
    """Check that there may be one more webhook.

    Args:
        subject: of a project, a team, or the whole Hub.
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


def webhooks_of(session: Session, subject: Project | Team | None) -> list[Webhook]:
    """The webhooks of a project, a team, or of neither, the earliest first."""
    if isinstance(subject, Project):
        those = Webhook.project_id == subject.id
    elif isinstance(subject, Team):
        those = Webhook.team_id == subject.id
    else:
        those = and_(Webhook.project_id.is_(None), Webhook.team_id.is_(None))
    return list(session.scalars(select(Webhook).where(those).order_by(Webhook.created, Webhook.id)))


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
