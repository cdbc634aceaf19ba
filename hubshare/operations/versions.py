"""The versions of a project: listed, and published again as a new one. Nothing is rewritten."""

from __future__ import annotations

from dataclasses import replace

from hubshare.centre import Centre
from hubshare.errors import NotFound
from hubshare.git.lookup import entry_at
from hubshare.names import check_path, quoted
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.operations.edits import new_edit, submit_edit
from hubshare.store import projects
from hubshare.wire.api.base import Page
from hubshare.wire.api.conflicts import NewRestore, Settled
from hubshare.wire.api.projects import Version


def list_versions(
    caller: Caller, centre: Centre, *, owner: str, name: str, after: str | None, limit: int
) -> Page[Version]:
    """Published versions, the newest first."""
    begin = decode_cursor(after, int)
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        rows = projects.history(session, project.id, int(begin[0]) if begin else None, limit + 1)
    items = [Version.model_validate(row, from_attributes=True) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].number) if len(rows) > limit else None)


def restore_version(
    caller: Caller, centre: Centre, *, owner: str, name: str, version: str, wanted: NewRestore
) -> Settled:
    """Publish a file, a folder or all of an earlier version again, as a new version."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        row = projects.version(session, project.id, version)
        newest = projects.latest(session, project.id)
        below = check_path(wanted.path) if wanted.path else ""
    if below:
        repository = centre.repositories.open(project.id)
        if not any(entry_at(repository, found.commit, below) for found in (row, newest) if found):
            raise NotFound(f"There is no {quoted(below)} in version {row.number} of {project.full_name}.")
    edit = new_edit(caller, project.id, f"Restore {below or 'everything'} from version {row.number}")
    return Settled(
        version=submit_edit(
            centre, replace(edit, restore=row.commit, below=below, confirmed=wanted.confirmed, asked=wanted.asked)
        )
    )
