"""What projects hold: files, folders and archives at any version, and packs for checkouts."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC
from pathlib import Path
from typing import IO, NamedTuple

from hubshare.centre import Centre
from hubshare.errors import NotFound
from hubshare.git.archive import Format, archive
from hubshare.git.lookup import entry_at
from hubshare.git.objects import FOLDER, read_tree
from hubshare.git.packs import PackWriter
from hubshare.git.published import pushed_from
from hubshare.git.repository import Repository
from hubshare.git.stored_tree import StoredTree
from hubshare.git.streams import ObjectStream
from hubshare.git.update import add_object
from hubshare.names import check_path, quoted
from hubshare.operations.audit import check_copies, is_written_down
from hubshare.operations.caller import Caller
from hubshare.operations.project_view import ProjectView, open_view
from hubshare.room import check_room
from hubshare.store import projects
from hubshare.store.models import Checkout, Project
from hubshare.wire.api.agents import Wanted
from hubshare.wire.api.base import Page
from hubshare.wire.api.projects import Entry

#: So often in a minute a person has a pack made anew that is there.
_AGAIN_MOST = 6


def get_entry(caller: Caller, centre: Centre, *, owner: str, name: str, path: str, version: str | None) -> Entry:
    """What lies at a path of a version; the newest one unless it is named."""
    mode, oid = _open(caller, centre, owner, name, version).entry(path)
    return Entry(path=path, mode=mode, id=oid)


def open_file(caller: Caller, centre: Centre, *, owner: str, name: str, path: str, version: str | None) -> ObjectStream:
    """A file's content at a version, which the caller closes."""
    view = _open(caller, centre, owner, name, version)
    return view.repository.stream(view.file(path)[1])


def list_folder(
    caller: Caller, centre: Centre, *, owner: str, name: str, path: str, version: str | None
) -> Page[Entry]:
    """The files and folders in a folder of a version; "" is the top."""
    view = _open(caller, centre, owner, name, version)
    found = entry_at(view.repository, view.version.commit, check_path(path) if path else "")
    if found is None or found[0] != FOLDER:
        raise NotFound(f"There is no folder {quoted(path)} in {owner}/{name}.")
    inside = f"{path}/" if path else ""
    items = read_tree(view.repository.tree(found[1])).items()
    return Page(items=[Entry(path=inside + item, mode=mode, id=oid) for item, (mode, oid) in items])


class Archive(NamedTuple):
    """A version as one file.

    Attributes:
        name: what to call it.
        key: names the content: what has the same key is the same.
        begin: begins to make it; gives it in pieces, each of which may be taken by another thread.
    """

    name: str
    key: tuple[str, ...]
    begin: Callable[[], Iterator[bytes]]


def export_archive(
    caller: Caller, centre: Centre, *, owner: str, name: str, form: Format, version: str | None
) -> Archive:
    """A version as one zip or tar file; who takes one is written down, since it is a copy."""
    view = _open(caller, centre, owner, name, version)
    row, root = view.version, view.root
    top = f"{view.project.name}-v{row.number}"
    check_copies(caller, centre)
    if is_written_down(caller, centre, project=row.project_id, version=row.number):
        with centre.database.begin(row.project_id) as session:
            project, _ = caller.project(session, owner, name)
            caller.note(session, project, version=row.number, format=form)
    seconds = int(row.created.replace(tzinfo=UTC).timestamp())

    path = view.repository.path

    def begin() -> Iterator[bytes]:
        # Another thread may take each piece: the repository that is open in this one is not to be used there.
        own = Repository(path)
        try:
            yield from archive(own, root, top, seconds, form)
        finally:
            own.close()

    return Archive(f"{top}.{form}", (row.project_id, root, top, str(seconds), form), begin)


class UpdatePack(NamedTuple):
    """The immutable pack that brings a checkout from one commit to another.

    Attributes:
        path: of the file.
        there: whether it has been made.
    """

    path: Path
    there: bool


def find_update_pack(
    caller: Caller, centre: Centre, *, project: str, have: str, want: str, again: bool = False
) -> UpdatePack:
    """A pack, if the person may have it.

    Args:
        project: id.
        again: it did not bring a checkout there, so what has been made does not count; now and then, since it costs a lot.
    """
    repository = _readable(caller, centre, project, want)
    with centre.database.read() as session:
        known = projects.is_published(session, project, have)
        head = session.get_one(Project, project).head
        if not known and (checkout := session.get(Checkout, pushed_from(repository, have))) is not None:
            # An agent that could not fetch what is published went on from its own snapshot.
            known = (checkout.user, checkout.project_id) == (caller.user, project)
    # A database that came back from a backup does not know yet what checkouts hold.
    if not known and have not in repository.ahead_of(head) and not _is_own(repository, have, caller.user):
        raise NotFound("That is no version of this project.")
    path = centre.repositories.update_path(project, have, want)
    anew = again and not centre.bus.over("packs made again", caller.user, _AGAIN_MOST)
    if anew or not path.exists():
        return UpdatePack(path, there=False)
    with suppress(FileNotFoundError):
        # What is asked for stays.
        os.utime(path)
    return UpdatePack(path, there=True)


def make_update_pack(centre: Centre, *, project: str, have: str, want: str) -> Path:
    """Make a pack that was found not to be there; whoever asked may have it.

    Args:
        project: id.

    Raises:
        Unavailable: when there is no room for it.
    """
    check_room(centre.settings.data)
    return centre.repositories.update(project, have, want, again=True)


def _is_own(repository: Repository, commit: str, user: str) -> bool:
    """Whether a commit that is kept is a snapshot of the person's: the author of a snapshot is who pushed it."""
    try:
        return repository.commit(commit).author == user
    except NotFound:
        return False


def pack_contents(caller: Caller, centre: Centre, *, project: str, wanted: Wanted) -> IO[bytes]:
    """A pack of just the contents at some paths of a published commit: a temporary file, which the caller closes.

    Args:
        project: id.
    """
    repository = _readable(caller, centre, project, wanted.commit)
    tree = StoredTree(repository.tree, repository.commit(wanted.commit).tree)
    paths = [check_path(path) for path in wanted.paths]
    centre.settings.packs.mkdir(exist_ok=True)
    file = tempfile.TemporaryFile(dir=centre.settings.packs)  # noqa: SIM115 – closed by whoever takes it
    try:
        writer = PackWriter(file)
        for path in paths:
            side = tree.entry(path)
            if side is not None:
                add_object(writer, repository, side.id)
                check_room(centre.settings.packs)
        writer.close()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def _open(caller: Caller, centre: Centre, owner: str, name: str, version: str | None) -> ProjectView:
    with centre.database.read() as session:
        return open_view(session, centre, caller, owner, name, version or "latest")


def _readable(caller: Caller, centre: Centre, project: str, commit: str) -> Repository:
    """A project's repository, if the person may read it and the commit is published: it also keeps what is not."""
    with centre.database.read() as session:
        caller.project_of_id(session, project)
        if not projects.is_published(session, project, commit):
            raise NotFound("That is no version of this project.")
    return centre.repositories.open(project)
