"""Forks, and how much of its origin each has taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import update
from sqlalchemy.orm import Session

from hubshare.errors import NotFound
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import require
from hubshare.store.models import Origin
from hubshare.store.versions import Branch, read_branch
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


def require_origin(session: Session, taken: Taken | None, user: str) -> Branch:
    """The origin of a fork, if a person may read it at this moment.

    Raises:
        NotFound: when not, whether it is there or was deleted; its name is in nobody's message.
    """
    branch = read_branch(session, taken.origin) if taken is not None else None
    try:
        require(session, branch, user, Action.READ, "")
    except NotFound:
        branch = None
    if branch is None:
        raise NotFound("This project has no origin that you may read: nothing can be taken from there.")
    return branch
