"""A project in which nothing ever was, as its first fetch was stopped or failed: the same link goes on there."""

from __future__ import annotations

from sqlalchemy import select

from hubshare.errors import HubShareError
from hubshare.features.imports.sources import Link
from hubshare.features.imports.stored import read_stored
from hubshare.sealed import Sealer
from hubshare.store import projects
from hubshare.store.database import Session
from hubshare.store.import_tables import Import as Row
from hubshare.store.models import Grant, Invitation, Offer, Origin, Project, Team
from hubshare.wire.api.projects import NewProject


def find_stopped(
    session: Session, sealer: Sealer, user: str, team: Team | None, wanted: NewProject, history: bool, link: Link
) -> Row | None:
    """Return the import that a person began by the same link, in a project of just what is asked for; None where there is none.

    Nobody else has got, or been promised, a role on it meanwhile: what is asked for now is for the person, or the team, alone.

    Args:
        team: that is to own the project, and in which the person may begin one; None for one of the person's own.
    """
    full = f"{team.name if team else user}/{wanted.name}"
    project = projects.find(session, full)
    if project is None or project.full_name != full or project.version:
        return None
    if project.team_id != (team.id if team else None) or project.archived is not None:
        return None
    row, origin = session.get(Row, project.id), session.get(Origin, project.id)
    if row is None or origin is None or row.user != user or row.state not in ("cancelled", "failed"):
        return None
    as_asked = (project.visibility, project.description, origin.history, origin.head)
    if as_asked != (wanted.visibility, wanted.description, history, "") or _shared(session, project):
        return None
    try:
        return row if read_stored(sealer, row.source) == link else None
    except HubShareError:
        # It was sealed by a key that is here no more.
        return None


def _shared(session: Session, project: Project) -> bool:
    return any(
        session.scalar(select(table.project_id).where(table.project_id == project.id).limit(1)) is not None
        for table in (Grant, Invitation, Offer)
    )
