"""Apply an edit: a change that somebody asked for at the centre, such as a restore, as one new version; nothing is rewritten."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy.orm import Session

from hubshare.bus import Answer
from hubshare.centre import Centre
from hubshare.errors import Clash, HubShareError, NotFound, Paused, Unavailable
from hubshare.git.objects import FOLDER, TREE, Commit, Object, diff_trees, edit_tree, tree_entry
from hubshare.git.repository import MAIN, Repository
from hubshare.names import shown
from hubshare.queue import Edit
from hubshare.store.access import require
from hubshare.store.actions import Action
from hubshare.store.audit import Actor, record
from hubshare.store.models import Conflict, Project, Version
from hubshare.store.projects import is_published, latest
from hubshare.store.versions import record_versions
from hubshare.sync.trees import Entry, Side
from hubshare_workers.limits import check_push


@dataclass(frozen=True)
class Edited:
    """What an edit did.

    Attributes:
        answer: what whoever asked for it is told.
        project: the project that is to be told of; None when nothing was published.
        before, after: the published commits.
        number: of the version.
    """

    answer: Answer
    project: Project | None = None
    before: str = ""
    after: str = ""
    number: int = 0


def apply_edit(centre: Centre, wanted: Edit) -> Edited:
    """Make an edit, or say why not. Making it twice has the effect of making it once.

    Raises:
        Unavailable: when it should be tried again.
    """
    try:
        return _apply(centre, wanted)
    except Unavailable:
        raise
    except HubShareError as error:
        return Edited(Answer(error.code, error.message))


def _apply(centre: Centre, wanted: Edit) -> Edited:
    with centre.database.read() as session:
        project = _permitted(session, wanted)
    check_push(centre, wanted.user, project, 0)
    repository = centre.repositories.open(project.id)
    with repository.lock():
        before = repository.main
        with centre.database.read() as session:
            project = _permitted(session, wanted)
            newest = latest(session, project.id)
            if wanted.restore and not is_published(session, project.id, wanted.restore):
                raise NotFound(f"That is no version of {project.full_name}.")
        changes = _changes(repository, before, wanted)
        _check_seen(repository, before, wanted, changes)
        _brake(centre, wanted, project, changes)
        if changes:
            _publish(repository, before, wanted, changes)
        with centre.database.begin(project.id) as session:
            newest = record_versions(session, project.id, repository, newest)
            for settled in wanted.conflicts:
                conflict = session.get(Conflict, settled)
                if conflict is not None:
                    session.delete(conflict)
            if changes:
                _note(session, wanted, project, newest)
    told = Answer("", str(newest.number))
    return Edited(told, project, before, newest.commit, newest.number) if changes else Edited(told)


def _permitted(session: Session, wanted: Edit) -> Project:
    project = session.get(Project, wanted.project)
    require(session, project, wanted.user, Action.PUSH, project.full_name if project else wanted.project)
    assert project is not None
    return project


def _side(repository: Repository, commit: str, path: str) -> Side:
    found = tree_entry(repository.tree, repository.commit(commit).tree, path)
    return Entry(*found) if found and found[0] != FOLDER else None


def _changes(repository: Repository, before: str, wanted: Edit) -> dict[str, Side]:
    """Path to new side, of all that is not published so already."""
    if not wanted.restore:
        sides = {path: Entry(*side) if side else None for path, side in wanted.changes.items()}
        return {path: side for path, side in sides.items() if _side(repository, before, path) != side}
    now, then = repository.commit(before).tree, repository.commit(wanted.restore).tree
    inside = f"{wanted.below}/" if wanted.below else ""
    return {
        path: side
        for path, _, side in diff_trees(repository.tree, now, then)
        if path == wanted.below or path.startswith(inside)
    }


def _check_seen(repository: Repository, before: str, wanted: Edit, changes: dict[str, Side]) -> None:
    """A decision is about what the person saw; what was published since has not been seen."""
    for path in changes:
        if path in wanted.seen:
            seen = wanted.seen[path]
            if _side(repository, before, path) != (Entry(*seen) if seen else None):
                raise Clash(f"{shown(path)} was published anew meanwhile: look at the newer version, then decide.")


def _brake(centre: Centre, wanted: Edit, project: Project, changes: dict[str, Side]) -> None:
    gone = sum(side is None for side in changes.values())
    if gone > centre.settings.brake_deletions and not wanted.confirmed:
        raise Paused(f"This deletes {gone:,} files of {project.full_name}: confirm it, if that is what you want.")


def _publish(repository: Repository, before: str, wanted: Edit, changes: dict[str, Side]) -> None:
    for path, side in changes.items():
        if side is not None and side.id not in repository:
            raise NotFound(f"The content that {shown(path)} was to get is not in this project any more.")
    edit = edit_tree(repository.tree, repository.commit(before).tree, changes)
    commit = Commit(edit.root, (before,), wanted.user, int(time.time()), wanted.message).encode()
    repository.add([*(Object(TREE, data) for data in edit.made.values()), commit])
    repository.set_ref(MAIN, commit.id, before)


def _note(session: Session, wanted: Edit, project: Project, newest: Version) -> None:
    actor = Actor(wanted.user, wanted.door, wanted.token)
    record(session, actor, Action.PUSH, project, version=newest.number, message=wanted.message)
