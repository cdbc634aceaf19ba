"""Who may do what with a project: roles that are given and taken away, and the reasons for every access."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.operations.caller import Caller
from hubshare.operations.directory import Directory
from hubshare.store import grants
from hubshare.store.access.actions import decide
from hubshare.store.access.decisions import everybody, roles_of
from hubshare.store.database import Session
from hubshare.store.models import Grant as Row
from hubshare.store.models import Project
from hubshare.store.revocation import everyone_behind, report_revocation
from hubshare.vocabulary import GrantedRole, Role
from hubshare.wire.api.access import Accessor, Grant, RevocationReport, Through, Who


def list_people(caller: Caller, centre: Centre, *, owner: str, name: str) -> Who:
    """Everybody who has a role of their own on a project, and what gives it."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        return Who(project=project.full_name, visibility=project.visibility, people=people_of(session, project))


def people_of(session: Session, project: Project) -> list[Accessor]:
    """The same of a project that the caller may see all access of: those with the largest role first."""
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


def list_grants(caller: Caller, centre: Centre, *, owner: str, name: str) -> list[Grant]:
    """Who has been given a role on a project: users, then teams, then groups of the Hub."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        rows = grants.grants(session, project)
    return [Grant(subject=str(whom), role=row.role, created=row.created) for whom, row in rows]


def put_grant(
    caller: Caller,
    centre: Centre,
    directory: Directory,
    *,
    owner: str,
    name: str,
    subject: str,
    role: GrantedRole,
    check: bool = False,
) -> None:
    """Give a role, or change it.

    Args:
        subject: see `hubshare.store.grants.subject`.
        check: whether to refuse a user whom neither the project nor the Hub knows.
    """
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        whom = grants.subject(session, subject)
        news = session.get(Row, (project.id, whom.kind, whom.key)) is None
    directory.check_groups([str(whom)])
    if check and news and whom.kind == "user":
        directory.check_users([whom.name])
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        whom = grants.grant(session, project, subject, role)
        caller.note(session, project, to=str(whom), role=role)
        session.flush()
        users = everyone_behind(session, whom)
    centre.access_changed([project.id], users)


def delete_grant(caller: Caller, centre: Centre, *, owner: str, name: str, subject: str) -> list[RevocationReport]:
    """Take a role away; takes effect at once.

    Returns:
        A report for every user who lost something.
    """
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        before = {user: decide(reasons) for user, reasons in everybody(session, project).items()}
        whom = grants.revoke(session, project, subject)
        caller.note(session, project, of=str(whom))
        session.flush()
        after = everybody(session, project)
        users = [user for user in everyone_behind(session, whom) if before.get(user) != decide(after.get(user, ()))]
        reports = [
            report_revocation(session, user, {project.id: role}, roles_of(session, user))
            for user in users
            if (role := before.get(user)) is not None
        ]
    centre.access_changed([project.id], users)
    return reports
