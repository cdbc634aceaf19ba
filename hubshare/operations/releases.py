"""Releases: versions with a name, which stay what they are while work goes on."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.errors import NotFound
from hubshare.names import quoted
from hubshare.operations.caller import Caller
from hubshare.store import projects, releases


def find_release(caller: Caller, centre: Centre, *, owner: str, name: str, called: str) -> tuple[str, int]:
    """The project, as it is called now, and the version that a release names; `latest` is the one that was made last.

    Raises:
        NotFound: when there is no such release.
    """
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        found = [row for row in releases.releases(session, project.id) if called in (row.name, "latest")]
    if not found:
        raise NotFound(f"{project.full_name} has no release {quoted(called)}.")
    return project.full_name, found[0].version


def add_release(caller: Caller, centre: Centre, *, owner: str, name: str, called: str, version: str, notes: str) -> str:
    """Give a version a name; returns what the project is called now."""
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        row = projects.version(session, project.id, version)
        made = releases.add_release(session, row, called, notes, caller.user)
        projects.changed(project)
        caller.note(session, project, release=made.name, version=row.number)
    centre.project_changed(project.id, project.full_name)
    return project.full_name


def pin_release(caller: Caller, centre: Centre, *, owner: str, name: str, called: str | None) -> str:
    """Show readers a release first, or the newest version again for None; returns what the project is called now."""
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        releases.pin(session, project.id, called)
        projects.changed(project)
        caller.note(session, project, pinned=called)
    centre.project_changed(project.id, project.full_name)
    return project.full_name


def delete_release(caller: Caller, centre: Centre, *, owner: str, name: str, called: str) -> str:
    """Take a name away from a version; returns what the project is called now."""
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        releases.delete_release(session, project.id, called)
        projects.changed(project)
        caller.note(session, project, deleted=called)
    centre.project_changed(project.id, project.full_name)
    return project.full_name
