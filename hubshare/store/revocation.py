"""What the removal of somebody ended, and which copies the person has taken."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.store.access.actions import decide, of_visibility
from hubshare.store.checkouts import checkouts_in
from hubshare.store.grants import Subject
from hubshare.store.models import AuditEntry, Grant, GroupMember, Member, Project, Team
from hubshare.vocabulary import Role
from hubshare.wire.api.access import Copy, Lost, RevocationReport

_COPIES_MOST = 500


def report_revocation(
    session: Session, user: str, before: Mapping[str, Role], after: Mapping[str, Role]
) -> RevocationReport:
    """What a user has lost between two states.

    Args:
        before, after: project id to role.
    """
    smaller = {name: role for name, role in before.items() if after.get(name, 0) < role}
    rows = {row.id: row for row in session.scalars(select(Project).where(Project.id.in_(smaller)))}
    lost = []
    for name, row in rows.items():
        left = after.get(name) or decide(of_visibility(row.visibility, signed_in=True))
        if left is None or left < smaller[name]:
            lost.append(Lost(project=row.full_name, before=smaller[name].name, after=left.name if left else None))
    return RevocationReport(
        user=user, lost=sorted(lost, key=lambda each: each.project), copies=_copies(session, user, rows)
    )


def _copies(session: Session, user: str, projects: Mapping[str, Project]) -> list[Copy]:
    found = [
        Copy(
            project=projects[row.project_id].full_name,
            kind="checkout",
            where=f"{row.server or 'default server'}: {row.folder}",
            version=number,
            time=row.seen,
        )
        for row, _, number, _ in checkouts_in(session, user, projects)
    ]
    taken = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.user == user, AuditEntry.project_id.in_(projects), AuditEntry.action == "project.read")
        .order_by(AuditEntry.id.desc())
        .limit(_COPIES_MOST)
    )
    found += [
        Copy(
            project=projects[row.project_id or ""].full_name,
            kind="clone" if row.door == "git" else "archive",
            where=row.token,
            version=row.details.get("version"),
            time=row.time,
        )
        for row in taken
    ]
    return sorted(found, key=lambda each: (each.project, each.kind, each.where))


def touched(session: Session, team: Team) -> list[str]:
    """The projects on which a team gives anybody a role; ids."""
    owned = select(Project.id).where(Project.team_id == team.id)
    granted = select(Grant.project_id).where(Grant.kind == "team", Grant.subject == team.id)
    return sorted({*session.scalars(owned), *session.scalars(granted)})


def everyone_behind(session: Session, whom: Subject) -> list[str]:
    """The users that a subject stands for at this moment."""
    if whom.kind == "user":
        return [whom.name]
    if whom.kind == "team":
        return list(session.scalars(select(Member.user).where(Member.team_id == whom.key)))
    return list(session.scalars(select(GroupMember.user).where(GroupMember.group == whom.key)))
