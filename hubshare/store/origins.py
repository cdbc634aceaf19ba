"""Origins: projects of this Hub or sources outside it, and how much of its origin each fork has taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hubshare.errors import NotFound
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import require
from hubshare.store.models import Origin
from hubshare.store.notifications import settle
from hubshare.store.projects import is_published
from hubshare.store.versions import read_branch
from hubshare.sync.trees import Entry, Side


class Taken(NamedTuple):
    """How much of its origin a fork has taken.

    Attributes:
        origin: id of the origin.
        commit: of the origin, "" for nothing yet.
        version: its number there.
        open: path to what both sides last agreed on, where a conflict waits for a pick.
    """

    origin: str
    commit: str
    version: int
    open: dict[str, Side]


class OriginHead(NamedTuple):
    """Where an origin stands, for somebody who may take from it.

    Attributes:
        id: of the project, or of the repository into which the source is fetched.
        name: the project's, or the address of the source.
        head: the newest commit, "" where nothing has been fetched yet; `version` is its number.
        label: what that is, as people read it; "" for a project.
        outside: whether it is a source outside this Hub.
        history: whether its commits come into the fork as well.
    """

    id: str
    name: str
    head: str
    version: int
    label: str = ""
    outside: bool = False
    history: bool = False


def begin_fork(session: Session, project: str, origin: str) -> None:
    """Note what a project is begun from.

    Args:
        project, origin: ids.
    """
    session.add(Origin(project_id=project, origin_id=origin, commit="", version=0, open={}))


def read_taken(session: Session, project: str) -> Taken | None:
    """How much a project has taken of its origin; None where it was begun from none."""
    row = session.get(Origin, project, populate_existing=True)
    if row is None:
        return None
    left = {path: Entry(*side) if side else None for path, side in row.open.items()}
    return Taken(row.origin_id, row.commit, row.version, left)


def write_taken(session: Session, project: str, commit: str, version: int, left: Mapping[str, Side]) -> None:
    """Note what a project has taken of its origin now; see `Taken`."""
    held = {path: list(side) if side else None for path, side in left.items()}
    values = {"commit": commit, "version": version, "open": held}
    session.execute(update(Origin).where(Origin.project_id == project).values(values))
    if not left:
        settle(session, "import", [project])


def begin_import(session: Session, project: str, source: str, address: str, history: bool) -> None:
    """Note from where outside this Hub a project's files come.

    Args:
        project: id.
        source: id of the repository into which it will be fetched.
        address: without anything secret.
        history: whether its commits come into the project as well.
    """
    values = {"address": address, "head": "", "newest": 0, "label": "", "history": history}
    session.add(Origin(project_id=project, origin_id=source, commit="", version=0, open={}, **values))


def write_fetched(session: Session, project: str, commit: str, label: str) -> int:
    """Note what was fetched from a source, and return its number.

    Args:
        project: id of the one that is to take it.
        commit: in the source's repository.
        label: what it is, as people read it.
    """
    row = session.get_one(Origin, project, populate_existing=True)
    if commit != row.head:
        row.head, row.newest = commit, row.newest + 1
    row.label = label
    return row.newest


def require_origin(session: Session, taken: Taken | None, user: str, project: str) -> OriginHead:
    """The origin of a fork, if a person may read it at this moment. A source is fetched for all who may read the fork.

    Args:
        project: id of the fork, which the person may read.

    Raises:
        NotFound: when not, whether it is there or was deleted; its name is in nobody's message.
    """
    row = session.get(Origin, project, populate_existing=True) if taken is not None else None
    if row is not None and row.address:
        return OriginHead(row.origin_id, row.address, row.head, row.newest, row.label, True, row.history)
    branch = read_branch(session, taken.origin) if taken is not None else None
    try:
        require(session, branch, user, Action.READ, "")
    except NotFound:
        branch = None
    if branch is None:
        raise NotFound("This project has no origin that you may read: nothing can be taken from there.")
    return OriginHead(branch.id, branch.full_name, branch.head, branch.version)


def is_source(session: Session, repository: str) -> bool:
    """Return whether a project comes from what is fetched into a repository.

    Args:
        repository: its id.
    """
    known = select(Origin.project_id).where(Origin.origin_id == repository, Origin.address != "").limit(1)
    return session.scalar(known) is not None


def offers(session: Session, origin: OriginHead, commit: str) -> bool:
    """Return whether a commit may be taken from an origin: a published one, or what was fetched last."""
    return bool(commit) and (commit == origin.head if origin.outside else is_published(session, origin.id, commit))
