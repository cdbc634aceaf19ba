"""What ends soon: who is to answer an offer or a request, or has made a link that others follow, is told so in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from hubshare.store.models import Invitation, Offer, Project
from hubshare.store.notification_tables import Notification
from hubshare.store.notifications import News, remind, settle, tell
from hubshare.store.server_tables import ServerRequest

#: So long before the end, of what waits for an answer, and of a link.
ANSWER, LINK = timedelta(days=3), timedelta(days=1)


def tell_of_ends(session: Session, at: datetime) -> None:
    """Say once that something ends soon.

    Args:
        at: the time now.
    """
    for kind, table, user in (("offer", Offer, Offer.user), ("server", ServerRequest, ServerRequest.owner)):
        mine = and_(Notification.kind == kind, Notification.thing == table.id, Notification.user == user)
        soon = table.expires > at, table.expires <= at + ANSWER, Notification.done.is_(None)
        found = session.execute(select(Notification, table.expires).join(table, mine).where(*soon))
        # What was told within these days is new enough.
        remind(session, [row for row, expires in found if row.time <= expires - ANSWER], at)
    _tell_of_links(session, at)


def _tell_of_links(session: Session, at: datetime) -> None:
    good = Invitation.expires > at, Invitation.uses > 0
    told = exists().where(Notification.kind == "invitation", Notification.thing == Invitation.id)
    query = select(Invitation).join(Project, Project.id == Invitation.project_id)
    for row in session.scalars(query.where(*good, Invitation.expires <= at + LINK, ~told, Project.deleted.is_(None))):
        # Of one that was made for a day or two its maker knows.
        if row.expires - row.created > 2 * LINK:
            details = {"role": row.role, "uses": row.uses, "until": row.expires.isoformat()}
            tell(session, [row.creator], News("invitation", row.id, details, row.project_id))
    open_ = Notification.kind == "invitation", Notification.done.is_(None)
    there = exists().where(Invitation.id == Notification.thing, *good)
    if over := list(session.scalars(select(Notification.thing).where(*open_, ~there))):
        settle(session, "invitation", over)
