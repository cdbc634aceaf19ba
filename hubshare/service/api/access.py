"""Who may do what with a project: grants, the reasons for every access, invitations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from sqlalchemy.orm import Session

from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheDirectory
from hubshare.store import grants, invitations
from hubshare.store.access.actions import Action, decide
from hubshare.store.access.decisions import everybody, roles_of
from hubshare.store.models import Invitation as InvitationRow
from hubshare.store.models import Project
from hubshare.store.revocation import everyone_behind, receipt
from hubshare.vocabulary import Role
from hubshare.wire.api.access import (
    Accepted,
    Accessor,
    Invitation,
    NewGrant,
    NewInvitation,
    RevocationReport,
    Through,
    Who,
)
from hubshare.wire.api.access import Grant as GrantOut
from hubshare.wire.api.base import Page

router = APIRouter(tags=["access"])

SubjectPath = Annotated[
    str, Path(max_length=300, description="`NAME` a user, `team:NAME` a team, `group:NAME` a group.")
]


@router.get("/projects/{owner}/{name}/access")
def who(
    caller: Annotated[Caller, Depends(requires(Action.SEE_ACCESS))], centre: TheCentre, owner: str, name: str
) -> Who:
    """Everybody who has a role of their own on a project, and what gives it."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        return Who(project=project.full_name, visibility=project.visibility, people=accessors(session, project))


def accessors(session: Session, project: Project) -> list[Accessor]:
    """The same without asking: those with the largest role first."""
    people = [
        Accessor(
            user=user,
            role=max(reason.role for reason in reasons).name,
            through=[
                Through(role=reason.role.name, through=reason.through) for reason in sorted(reasons, reverse=True)
            ],
        )
        for user, reasons in everybody(session, project).items()
    ]
    return sorted(people, key=lambda person: (-Role[person.role], person.user))


@router.get("/projects/{owner}/{name}/grants")
def list_grants(
    caller: Annotated[Caller, Depends(requires(Action.SEE_ACCESS))], centre: TheCentre, owner: str, name: str
) -> Page[GrantOut]:
    """Who has been given a role on a project: users, then teams, then groups of the Hub."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        rows = grants.grants(session, project)
    return Page(items=[GrantOut(subject=str(whom), role=row.role, created=row.created) for whom, row in rows])


@router.put("/projects/{owner}/{name}/grants/{subject}", status_code=204)
def put_grant(
    caller: Annotated[Caller, Depends(requires(Action.GRANT))],
    centre: TheCentre,
    directory: TheDirectory,
    owner: str,
    name: str,
    subject: SubjectPath,
    wanted: NewGrant,
) -> None:
    """Give a role, or change it."""
    with centre.database.read() as session:
        caller.project(session, owner, name)
        whom = grants.subject(session, subject)
    directory.check_groups([str(whom)])
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        whom = grants.grant(session, project, subject, wanted.role)
        caller.note(session, project, to=str(whom), role=wanted.role)
        session.flush()
        users = everyone_behind(session, whom)
    centre.access_changed([project.id], users)


@router.delete("/projects/{owner}/{name}/grants/{subject}")
def delete_grant(
    caller: Annotated[Caller, Depends(requires(Action.GRANT))],
    centre: TheCentre,
    owner: str,
    name: str,
    subject: SubjectPath,
) -> Page[RevocationReport]:
    """Take a role away; takes effect at once. Answers with a receipt for every user who lost something."""
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        before = {user: decide(reasons) for user, reasons in everybody(session, project).items()}
        whom = grants.revoke(session, project, subject)
        caller.note(session, project, of=str(whom))
        session.flush()
        after = everybody(session, project)
        users = [user for user in everyone_behind(session, whom) if before.get(user) != decide(after.get(user, ()))]
        receipts = [
            receipt(session, user, {project.id: before[user]}, roles_of(session, user))  # type: ignore[dict-item]
            for user in users
            if before.get(user)
        ]
    centre.access_changed([project.id], users)
    return Page(items=receipts)


def _shape(row: InvitationRow, project: Project, secret: str | None = None) -> Invitation:
    return Invitation(
        id=row.id,
        project=project.full_name,
        role=row.role,
        creator=row.creator,
        expires=row.expires,
        uses=row.uses,
        secret=secret,
    )


@router.post("/projects/{owner}/{name}/invitations", status_code=201)
def create_invitation(
    caller: Annotated[Caller, Depends(requires(Action.GRANT))],
    centre: TheCentre,
    owner: str,
    name: str,
    wanted: NewInvitation,
) -> Invitation:
    """Make a link that gives whoever follows it a role. Its secret is shown in this answer only."""
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        row, secret = invitations.invite(session, project, caller.user, wanted.role, wanted.days, wanted.uses)
        caller.note(session, project, invitation=row.id, role=row.role, uses=row.uses, days=wanted.days)
        return _shape(row, project, secret)


@router.get("/projects/{owner}/{name}/invitations")
def list_invitations(
    caller: Annotated[Caller, Depends(requires(Action.GRANT))], centre: TheCentre, owner: str, name: str
) -> Page[Invitation]:
    """The invitations that can still be followed."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        return Page(items=[_shape(row, project) for row in invitations.invitations(session, project)])


@router.delete("/projects/{owner}/{name}/invitations/{invitation}", status_code=204)
def delete_invitation(
    caller: Annotated[Caller, Depends(requires(Action.GRANT))],
    centre: TheCentre,
    owner: str,
    name: str,
    invitation: str,
) -> None:
    """Take an invitation back; who has followed it keeps the role."""
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        invitations.withdraw(session, project, invitation)
        caller.note(session, project, withdrawn=invitation)


@router.post("/invitations/{secret}/accept")
def accept_invitation(
    caller: Annotated[Caller, Depends(requires(Action.ACCEPT))], centre: TheCentre, secret: str
) -> Accepted:
    """Follow an invitation: you get its role on its project."""
    with centre.database.begin() as session:
        project, role = invitations.accept(session, secret, caller.user)
        caller.note(session, project, role=role.name)
        answer = Accepted(project=project.full_name, role=role.name)
    centre.access_changed([project.id], [caller.user])
    return answer
