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
from hubshare.store.change_index import indexed_up_to, touching
from hubshare.store.database import Session
from hubshare.store.models import Version as VersionRow
from hubshare.wire.api.base import Page
from hubshare.wire.api.conflicts import NewRestore, Settled
from hubshare.wire.api.projects import Version

#: So many versions that the index of changes does not know yet are looked through for a file, one by one.
_NEW_MOST = 200


def list_versions(
    caller: Caller, centre: Centre, *, owner: str, name: str, after: str | None, limit: int, path: str = ""
) -> Page[Version]:
    """Published versions, the newest first.

    Args:
        path: only those that changed this file, or something in this folder; all if empty.
    """
    begin = decode_cursor(after, int)
    before = int(begin[0]) if begin else None
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        if path:
            rows = _touching(session, centre, project.id, check_path(path), before, limit + 1)
        else:
            rows = projects.history(session, project.id, before, limit + 1)
    items = [Version.model_validate(row, from_attributes=True) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].number) if len(rows) > limit else None)


def _touching(
    session: Session, centre: Centre, project: str, path: str, before: int | None, most: int
) -> list[VersionRow]:
    """The versions that changed a path: by the index, and by what they hold where the index does not know them yet."""
    known = indexed_up_to(session, project)
    newest = next(iter(projects.history(session, project, before, 1)), None)
    new = list[VersionRow]()
    if newest is not None and newest.number > known:
        rows = projects.history(session, project, before, min(newest.number - known, _NEW_MOST) + 1)
        repository = centre.repositories.open(project)
        held = [entry_at(repository, row.commit, path) for row in rows]
        new = [
            row
            for row, now, was in zip(rows, held, [*held[1:], None], strict=True)
            if row.number > known and now != was and (row is not rows[-1] or row.number == 0)
        ]
    # The index may have got on meanwhile.
    up_to = known + 1 if before is None else min(before, known + 1)
    return [*new, *touching(session, project, path, up_to, most)][:most]


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
            centre,
            replace(
                edit,
                restore=row.commit,
                below=below,
                confirmed=wanted.confirmed,
                asked=wanted.asked,
                newest=wanted.newest,
            ),
        )
    )
