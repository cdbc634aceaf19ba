"""Apply an edit: a change that was asked for at the centre, such as a restore, as one new version; nothing is rewritten."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy.orm import Session

from hubshare.bus.replies import Reply
from hubshare.centre import Centre
from hubshare.errors import Clash, HubShareError, Invalid, NotFound, Paused, TooLarge, Unavailable
from hubshare.git.objects import BLOB, FOLDER, TREE, Commit, Object, diff_trees, edit_tree, tree_entry
from hubshare.git.repository import MAIN, Repository
from hubshare.jobs.payloads import CONTENT_BYTES, Edit
from hubshare.names import check_path, quoted
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import require
from hubshare.store.audit import Actor, record
from hubshare.store.models import Conflict, Project, Version
from hubshare.store.projects import brake_of, is_published, latest
from hubshare.store.versions import record_versions
from hubshare.sync.trees import FILE, LINK, Entry, Side, ancestors
from hubshare_workers.limits import check_push
from hubshare_workers.outputs import stripped


@dataclass(frozen=True)
class Edited:
    """What an edit did.

    Attributes:
        answer: what whoever asked for it is told.
        project: the project that is to be told of; None when nothing was published.
        before, after: the published commits.
        number: of the version.
    """

    answer: Reply
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
        return Edited(Reply(error.code, error.message))


def _apply(centre: Centre, wanted: Edit) -> Edited:
    with centre.database.read() as session:
        project = _permitted(session, wanted)
    made = _made(centre, wanted)
    check_push(centre, wanted.user, project, sum(len(blob.data) for blob in made.values()))
    repository = centre.repositories.open(project.id)
    with repository.lock():
        before = repository.main
        with centre.database.read() as session:
            project = _permitted(session, wanted)
            newest = latest(session, project.id)
            if wanted.restore and not is_published(session, project.id, wanted.restore):
                raise NotFound(f"That is no version of {project.full_name}.")
        changes = _changes(repository, before, wanted, made)
        _leave_out_outputs(repository, before, project, changes, made)
        _check_seen(repository, before, wanted, changes)
        _brake(centre, wanted, project, changes)
        if changes:
            _publish(repository, before, wanted, changes, made)
        with centre.database.begin(project.id) as session:
            newest = record_versions(session, project.id, repository, newest)
            for settled in wanted.conflicts:
                conflict = session.get(Conflict, settled)
                if conflict is not None:
                    session.delete(conflict)
            if changes:
                _note(session, wanted, project, newest)
    told = Reply("", str(newest.number))
    return Edited(told, project, before, newest.commit, newest.number) if changes else Edited(told)


def _permitted(session: Session, wanted: Edit) -> Project:
    project = session.get(Project, wanted.project)
    require(session, project, wanted.user, Action.PUSH, project.full_name if project else wanted.project)
    assert project is not None
    return project


def _side(repository: Repository, commit: str, path: str) -> Side:
    found = tree_entry(repository.tree, repository.commit(commit).tree, path)
    return Entry(*found) if found and found[0] != FOLDER else None


def _made(centre: Centre, wanted: Edit) -> dict[str, Object]:
    """Path to content, of what the edit brings itself.

    Raises:
        TooLarge, BadPath, Invalid: when it cannot be published.
    """
    made: dict[str, Object] = {}
    for path, text in wanted.contents.items():
        data = text.encode()
        if len(data) > min(CONTENT_BYTES, centre.settings.max_file_bytes):
            raise TooLarge(f"{quoted(path)} would have {len(data):,} bytes, which is too much to be edited on a page.")
        if path.endswith(".ipynb"):
            _check_notebook(path, text)
        made[check_path(path)] = Object(BLOB, data)
    return made


def _check_notebook(path: str, text: str) -> None:
    import nbformat  # 5 MB that a worker needs for this alone

    try:
        nbformat.validate(nbformat.reads(text, as_version=nbformat.NO_CONVERT))  # type: ignore[no-untyped-call]
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, nbformat.ValidationError) as error:
        raise Invalid(f"{quoted(path)} would not be a notebook that Jupyter opens.") from error


def _changes(repository: Repository, before: str, wanted: Edit, made: dict[str, Object]) -> dict[str, Side]:
    """Path to new side, of all that is not published so already."""
    if not wanted.restore:
        sides: dict[str, Side] = {path: Entry(*side) if side else None for path, side in wanted.changes.items()}
        for path, blob in made.items():
            held = tree_entry(repository.tree, repository.commit(before).tree, path)
            if held is not None and held[0] == FOLDER:
                raise Clash(f"{quoted(path)} is a folder.")
            above = [tree_entry(repository.tree, repository.commit(before).tree, one) for one in ancestors(path)]
            if any(one is not None and one[0] != FOLDER for one in above):
                raise Clash(f"{quoted(path)} would lie below a file.")
            sides[path] = Entry(held[0] if held and held[0] != LINK else FILE, blob.id)
        return {path: side for path, side in sides.items() if _side(repository, before, path) != side}
    now, then = repository.commit(before).tree, repository.commit(wanted.restore).tree
    inside = f"{wanted.below}/" if wanted.below else ""
    return {
        path: side
        for path, _, side in diff_trees(repository.tree, now, then)
        if path == wanted.below or path.startswith(inside)
    }


def _leave_out_outputs(
    repository: Repository, before: str, project: Project, changes: dict[str, Side], made: dict[str, Object]
) -> None:
    """Put the notebooks without outputs, where the project shares none, in the place of those that have some."""
    new = {blob.id: blob for blob in made.values()}
    plain = dict(stripped(project, changes.items(), lambda name: new.get(name) or repository.read(name)))
    for path, blob in plain.items():
        side = changes.pop(path)
        assert side is not None
        if side._replace(id=blob.id) != _side(repository, before, path):
            changes[path], made[path] = side._replace(id=blob.id), blob


def _check_seen(repository: Repository, before: str, wanted: Edit, changes: dict[str, Side]) -> None:
    """A decision is about what the person saw; what was published since has not been seen."""
    for path in changes:
        if path in wanted.seen:
            seen = wanted.seen[path]
            if _side(repository, before, path) != (Entry(*seen) if seen else None):
                raise Clash(f"{quoted(path)} was published anew meanwhile: look at the newer version, then decide.")


def _brake(centre: Centre, wanted: Edit, project: Project, changes: dict[str, Side]) -> None:
    gone = sum(side is None for side in changes.values())
    if gone > brake_of(project, centre.settings) and not wanted.confirmed:
        raise Paused(f"This deletes {gone:,} files of {project.full_name}: confirm it, if that is what you want.")


def _publish(
    repository: Repository, before: str, wanted: Edit, changes: dict[str, Side], made: dict[str, Object]
) -> None:
    new = {blob.id for blob in made.values()}
    for path, side in changes.items():
        if side is not None and side.id not in new and side.id not in repository:
            raise NotFound(f"The content that {quoted(path)} was to get is not in this project any more.")
    edit = edit_tree(repository.tree, repository.commit(before).tree, changes)
    commit = Commit(edit.root, (before,), wanted.user, int(time.time()), wanted.message).encode()
    repository.add([*made.values(), *(Object(TREE, data) for data in edit.made.values()), commit])
    repository.set_ref(MAIN, commit.id, before)


def _note(session: Session, wanted: Edit, project: Project, newest: Version) -> None:
    actor = Actor(wanted.user, wanted.door, wanted.token)
    record(session, actor, Action.PUSH, project, version=newest.number, message=wanted.message)
