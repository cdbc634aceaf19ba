"""Who may do what with a project: roles that are given and taken away, and the reasons for every access."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.operations.caller import Caller
from hubshare.operations.directory import Directory
from hubshare.store import grants
from hubshare.store.access.actions import decide
from hubshare.store.access.decisions import everybody, roles_among, roles_of, seen_by
from hubshare.store.database import Session
from hubshare.store.models import Grant as Row
from hubshare.store.models import Project
from hubshare.store.notifications import tell_of_roles
from hubshare.store.revocation import everyone_behind, report_revocation
from hubshare.vocabulary import GrantedRole, Role
from hubshare.wire.api.access import Accessor, Grant, RevocationReport, Through, Who


def list_people(caller: Caller, centre: Centre, *, owner: str, name: str) -> Who:
    """Everybody who has a role of their own on a project, and what gives it; members of a team are for members to see."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        return people_of(session, caller, project)


def people_of(session: Session, caller: Caller, project: Project) -> Who:
    """The same of a project of which the caller may see the access: those with the largest role first."""
    found, unseen = seen_by(session, project, caller.user, caller.hub_admin)
    people = [
        Accessor(
            user=user,
            role=max(reason.role for reason in reasons).name,
            through=[
                Through(role=reason.role.name, through=reason.through) for reason in sorted(reasons, reverse=True)
            ],
        )
        for user, reasons in found.items()
    ]
    people.sort(key=lambda person: (-Role[person.role], person.user))
    return Who(project=project.full_name, visibility=project.visibility, people=people, unseen=unseen)


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
        subject: see `hubshare.store.grants.kind_and_name`.
        check: whether to refuse a user whom neither the project nor the Hub knows.
    """
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        whom = _subject(session, caller, project, subject)
        news = session.get(Row, (project.id, whom.kind, whom.key)) is None
    # That a group has a role here, everybody knows who gets so far.
    directory.check_groups([str(whom)], caller.user, caller.hub_admin or not news)
    if check and news and whom.kind == "user":
        directory.check_users([whom.name])
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        whom = _subject(session, caller, project, subject)
        users = everyone_behind(session, whom)
        before = roles_among(session, project, users)
        grants.grant(session, project, whom, role)
        caller.note(session, project, to=str(whom), role=role)
        session.flush()
        tell_of_roles(session, project, before, roles_among(session, project, users), caller.user)
    centre.access_changed([project.id], users)


def _subject(session: Session, caller: Caller, project: Project, text: str) -> grants.Subject:
    """Whom a text names on a project of which the caller sees the access."""
    return grants.subject(session, text, caller.user, everything=caller.hub_admin, project=project.id)


def delete_grant(caller: Caller, centre: Centre, *, owner: str, name: str, subject: str) -> list[RevocationReport]:
    """Take a role away; takes effect at once.

    Returns:
        A report for every user who lost something, as far as the caller may know who that is.
    """
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        before = {user: decide(reasons) for user, reasons in everybody(session, project).items()}
        had = roles_among(session, project, before)
        seen, _ = seen_by(session, project, caller.user, caller.hub_admin)
        whom = grants.revoke(session, project, subject)
        caller.note(session, project, of=str(whom))
        session.flush()
        after = everybody(session, project)
        users = [user for user in everyone_behind(session, whom) if before.get(user) != decide(after.get(user, ()))]
        reports = [
            report_revocation(session, user, {project.id: role}, roles_of(session, user))
            for user in users
            if user in seen and (role := before.get(user)) is not None
        ]
        tell_of_roles(session, project, had, roles_among(session, project, users), caller.user)
    centre.access_changed([project.id], users)
    return reports
