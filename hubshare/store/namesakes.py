"""Which of the people who had a name at the Hub one after the other is meant: whose it was, is put aside for them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from hubshare.names import is_set_aside
from hubshare.store.models import AuditEntry, Base, BrowserSession, Checkout, Grant, Member, Offer, Project, Team
from hubshare.store.projects import changed
from hubshare.store.users import Belongings, rename_user

#: What the audit log calls it when a new user is told from a former one.
PARTED = "hub.part-users"
#: Whoever the Hub has under a name next is the one whom it had before.
_THE_SAME = datetime(1970, 1, 1)


class HubUser(Base):
    """A user as the Hub knows them.

    Attributes:
        born: since when the Hub has this user (UTC); another time is another person.
    """

    __tablename__ = "hub_users"

    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    born: Mapped[datetime] = mapped_column()


def is_known(session: Session, user: str, born: datetime) -> bool:
    """Return whether a user is the one who was seen last under the name."""
    return session.scalar(select(HubUser.born).where(HubUser.name == user)) == born


def another_since(session: Session, user: str, at: datetime) -> datetime:
    """After when somebody has to be new at the Hub to be another person than who had a name at some moment.

    Args:
        at: that moment, at which whoever is known under the name had it.
    """
    known = session.scalar(select(HubUser.born).where(HubUser.name == user)) or at
    return datetime.max if known == _THE_SAME else max(known, at)


def note_user(session: Session, user: str, born: datetime) -> bool:
    """Write down who has a name.

    Returns:
        Whether what is there under the name is another person's.
    """
    known = session.get(HubUser, user)
    if known is None:
        session.add(HubUser(name=user, born=born))
        last = _last_trace(session, user)
        return last is not None and last < born
    before, known.born = known.born, born
    return before not in (born, _THE_SAME)


def parted(session: Session) -> dict[str, str]:
    """The users from whom a former one was told, with the name that this one has since; of several, the last one."""
    found = select(AuditEntry.details).where(AuditEntry.action == PARTED).order_by(AuditEntry.id)
    return {details["user"]: details["aside"] for details in session.scalars(found)}


def keep_all(session: Session) -> int:
    """Have whoever comes next under each name that has something be the one who had it; return how many names these are."""
    owners = (
        select(Project.owner).where(Project.team_id.is_(None)),
        select(Member.user),
        select(Checkout.user),
        select(Team.creator),
        select(HubUser.name),
    )
    names = {name for found in owners for name in session.scalars(found) if not is_set_aside(name)}
    session.execute(delete(HubUser))
    session.add_all(HubUser(name=name, born=_THE_SAME) for name in names)
    return len(names)


def put_aside(session: Session, user: str, aside: str, born: datetime) -> Belongings:
    """Give all that a former user has to a name that nobody can have; what was given to the new one stays.

    Nothing is lost by it: should it be the same person after all, what is aside can be given back as it was.

    Args:
        aside: that name.
        born: since when there is the new user.

    Returns:
        What the former user had.
    """
    session.execute(delete(BrowserSession).where(BrowserSession.user == user, BrowserSession.created < born))
    had = rename_user(session, user, aside)
    session.flush()
    to_aside = (Grant.kind == "user") & (Grant.subject == aside) & (Grant.created >= born)
    for project in session.scalars(select(Grant.project_id).where(to_aside)):
        changed(session.get_one(Project, project))
    session.execute(update(Grant).where(to_aside).values(subject=user))
    session.execute(update(Member).where(Member.user == aside, Member.created >= born).values(user=user))
    session.execute(update(Offer).where(Offer.user == aside, Offer.created >= born).values(user=user))
    return had


def move_name(session: Session, old: str, new: str) -> None:
    """Have a user be known by another name, whoever had that before."""
    session.execute(delete(HubUser).where(HubUser.name == new))
    session.execute(update(HubUser).where(HubUser.name == old).values(name=new))


def _last_trace(session: Session, user: str) -> datetime | None:
    """When somebody last did something under a name that left a trace; a role may be given to who has yet to come."""
    found = [
        session.scalar(select(func.max(Checkout.seen)).where(Checkout.user == user)),
        session.scalar(select(func.max(Project.created)).where(Project.owner == user, Project.team_id.is_(None))),
        session.scalar(select(func.max(Member.created)).where(Member.user == user)),
        session.scalar(select(func.max(Team.created)).where(Team.creator == user)),
    ]
    return max((time for time in found if time is not None), default=None)
