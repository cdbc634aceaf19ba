"""Invitation links: whoever follows one gets a role on a project."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hubshare.errors import Invalid, NotFound
from hubshare.names import is_set_aside
from hubshare.store.access.actions import decide
from hubshare.store.access.decisions import given
from hubshare.store.grants import Subject, check_role, grant
from hubshare.store.models import Grant, Invitation, Project, now
from hubshare.vocabulary import Role
from hubshare.wire.agent import new_id

_MOST_DAYS, _MOST_USES = 366, 100_000
#: What everybody is told of a link that cannot be followed, whatever the reason.
NOT_VALID = "This invitation is not valid any more: ask whoever sent it for a new one."


def invite(
    session: Session, project: Project, creator: str, role: str, days: float, uses: int
) -> tuple[Invitation, str]:
    """Make an invitation; return it and the secret of its link, which nobody can find out afterwards."""
    if not 0 < days <= _MOST_DAYS or not 1 <= uses <= _MOST_USES:
        raise Invalid(f"An invitation lasts up to {_MOST_DAYS} days and for 1 to {_MOST_USES:,} people.")
    secret = secrets.token_urlsafe(24)
    row = Invitation(
        id=new_id(),
        project_id=project.id,
        digest=_digest(secret),
        role=check_role(role),
        creator=creator,
        expires=now() + timedelta(days=days),
        uses=uses,
    )
    session.add(row)
    session.flush()
    return row, secret


def invitations(session: Session, project: Project) -> list[Invitation]:
    """The invitations to a project that can still be followed."""
    query = select(Invitation).where(
        Invitation.project_id == project.id, Invitation.expires > now(), Invitation.uses > 0
    )
    return [row for row in session.scalars(query.order_by(Invitation.created)) if not is_set_aside(row.creator)]


def withdraw(session: Session, project: Project, name: str) -> None:
    """Take an invitation back.

    Raises:
        NotFound: when the project has no such invitation.
    """
    row = session.get(Invitation, name)
    if row is None or row.project_id != project.id:
        raise NotFound(f"{project.full_name} has no such invitation: see `hubshare invite {project.full_name} --list`.")
    session.delete(row)


def look_up(session: Session, secret: str) -> tuple[Invitation, Project]:
    """The invitation of a link, and its project.

    Raises:
        NotFound: when it never was, has expired, was used up or taken back.
    """
    row = session.scalar(select(Invitation).where(Invitation.digest == _digest(secret)))
    project = session.get(Project, row.project_id) if row else None
    creator_role = decide(given(session, project, row.creator)) if row and project else None
    fresh = row is not None and row.expires > now() and row.uses > 0
    # An invitation is worth what whoever made it may do today; who is not called so any more may do nothing.
    good = fresh and (creator_role or 0) >= Role.admin and not is_set_aside(row.creator if row else "")
    if row is None or project is None or project.deleted or not good:
        raise NotFound(NOT_VALID)
    return row, project


def followed(session: Session, secret: str, user: str) -> tuple[Project, Role] | None:
    """The project of a link to which a user has its role or a larger one already, and that role; else None."""
    known = session.scalar(select(Invitation).where(Invitation.digest == _digest(secret)))
    project = session.get(Project, known.project_id) if known else None
    if known is None or project is None or project.deleted is not None:
        return None
    role = decide(given(session, project, user))
    return (project, role) if role is not None and role >= Role[known.role] else None


def accept(session: Session, secret: str, user: str) -> tuple[Project, Role]:
    """Follow a link: the user has its role, or keeps a larger one. Following it again uses nothing up.

    Raises:
        NotFound: see `look_up`.
    """
    had = followed(session, secret, user)
    if had is not None:
        return had
    row, project = look_up(session, secret)
    used = session.execute(
        update(Invitation).where(Invitation.id == row.id, Invitation.uses > 0).values(uses=Invitation.uses - 1)
    )
    if not used.rowcount:  # type: ignore[attr-defined]
        raise NotFound(NOT_VALID)
    earlier = session.get(Grant, (project.id, "user", user))
    if earlier is None or Role[earlier.role] < Role[row.role]:
        grant(session, project, Subject.of_user(user), row.role)
    return project, Role[row.role]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
