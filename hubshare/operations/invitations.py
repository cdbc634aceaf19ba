"""Invitations to a project: links that give whoever follows them a role."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.errors import NotFound
from hubshare.operations.caller import Caller
from hubshare.operations.directory import Directory
from hubshare.store import invitations
from hubshare.store.models import Invitation as Row
from hubshare.store.models import Project
from hubshare.store.namesakes import another_since
from hubshare.wire.api.access import Accepted, Invitation, NewInvitation


def create_invitation(caller: Caller, centre: Centre, *, owner: str, name: str, wanted: NewInvitation) -> Invitation:
    """Make an invitation. Its secret is in this answer only."""
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        row, secret = invitations.invite(session, project, caller.user, wanted.role, wanted.days, wanted.uses)
        caller.note(session, project, invitation=row.id, role=row.role, uses=row.uses, days=wanted.days)
        return to_resource(row, project, secret)


def list_invitations(caller: Caller, centre: Centre, *, owner: str, name: str) -> list[Invitation]:
    """The invitations to a project that can still be followed."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        return [to_resource(row, project) for row in invitations.invitations(session, project)]


def delete_invitation(caller: Caller, centre: Centre, *, owner: str, name: str, invitation: str) -> None:
    """Take an invitation back; who has followed it keeps the role.

    Args:
        invitation: its id.
    """
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        invitations.withdraw(session, project, invitation)
        caller.note(session, project, withdrawn=invitation)


def check_giver(caller: Caller, centre: Centre, directory: Directory, *, secret: str) -> None:
    """Refuse an invitation whose maker has left the Hub since, also where another one is called so now.

    Raises:
        NotFound: in the words for every invitation that is not valid.
    """
    with centre.database.read() as session:
        if invitations.followed(session, secret, caller.user) is not None:
            return
        row, _ = invitations.look_up(session, secret)
        since = another_since(session, row.creator, row.created)
    if row.creator != caller.user and directory.is_gone(row.creator, since):
        raise NotFound(invitations.NOT_VALID)


def accept_invitation(caller: Caller, centre: Centre, directory: Directory, *, secret: str) -> Accepted:
    """Follow an invitation: the caller gets its role on its project."""
    check_giver(caller, centre, directory, secret=secret)
    with centre.database.begin() as session:
        project, role = invitations.accept(session, secret, caller.user)
        caller.note(session, project, role=role.name)
        made = Accepted(project=project.full_name, role=role.name)
    centre.access_changed([project.id], [caller.user])
    return made


def to_resource(row: Row, project: Project, secret: str | None = None) -> Invitation:
    """An invitation as the API shows it."""
    return Invitation(
        id=row.id,
        project=project.full_name,
        role=row.role,
        creator=row.creator,
        expires=row.expires,
        uses=row.uses,
        secret=secret,
    )
