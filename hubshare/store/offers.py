"""Offers: what waits for a person's yes, a place in a team or a project that they are to own; and whose offers nobody wants."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from hubshare.errors import NotFound, OverQuota
from hubshare.names import check_user, is_set_aside
from hubshare.store.access.actions import decide
from hubshare.store.access.decisions import given, role_of, team_role_of
from hubshare.store.models import Offer, Project, RefusedGiver, Team, now
from hubshare.store.notifications import News, tell
from hubshare.store.server_tables import ServerRequest, ServerShare
from hubshare.vocabulary import Role, TeamRole
from hubshare.wire.agent import new_id

#: How long one waits, in days.
DAYS = 30
#: So many may wait for one person, of one giver for one person, and of one giver.
_FOR_ONE, _OF_ONE_FOR_ONE, _OF_ONE = 200, 20, 2000


class OpenOffer(NamedTuple):
    """An offer that can be accepted, and what it is of; one of both."""

    offer: Offer
    team: Team | None
    project: Project | None


def offer_place(session: Session, team: Team, user: str, role: str, giver: str) -> None:
    """Offer somebody a place in a team; an earlier offer of one is changed."""
    earlier = session.scalar(select(Offer).where(Offer.team_id == team.id, Offer.user == check_user(user)))
    _put(session, earlier or Offer(team_id=team.id), user, giver, role=role)


def offer_project(session: Session, project: Project, user: str, name: str, giver: str) -> None:
    """Offer somebody to own a project; nobody else is offered it any more.

    Args:
        name: that it is to have then.
    """
    earlier = session.scalar(select(Offer).where(Offer.project_id == project.id))
    if earlier is not None and earlier.user != user:
        session.delete(earlier)
        session.flush()
        earlier = None
    _put(session, earlier or Offer(project_id=project.id), user, giver, name=name)


def _put(session: Session, row: Offer, user: str, giver: str, role: str = "", name: str = "") -> None:
    if row.id is None:
        check_room(session, Offer, (Offer.user, user), (Offer.giver, giver), "invitations")
        row.id, row.user = new_id(), user
        session.add(row)
    row.giver, row.role, row.name = giver, role, name
    row.created, row.expires = now(), now() + timedelta(days=DAYS)
    # Whoever is not listened to is not told so.
    row.ignored = session.get(RefusedGiver, (user, giver)) is not None
    session.flush()
    if not row.ignored:
        tell(session, [user], News("offer", row.id, {}, giver=giver))


def check_room(
    session: Session,
    kind: type[Offer | ServerRequest],
    to: tuple[InstrumentedAttribute[str], str],
    of: tuple[InstrumentedAttribute[str], str],
    what: str,
) -> None:
    """Whether one more may wait for an answer of one person, of one giver for one person, and of one giver.

    Args:
        to, of: the columns of who is to answer and of who gives or asks, each with the name.
        what: these are called.

    Raises:
        OverQuota: when it may not.
    """
    is_to, is_of = to[0] == to[1], of[0] == of[1]
    for most, which in (
        (_FOR_ONE, (is_to, kind.ignored.is_(False))),
        (_OF_ONE_FOR_ONE, (is_to, is_of)),
        (_OF_ONE, (is_of,)),
    ):
        waiting = select(func.count()).select_from(kind).where(*which, kind.expires > now())
        if (session.scalar(waiting) or 0) >= most:
            raise OverQuota(f"Too many {what} wait for {to[1]}, or of yours: ask for answers to these first.")


def places_offered(session: Session, team: Team) -> list[Offer]:
    """Who has been offered a place in a team, and has not answered."""
    return list(session.scalars(select(Offer).where(Offer.team_id == team.id, _fresh()).order_by(Offer.user)))


def offered_to(session: Session, project: Project) -> Offer | None:
    """The offer of a project that has not been answered."""
    return session.scalar(select(Offer).where(Offer.project_id == project.id, _fresh()))


def offers_to(session: Session, user: str) -> list[OpenOffer]:
    """What waits for a person's yes, the oldest first."""
    rows = session.scalars(
        select(Offer).where(Offer.user == user, Offer.ignored.is_(False), _fresh()).order_by(Offer.created, Offer.id)
    )
    return [found for row in rows if (found := _open(session, row)) is not None]


def find_offer(session: Session, user: str, name: str) -> OpenOffer:
    """An offer to a person, by its id.

    Raises:
        NotFound: when there is none, or whoever made it may not make it any more.
    """
    row = session.get(Offer, name)
    found = _open(session, row) if row is not None and row.user == user and row.expires > now() else None
    if found is None:
        raise NotFound("You have no such invitation: it may be answered, taken back or too old. See `hubshare offers`.")
    return found


def _open(session: Session, row: Offer) -> OpenOffer | None:
    """An offer is worth what whoever made it may do today; who is not called so any more may do nothing."""
    if is_set_aside(row.giver):
        return None
    if row.team_id is not None:
        team = session.get(Team, row.team_id)
        return OpenOffer(row, team, None) if team_role_of(session, team, row.giver) is TeamRole.maintainer else None
    project = session.get(Project, row.project_id)
    if project is None or role_of(session, project, row.giver) is not Role.owner:
        return None
    return OpenOffer(row, None, project) if (decide(given(session, project, row.user)) or 0) >= Role.admin else None


def withdraw_place(session: Session, team: Team, user: str) -> bool:
    """Take the offer of a place in a team back; return whether there was one."""
    found = session.scalar(select(Offer).where(Offer.team_id == team.id, Offer.user == user))
    if found is not None:
        session.delete(found)
    return found is not None


def withdraw_project(session: Session, project: Project) -> None:
    """Take the offer of a project back, if there is one."""
    session.execute(delete(Offer).where(Offer.project_id == project.id))


def refuse_giver(session: Session, user: str, giver: str) -> None:
    """Have a person hear of no offer of somebody any more, those that wait included."""
    session.merge(RefusedGiver(user=user, giver=giver))
    for row in session.scalars(select(Offer).where(Offer.user == user, Offer.giver == giver)):
        row.ignored = True
    for asked in session.scalars(
        select(ServerRequest).where(ServerRequest.owner == user, ServerRequest.asker == giver)
    ):
        asked.ignored = True
    # Nor is such a person to go on in one's own server.
    session.execute(
        update(ServerShare)
        .where(ServerShare.owner == user, ServerShare.user == giver, ServerShare.ended.is_(None))
        .values(expires=now(), reason=f"{user} wants to hear nothing of {giver} any more.")
    )


def forget_offers(session: Session, before: datetime) -> None:
    """Let offers go that nobody has answered."""
    session.execute(delete(Offer).where(Offer.expires < before))


def _fresh() -> ColumnElement[bool]:
    return Offer.expires > now()
