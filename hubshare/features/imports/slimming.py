"""What the repository of a source takes on the disk: counted, and kept from growing with each version. For workers alone."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from hubshare.centre import Centre
from hubshare.config import MIB
from hubshare.git.copying import copied, reachable
from hubshare.git.repository import Repository
from hubshare.store.models import Origin
from hubshare.store.origins import read_taken
from hubshare.wire.agent import new_id

#: So many bytes are left alone.
_LEAST = 4 * MIB


def note_held(centre: Centre, project: str) -> int:
    """Write down what the source of a project takes on the disk, in bytes; it counts in the quota of the project's owner.

    Args:
        project: id.
    """
    with centre.database.read() as session:
        source = session.get_one(Origin, project).origin_id
    held = _size(centre.repositories.path(source))
    with centre.database.begin(project) as session:
        row = session.get_one(Origin, project, populate_existing=True)
        if row.origin_id == source:
            row.held = held
    return held


def slim(
    centre: Centre, project: str, least: int = _LEAST, still: Callable[[Session], bool] = lambda session: True
) -> None:
    """Let former versions of a source go, where they take more than twice what is still needed.

    Needed are the version that was fetched last, the one that was taken last, and what both sides agreed on where a conflict
    waits. A history that comes into the project is left as it is.

    Args:
        project: id.
        least: no repository that takes fewer bytes is touched.
        still: whether nobody else works in the repository at that moment: who fetches into it would find it gone.
    """
    with centre.database.read() as session:
        row = session.get_one(Origin, project)
        source, head, address, held, history = row.origin_id, row.head, row.address, row.held, row.history
        taken = read_taken(session, project)
    assert taken is not None
    if history or held <= least:
        return
    old = centre.repositories.open(source)
    names = {name for commit in (head, taken.commit) if commit for name in reachable(old.path, commit, "")}
    names |= {side.id for side in taken.open.values() if side is not None and side.id in old}
    needed = sum((old.kind_and_size(name) or (0, 0))[1] for name in names)
    if held <= 2 * needed:
        return
    new = new_id()
    path = centre.repositories.path(new)
    Repository.create(path, "import", int(time.time()), f"Fetched from {address}").close()
    made = centre.repositories.open(new)
    with copied(old, made, names) as copy:
        copy.install(made)
    with centre.database.begin(project) as session:
        row = session.get_one(Origin, project, populate_existing=True)
        current = (row.origin_id, row.head) == (source, head) and read_taken(session, project) == taken
        current = current and still(session)
        if current:
            row.origin_id, row.held = new, _size(path)
    _remove(centre, source if current else new)


def _remove(centre: Centre, repository: str) -> None:
    """Remove a repository that no project has any more; what is left of it by a crash, the trash is emptied of."""
    path, trash = centre.repositories.path(repository), centre.settings.data / "trash"
    trash.mkdir(exist_ok=True)
    centre.repositories.forget(repository)
    aside = path.replace(trash / path.name)
    shutil.rmtree(aside, ignore_errors=True)


def _size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    total, folders = 0, [folder]
    while folders:
        with os.scandir(folders.pop()) as found:
            for one in found:
                if one.is_dir(follow_symlinks=False):
                    folders.append(Path(one.path))
                else:
                    total += one.stat(follow_symlinks=False).st_size
    return total
