"""Releases: versions with a name, which stay what they are while work goes on."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.errors import NotFound
from hubshare.names import quoted
from hubshare.operations.caller import Caller
from hubshare.store import projects, releases
from hubshare.store.models import Project
from hubshare.store.models import Release as Row
from hubshare.wire.api.releases import Release


def list_releases(caller: Caller, centre: Centre, *, owner: str, name: str) -> list[Release]:
    """All releases, the newest first."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        return [_to_resource(project, row) for row in releases.releases(session, project.id)]


def get_release(caller: Caller, centre: Centre, *, owner: str, name: str, called: str) -> Release:
    """One release; `latest` is the one that was made last.

    Raises:
        NotFound: when there is no such release.
    """
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        for row in releases.releases(session, project.id):
            if called in (row.name, "latest"):
                return _to_resource(project, row)
    raise NotFound(f"{project.full_name} has no release {quoted(called)}.")


def add_release(
    caller: Caller, centre: Centre, *, owner: str, name: str, called: str, version: str = "", notes: str = ""
) -> Release:
    """Give a version a name.

    Args:
        version: as people name one; the newest if empty.
    """
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)

        def make() -> Release:
            newest = None if version else projects.latest(session, project.id)
            row = newest or projects.version(session, project.id, version)
            made = releases.add_release(session, row, called, notes, caller.user)
            projects.changed(project)
            caller.note(session, project, release=made.name, version=row.number)
            return _to_resource(project, made)

        made = caller.once(session, [project.id, called, version, notes], Release, make)
    centre.project_changed(project.id, project.full_name)
    return made


def pin_release(caller: Caller, centre: Centre, *, owner: str, name: str, called: str, on: bool) -> Release:
    """Show readers a release first, in place of the one before; or, where it is that one, the newest version again."""
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        row = releases.pin(session, project.id, called, on)
        projects.changed(project)
        caller.note(session, project, **{"pinned" if on else "unpinned": called})
        changed = _to_resource(project, row)
    centre.project_changed(project.id, project.full_name)
    return changed


def delete_release(caller: Caller, centre: Centre, *, owner: str, name: str, called: str) -> str:
    """Take a name away from a version; returns what the project is called now."""
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        releases.delete_release(session, project.id, called)
        projects.changed(project)
        caller.note(session, project, deleted=called)
    centre.project_changed(project.id, project.full_name)
    return project.full_name


def _to_resource(project: Project, row: Row) -> Release:
    return Release(
        project=project.full_name,
        name=row.name,
        version=row.version,
        notes=row.notes,
        creator=row.creator,
        created=row.created,
        pinned=row.pinned,
    )
