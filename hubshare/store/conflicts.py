"""The open conflicts of users."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import Select, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.orm import Session

from hubshare.store.models import Checkout, Conflict, Project
from hubshare.store.notification_tables import Notification
from hubshare.store.notifications import News, settle, tell

#: So many rows are named in one statement.
_ROWS = 500
#: As much is told of the name of a folder.
_FOLDER = 400


class OpenConflict(NamedTuple):
    """A conflict, in which checkout it is, and of which project that is."""

    conflict: Conflict
    checkout: Checkout
    project: Project


def conflicts_of_user(session: Session, user: str, after: str | None, most: int) -> list[OpenConflict]:
    """The conflicts in a user's checkouts of projects that are not deleted, by id.

    Args:
        after: only those with a larger id.
        most: how many at most.
    """
    query = _of_user(user).where(Conflict.id > (after or "")).order_by(Conflict.id)
    return [OpenConflict(*row) for row in session.execute(query.limit(most))]


def conflicts_by_project(session: Session, user: str, most: int) -> list[OpenConflict]:
    """The same by project, checkout and path, from the first one on."""
    query = _of_user(user).order_by(Project.owner, Project.name, Checkout.id, Conflict.path)
    return [OpenConflict(*row) for row in session.execute(query.limit(most))]


# Built once: building a statement takes longer than running it.
_OPEN = (
    select(Conflict.checkout_id, func.count())
    .join(Checkout, Checkout.id == Conflict.checkout_id)
    .where(Conflict.project_id == bindparam("project"), Checkout.user == bindparam("user"), Conflict.picked.is_(None))
    .group_by(Conflict.checkout_id)
)


def count_open(session: Session, project: str, user: str) -> dict[str, int]:
    """How many conflicts a user has to settle in each checkout of a project that has any, by id."""
    return {checkout: number for checkout, number in session.execute(_OPEN, {"project": project, "user": user})}


def _of_user(user: str) -> Select[Conflict, Checkout, Project]:
    return (
        select(Conflict, Checkout, Project)
        .join(Checkout, Checkout.id == Conflict.checkout_id)
        .join(Project, Project.id == Conflict.project_id)
        .where(Checkout.user == user, Project.deleted.is_(None))
    )


def note_conflicts(
    session: Session, project: str, checkout: str, snapshot: str, over: Collection[str], met: Mapping[str, str]
) -> set[str]:
    """Write down what a push has met; others wait for their turn to write, so many rows are few statements.

    Args:
        project, checkout: ids.
        snapshot: the pushed commit.
        over: paths that are in conflict no more.
        met: path to kind, of those that are.

    Returns:
        The paths that are in conflict then.
    """
    here = Conflict.checkout_id == checkout
    rows = session.execute(select(Conflict.path, Conflict.id, Conflict.kind, Conflict.snapshot).where(here))
    known = {path: (row, kind, held) for path, row, kind, held in rows}
    gone = [known.pop(path)[0] for path in set(over) & known.keys()]
    for at in range(0, len(gone), _ROWS):
        session.execute(delete(Conflict).where(Conflict.id.in_(gone[at : at + _ROWS])))
    again = [path for path in known if path in met]
    if again and len(again) == len(known):
        session.execute(update(Conflict).where(here).values(snapshot=snapshot))
    else:
        moved = [{"id": known[path][0], "snapshot": snapshot} for path in again if known[path][2] != snapshot]
        if moved:
            session.execute(update(Conflict), moved)
    turned = [{"id": known[path][0], "kind": met[path]} for path in again if known[path][1] != met[path]]
    if turned:
        session.execute(update(Conflict), turned)
    made = [
        {
            "id": uuid4().hex,
            "project_id": project,
            "checkout_id": checkout,
            "path": path,
            "kind": kind,
            "snapshot": snapshot,
        }
        for path, kind in met.items()
        if path not in known
    ]
    if made:
        session.execute(insert(Conflict), made)
        here_now = session.execute(select(Checkout.user, Checkout.folder).where(Checkout.id == checkout)).one()
        details = {"files": len({*known, *met}), "folder": here_now.folder[:_FOLDER]}
        tell(session, [here_now.user], News("conflict", checkout, details, project))
    elif gone:
        settle_conflicts(session, project)
    return {*known, *met}


def settle_conflicts(session: Session, project: str) -> None:
    """Have nobody be asked any more about checkouts of a project in which no conflict waits for a pick.

    Args:
        project: id.
    """
    waits = exists().where(Conflict.checkout_id == Notification.thing, Conflict.picked.is_(None))
    told = Notification.kind == "conflict", Notification.project_id == project, Notification.done.is_(None)
    over = list(session.scalars(select(Notification.thing).where(*told, ~waits)))
    if over:
        settle(session, "conflict", over)
