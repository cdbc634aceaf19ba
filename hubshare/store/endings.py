"""What ends soon: who is to answer an offer or a request, or has made a link that others follow, is told so in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from hubshare.store.models import Invitation, Offer, Project
from hubshare.store.notification_tables import Notification
from hubshare.store.notifications import News, remind, settle, settle_for, tell
from hubshare.store.server_tables import ServerRequest
from hubshare.store.token_tables import TokenSeen

#: So long before the end, of what waits for an answer, and of a link.
ANSWER, LINK = timedelta(days=3), timedelta(days=1)
#: The same of a token, once at each.
TOKEN = (timedelta(days=7), timedelta(days=1))


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
    _tell_of_tokens(session, at)


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


def _tell_of_tokens(session: Session, at: datetime) -> None:
    mine = Notification.kind == "token", Notification.thing == TokenSeen.token, Notification.user == TokenSeen.user
    query = select(TokenSeen, Notification.details).outerjoin(Notification, and_(*mine))
    for row, told in session.execute(query.where(TokenSeen.expires > at, TokenSeen.expires <= at + TOKEN[0])):
        step = min(step for step in TOKEN if row.expires <= at + step)
        condition = f"{step.days} {row.expires.isoformat()}"
        # Of one that is younger than the step its person knows.
        if row.first <= row.expires - step and (told is None or told["condition"] != condition):
            details = {"name": row.note, "until": row.expires.isoformat(), "condition": condition}
            tell(session, [row.user], News("token", row.token, details))
    lasts = exists().where(TokenSeen.expires > at, *mine[1:])
    over = select(Notification.user, Notification.thing).where(mine[0], Notification.done.is_(None), ~lasts)
    for user, thing in session.execute(over).all():
        settle_for(session, "token", thing, [user])
