"""Checkouts and how fresh they are: which version each holds, and how many have been published since."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, select, update
from sqlalchemy.orm import Session

from hubshare.store.models import Checkout, Project, Version

_HOLDS = update(Checkout).where(Checkout.id == bindparam("checkout")).values(commit=bindparam("held"))


class CheckoutFreshness(NamedTuple):
    """A checkout and how fresh it is.

    Attributes:
        version: number of the version that it holds; None when it has not said so yet.
        behind: how many versions have been published since; None when that is not known.
    """

    checkout: Checkout
    project: Project
    version: int | None
    behind: int | None


def checkouts_of_user(session: Session, user: str, after: str | None, most: int) -> list[CheckoutFreshness]:
    """A user's checkouts of projects that are not deleted, by id.

    Args:
        after: only those with a larger id.
        most: how many at most.
    """
    wanted = Checkout.user == user, Project.deleted.is_(None), Checkout.id > (after or "")
    return _found(session, _states(*wanted).order_by(Checkout.id).limit(most))


def checkouts_of_project(session: Session, project: str, after: str | None, most: int) -> list[CheckoutFreshness]:
    """All checkouts of a project, by id; see `checkouts_of_user`."""
    wanted = Checkout.project_id == project, Checkout.id > (after or "")
    return _found(session, _states(*wanted).order_by(Checkout.id).limit(most))


def last_seen(session: Session, project: str, most: int) -> list[CheckoutFreshness]:
    """The checkouts of a project, those seen last first."""
    return _found(session, _LAST_SEEN, project=project, most=most)


def outdated(session: Session, user: str, most: int) -> list[CheckoutFreshness]:
    """A user's checkouts that lack published versions, by project."""
    wanted = Checkout.user == user, Project.deleted.is_(None), Version.number < Project.version
    return _found(session, _states(*wanted).order_by(Project.owner, Project.name).limit(most))


def users_with(session: Session, project: str) -> list[str]:
    """Those who have a checkout of a project, by name."""
    return list(
        session.scalars(select(Checkout.user).where(Checkout.project_id == project).distinct().order_by(Checkout.user))
    )


def checkouts_in(session: Session, user: str, projects: Collection[str]) -> list[CheckoutFreshness]:
    """A user's checkouts of some projects, by id, deleted ones too; the oldest first."""
    return _found(session, _OF_USER_IN, user=user, projects=list(projects))


def _states(*wanted: ColumnElement[bool]) -> Select[Checkout, Project, int | None, int | None]:
    return (
        select(Checkout, Project, Version.number, Project.version - Version.number)
        .join(Project, Project.id == Checkout.project_id)
        .outerjoin(Version, (Version.project_id == Checkout.project_id) & (Version.commit == Checkout.commit))
        .where(*wanted)
    )


# Built once: building a statement takes longer than running it.
_LAST_SEEN = (
    _states(Checkout.project_id == bindparam("project")).order_by(Checkout.seen.desc()).limit(bindparam("most"))
)
_OF_USER_IN = _states(
    Checkout.user == bindparam("user"), Checkout.project_id.in_(bindparam("projects", expanding=True))
).order_by(Checkout.created)


def _found(
    session: Session, query: Select[Checkout, Project, int | None, int | None], **values: object
) -> list[CheckoutFreshness]:
    return [CheckoutFreshness(*row) for row in session.execute(query, values)]


def note_held(session: Session, held: Iterable[tuple[str, str]]) -> None:
    """Note which published commit each of some checkouts holds, by its id."""
    if rows := [{"checkout": name, "held": commit} for name, commit in held]:
        session.connection().execute(_HOLDS, rows)
