"""Queries and changes of projects, grants, checkouts and versions."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from hubshare.errors import Clash, Invalid, NotFound
from hubshare.events import new_id
from hubshare.names import check_project_name, check_user, shown, split_project
from hubshare.store.access import Role
from hubshare.store.models import Checkout, Grant, Project, Version

VISIBILITIES = ("private", "hub", "public")


def find(session: Session, full: str) -> Project | None:
    """The project named `owner/name`, or None."""
    owner, name = split_project(full)
    return session.scalar(select(Project).where(Project.owner == owner, Project.name == name))


def create(session: Session, owner: str, name: str, visibility: str) -> Project:
    """Add a project.

    Raises:
        Clash: when the owner has one of that name.
    """
    if visibility not in VISIBILITIES:
        raise Invalid(f"{shown(visibility)} is no visibility: use one of {', '.join(VISIBILITIES)}.")
    project = Project(id=new_id(), owner=check_user(owner), name=check_project_name(name), visibility=visibility)
    session.add(project)
    try:
        session.flush()
    except IntegrityError:
        raise Clash(f"{owner}/{name} exists already: choose another name with --as {owner}/OTHER.") from None
    return project


def visible(session: Session, user: str) -> list[Project]:
    """The projects that a user may read, by name."""
    granted = select(Grant.project_id).where(Grant.user == user)
    query = select(Project).where(
        (Project.owner == user) | Project.visibility.in_(("hub", "public")) | Project.id.in_(granted)
    )
    return list(session.scalars(query.order_by(Project.owner, Project.name)))


def grants(session: Session, project: Project) -> list[Grant]:
    """The grants on a project."""
    return list(session.scalars(select(Grant).where(Grant.project_id == project.id).order_by(Grant.user)))


def grant(session: Session, project: Project, user: str, role: str) -> None:
    """Give a user a role; a grant that exists is changed."""
    if role not in Role.__members__:
        raise Invalid(f"{shown(role)} is no role: use one of {', '.join(Role.__members__)}.")
    if user == project.owner:
        raise Invalid(f"{user} owns {project.full_name} and needs no grant.")
    session.merge(Grant(project_id=project.id, user=check_user(user), role=role))


def revoke(session: Session, project: Project, user: str) -> None:
    """Take a user's grant away.

    Raises:
        NotFound: when there is none.
    """
    found = session.get(Grant, (project.id, user))
    if found is None:
        raise NotFound(f"{shown(user)} has no grant on {project.full_name}: see `hubshare list`.")
    session.delete(found)


def checkouts_of(session: Session, user: str) -> list[tuple[Checkout, Project]]:
    """A user's checkouts with their projects."""
    query = select(Checkout, Project).join(Project, Project.id == Checkout.project_id).where(Checkout.user == user)
    return [(checkout, project) for checkout, project in session.execute(query)]


def latest(session: Session, project_id: str) -> Version | None:
    """The newest recorded version of a project."""
    query = select(Version).where(Version.project_id == project_id).order_by(Version.number.desc()).limit(1)
    return session.scalar(query)


def version(session: Session, project_id: str, text: str) -> Version:
    """The version that a person names: a number, `v` and a number, or at least 7 digits of a commit.

    Raises:
        NotFound: when the project has no such version.
    """
    query = select(Version).where(Version.project_id == project_id)
    digits = text.removeprefix("v")
    if digits.isdecimal() and len(digits) < 10:
        query = query.where(Version.number == int(digits))
    elif 7 <= len(text) <= 40 and all(ch in "0123456789abcdef" for ch in text):
        query = query.where(Version.commit.startswith(text))
    else:
        raise NotFound(f"{shown(text)} is no version: use a number from `hubshare log`, for example v3.")
    found = session.scalars(query.limit(2)).all()
    if len(found) != 1:
        raise NotFound(f"There is no version {shown(text)}: see `hubshare log`.")
    return found[0]


def is_published(session: Session, project_id: str, commit: str) -> bool:
    """Whether a commit is a published version of a project."""
    query = select(Version.number).where(Version.project_id == project_id, Version.commit == commit)
    return session.scalar(query.limit(1)) is not None


def history(session: Session, project_id: str, before: int | None, most: int) -> list[Version]:
    """Published versions, the newest first.

    Args:
        before: only versions with a smaller number.
        most: how many at most.
    """
    query = select(Version).where(Version.project_id == project_id)
    if before is not None:
        query = query.where(Version.number < before)
    return list(session.scalars(query.order_by(Version.number.desc()).limit(most)))
