"""The lane of a mirror: whether there is something that it is to be given, one push at a time, and what came of it.

Each function works in a transaction of its caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from hubshare.features.mirrors.refs import tags_of
from hubshare.features.mirrors.schedule import GIVEN_UP_AFTER, given_up, wait
from hubshare.store.access.decisions import admins_of, role_of
from hubshare.store.mirror_tables import Mirror
from hubshare.store.models import Project, Release, Version
from hubshare.store.notifications import News, settle, tell
from hubshare.vocabulary import Role
from hubshare.wire.agent import new_id

#: A push that has given no sign of life for so long is begun anew.
BEGUN = timedelta(seconds=60)
_LOG = 50
#: As much is told of why somebody has to look.
_REASON = 300

_RELEASES = select(func.count(Release.name)).where(Release.project_id == Mirror.project_id).scalar_subquery()
_RELEASED = select(func.max(Release.created)).where(Release.project_id == Mirror.project_id).scalar_subquery()
_NEW_RELEASES = or_(Mirror.releases != _RELEASES, and_(_RELEASES > 0, Mirror.released != _RELEASED))
#: Whether there is something that a mirror is to be given.
_BEHIND = or_(
    Mirror.asked,
    and_(Mirror.push_on == "version", Project.head != "", Project.version > Mirror.version),
    and_(Mirror.push_on != "manual", _NEW_RELEASES),
)
_WORKS = and_(Mirror.paused.is_(False), Mirror.disabled.is_(None), Project.deleted.is_(None))


#: Any of the mirrors of the same person.
_OTHER = aliased(Mirror)


@dataclass(frozen=True)
class Begun:
    """A push that was begun.

    Attributes:
        mirror: as it was then.
        project: that it is of.
        version, commit: that the branch is to lead to; -1 and "" where there is no release yet.
        tags: of its releases, name to commit.
        releases, released: how many there are, and when the newest was made.
    """

    mirror: Mirror
    project: Project
    version: int
    commit: str
    tags: dict[str, str]
    releases: int
    released: datetime | None


def mirrors_of(session: Session, project: Project) -> list[Mirror]:
    """The mirrors of a project, the earliest first."""
    query = select(Mirror).where(Mirror.project_id == project.id)
    return list(session.scalars(query.order_by(Mirror.created, Mirror.id)))


def count_of(session: Session, user: str) -> int:
    """How many mirrors a user has set up or changed last."""
    return session.scalar(select(func.count()).where(Mirror.owner == user)) or 0


def due(session: Session, at: datetime, most: int) -> list[tuple[str, str]]:
    """(id, owner) of mirrors for which there is something to do now, those that wait for longest first."""
    query = select(Mirror.id, Mirror.owner).join(Project).where(_WORKS, _BEHIND, _free(at), ~_busy(at))
    found = session.execute(query.order_by(Mirror.due.is_not(None), Mirror.due, Mirror.created).limit(most))
    return [(mirror, owner) for mirror, owner in found]


def is_behind(session: Session, mirror: str) -> bool:
    """Return whether there is something that a mirror is to be given."""
    return session.scalar(select(Mirror.id).join(Project).where(Mirror.id == mirror, _BEHIND)) is not None


def _free(at: datetime) -> ColumnElement[bool]:
    """The condition that a mirror is not left alone, and is not being pushed to."""
    return and_(
        or_(Mirror.due.is_(None), Mirror.due <= at), or_(Mirror.begun_until.is_(None), Mirror.begun_until <= at)
    )


def _busy(at: datetime) -> ColumnElement[bool]:
    """The condition that another mirror of the same person is being pushed to.

    One goes at a time of each person: slow hosts of one take no more than one of the threads, and no place among what is due.
    """
    return exists().where(_OTHER.owner == Mirror.owner, _OTHER.id != Mirror.id, _OTHER.begun_until > at)


def begin(session: Session, mirror: str, at: datetime) -> Begun | None:
    """Begin a push, unless there is nothing to do now."""
    query = select(Mirror).join(Project).where(Mirror.id == mirror, _WORKS, _BEHIND, _free(at))
    row = session.scalar(query.with_for_update(of=Mirror))
    if row is None:
        return None
    if session.scalar(select(Mirror.id).where(Mirror.id == row.id, _busy(at))) is not None:
        return None
    project = session.get_one(Project, row.project_id)
    if not _may(session, project, row.owner):
        reason = f"{row.owner} may not have it any more: whoever may can change it, and so take it over."
        disable(session, row, at, reason, *admins_of(session, project))
        return None
    made = session.execute(
        select(Release.name, Version.commit, Version.number, Release.created)
        .join(Version, and_(Version.project_id == Release.project_id, Version.number == Release.version))
        .where(Release.project_id == project.id)
        .order_by(Release.created, Release.name)
    ).all()
    number = project.version if row.push_on != "release" else max((one.number for one in made), default=-1)
    version = session.get(Version, (project.id, number))
    row.run, row.begun_until, row.state = new_id(), at + BEGUN, "running"
    session.flush()
    return Begun(
        row,
        project,
        number if version else -1,
        version.commit if version else "",
        tags_of((name, commit) for name, commit, _, _ in made),
        len(made),
        max((one.created for one in made), default=None),
    )


def still_wanted(session: Session, begun: Begun) -> bool:
    """Return whether a push that is under way is to go on."""
    row = session.get(Mirror, begun.mirror.id)
    if row is None or row.run != begun.mirror.run or row.paused:
        return False
    project = session.get_one(Project, row.project_id)
    return project.deleted is None and _may(session, project, row.owner)


def keep(session: Session, begun: Begun, at: datetime) -> None:
    """Give a sign of life for a push that is under way."""
    if (row := mine(session, begun)) is not None:
        row.begun_until = at + BEGUN


def mine(session: Session, begun: Begun) -> Mirror | None:
    """The mirror, unless another push has taken the place of this one."""
    row = session.get(Mirror, begun.mirror.id, with_for_update=True)
    return row if row is not None and row.run == begun.mirror.run else None


def succeed(session: Session, row: Mirror, begun: Begun, at: datetime, *, sent: bool) -> None:
    """Write down that a mirror has what it is to have.

    Args:
        sent: whether it was given anything.
    """
    _end(row, "done")
    if begun.commit:
        row.version, row.commit = begun.version, begun.commit
    if sent:
        row.pushed = at
    row.releases, row.released, row.asked = begun.releases, begun.released, False
    forget_failures(session, row)


def forget_failures(session: Session, row: Mirror) -> None:
    """Have a mirror be tried at once, as one that never failed."""
    settle(session, "mirror", [row.id])
    row.message, row.said, row.in_the_way, row.overwrites = "", "", "", ""
    row.failures, row.failing_since, row.due = 0, None, None


def fail(session: Session, row: Mirror, at: datetime, message: str, *, refused: bool, in_the_way: str = "") -> None:
    """Write down that a mirror took nothing, and when it is tried again.

    Args:
        refused: whether the other host said no; else it was not to be had.
        in_the_way: the commit there that is not of the project's history.
    """
    _end(row, "refused" if refused else "unreachable")
    if refused and message != row.message:
        _tell(session, row, message)
    row.message, row.in_the_way, row.overwrites = message, in_the_way, ""
    row.failures, row.failing_since = row.failures + 1, row.failing_since or at
    row.due = at + wait(refused, row.failures)
    if refused:
        # Who asked sees it. What is new is tried again by itself.
        row.asked = False
    if given_up(at - row.failing_since, row.failures):
        disable(session, row, at, f"Nothing was taken for {GIVEN_UP_AFTER.days} days. The last time: {message}")


def stop(row: Mirror) -> None:
    """Write down that a push was not wanted any more."""
    _end(row, "waiting")


def abandon(row: Mirror) -> None:
    """Have a push that is under way count for nothing: what it was to do is not what is wanted now."""
    row.run, row.begun_until = "", None
    row.state = "done" if row.state == "done" else "waiting"


def disable(session: Session, row: Mirror, at: datetime, reason: str, *others: str) -> None:
    """Give a mirror up until somebody has it go on; whose it is is told so, and others."""
    row.disabled, row.reason = at, reason
    note(row, reason, at)
    _tell(session, row, reason, *others)


def _tell(session: Session, row: Mirror, reason: str, *others: str) -> None:
    """Tell whose mirror it is, and others, what has to be looked at; not more often than there is another reason."""
    details = {
        "host": urlsplit(row.url).hostname or "",
        "reason": reason[:_REASON],
        "disabled": row.disabled is not None,
        "condition": "disabled" if row.disabled is not None else "refused",
    }
    tell(session, [row.owner, *others], News("mirror", row.id, details, row.project_id))


def note(row: Mirror, text: str, at: datetime) -> None:
    """Write a line of what was done; the last ones are kept."""
    row.log = [*row.log, [at.isoformat(timespec="seconds"), text]][-_LOG:]


def _end(row: Mirror, state: str) -> None:
    row.state, row.begun_until = state, None


def _may(session: Session, project: Project, user: str) -> bool:
    role = role_of(session, project, user)
    return role is not None and role >= Role.admin
