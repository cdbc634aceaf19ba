"""Files that are edited, renamed and deleted at the centre, each act as one version."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from hubshare.centre import Centre
from hubshare.errors import Clash, Invalid, NotFound, TooLarge
from hubshare.git.lookup import side_at
from hubshare.jobs.payloads import CONTENT_BYTES
from hubshare.names import check_message, check_path, quoted
from hubshare.names import size as size_of
from hubshare.operations.caller import Caller
from hubshare.operations.edits import new_edit, submit_edit
from hubshare.operations.project_view import ProjectView, open_view
from hubshare.sync.line_endings import keep_endings
from hubshare.sync.trees import LINK, Side
from hubshare.wire.api.conflicts import Settled
from hubshare.wire.api.contents import NewChange

_MARK = "\ufeff"
#: Largest file that is edited on a page.
EDITED_BYTES = CONTENT_BYTES // 2


def change_files(caller: Caller, centre: Centre, *, owner: str, name: str, wanted: NewChange) -> Settled:
    """Write, move and delete files, all as one version."""
    with centre.database.read() as session:
        view = open_view(
            session, centre, caller, owner, name, f"v{wanted.base}" if wanted.base is not None else "latest"
        )
    if not (wanted.write or wanted.move or wanted.delete):
        raise Invalid("Say what is to change: give write, move or delete.")
    if sum(len(text.encode()) for text in wanted.write.values()) > CONTENT_BYTES:
        raise TooLarge(f"Texts have at most {size_of(CONTENT_BYTES)} together: push larger ones.")
    edit = replace(
        new_edit(caller, view.project.id, check_message(wanted.message)),
        contents=wanted.write,
        moves=wanted.move,
        deletes=wanted.delete,
        base=view.version.commit if wanted.base is not None else "",
        confirmed=wanted.confirmed,
        asked=wanted.asked,
    )
    return Settled(version=submit_edit(centre, edit))


def read_text(view: ProjectView, path: str) -> str:
    """A file's text, as it is edited on a page.

    Raises:
        NotFound: when there is no file.
        Invalid: when it is not a text that a browser gives back as it is.
        TooLarge: when it is too large for that.
    """
    return _text(view, path, side_at(view.repository, view.version.commit, check_path(path)))


def _text(view: ProjectView, path: str, side: Side) -> str:
    if side is None:
        raise NotFound(f"There is no file {quoted(path)} in version {view.version.number} of {view.full_name}.")
    if side.mode == LINK:
        raise Invalid(f"{quoted(path)} is a link: it is changed on a server, where it leads somewhere.")
    if view.size(side.id) > EDITED_BYTES:
        raise TooLarge(f"{quoted(path)} is too large to be edited on a page: edit it on your server.")
    try:
        text = view.repository.read(side.id).data.decode()
    except UnicodeDecodeError:
        raise Invalid(f"{quoted(path)} is not text in UTF-8, the one encoding that is edited here.") from None
    if "\0" in text:
        raise Invalid(f"{quoted(path)} is not text, so it is not edited here.")
    return text


class SaveRefused(Clash):
    """Others changed the file meanwhile.

    Attributes:
        theirs: the newest version of the project.
    """

    def __init__(self, message: str, theirs: ProjectView) -> None:
        super().__init__(message)
        self.theirs = theirs


class Saved(NamedTuple):
    """What the project is called now, and the version that it has then."""

    full_name: str
    version: int


def save_text(
    caller: Caller,
    centre: Centre,
    *,
    owner: str,
    name: str,
    path: str,
    text: str,
    base: int,
    new: bool,
    message: str = "",
) -> Saved:
    """Publish a text that was edited on a page.

    Args:
        text: as a form brings it.
        base: number of the version whose text was edited.
        new: the file is one that there was not.

    Raises:
        SaveRefused: when it is another one by now.
    """
    with centre.database.read() as session:
        view = open_view(session, centre, caller, owner, name, f"v{base}")
    before = side_at(view.repository, view.version.commit, check_path(path))
    if new and before is not None:
        raise Clash(f"There is a {quoted(path)} already: choose another name, or edit that.")
    was = _text(view, path, before) if before is not None else ""
    mark = _MARK if was.startswith(_MARK) else ""
    made = mark + keep_endings(was.removeprefix(_MARK), text.removeprefix(_MARK))
    if len(made.encode()) > CONTENT_BYTES:
        raise TooLarge(f"A text that is edited on a page has at most {size_of(CONTENT_BYTES)}.")
    edit = replace(
        new_edit(caller, view.project.id, check_message(message)),
        contents={path: made},
        base=view.version.commit,
    )
    try:
        return Saved(view.full_name, submit_edit(centre, edit))
    except Clash as error:
        with centre.database.read() as session:
            newest = open_view(session, centre, caller, owner, name)
        if side_at(newest.repository, newest.version.commit, path) != before:
            raise SaveRefused(error.message, newest) from None
        raise
