"""Access decisions: who may do what, decided against the database at the moment of the act."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.errors import Forbidden, NotFound
from hubshare.names import shown
from hubshare.store.models import Checkout, Grant, Project


class Role(IntEnum):
    """What a grant gives; a larger one includes the smaller ones."""

    reader = 1
    writer = 2
    admin = 3


class Action(StrEnum):
    """Everything that can be done to a project."""

    READ = "read"
    CHECK_OUT = "check out"
    PUSH = "push to"
    GRANT = "change access to"


#: The one table of actions and the role that each needs. An action that is missing here is allowed to nobody.
NEEDS: dict[Action, Role] = {
    Action.READ: Role.reader,
    Action.CHECK_OUT: Role.reader,
    Action.PUSH: Role.writer,
    Action.GRANT: Role.admin,
}


def decide(owner: str, visibility: str, grant: str | None, user: str) -> Role | None:
    """The role of a user on a project, from what is known of both. Pure.

    Args:
        owner: the project's owner.
        visibility: `private`, `hub` or `public`.
        grant: the role that a grant gives to the user, or None.
        user: a signed-in user.
    """
    if user == owner:
        return Role.admin
    roles = [Role[grant]] if grant else []
    if visibility in ("hub", "public"):
        roles.append(Role.reader)
    return max(roles, default=None)


def role_of(session: Session, project: Project, user: str) -> Role | None:
    """The role of a user on a project at this moment."""
    grant = session.get(Grant, (project.id, user))
    return decide(project.owner, project.visibility, grant.role if grant else None, user)


def require(session: Session, project: Project | None, user: str, action: Action, name: str) -> Role:
    """Let an action pass, or say why not.

    Args:
        name: how the person called the project.

    Raises:
        NotFound: when there is no such project, or the user may not know of it.
        Forbidden: when the role is too small.
    """
    return allow(role_of(session, project, user) if project else None, action, name)


def allow(role: Role | None, action: Action, name: str) -> Role:
    """Let an action pass for a role that was just looked up, or say why not; see `require`."""
    if role is None:
        raise NotFound(
            f"There is no project {shown(name)} that you can see: check the name, or ask its owner for access."
        )
    need = NEEDS[action]
    if role < need:
        raise Forbidden(f"You are {role.name} of {name} and cannot {action} it: ask its owner to make you {need.name}.")
    return role


def subscribers(session: Session, project: Project) -> dict[str, Role]:
    """The users who have a checkout of a project and may read it at this moment, with their roles."""
    rows = session.execute(
        select(Checkout.user, Grant.role)
        .outerjoin(Grant, (Grant.project_id == Checkout.project_id) & (Grant.user == Checkout.user))
        .where(Checkout.project_id == project.id)
        .distinct()
    )
    found = {user: decide(project.owner, project.visibility, grant, user) for user, grant in rows}
    return {user: role for user, role in found.items() if role is not None}
