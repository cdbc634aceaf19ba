"""The open conflicts in a person's checkouts, and what both sides of each hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from hubshare.centre import Centre
from hubshare.errors import Clash, NotFound
from hubshare.git.lookup import side_at
from hubshare.git.streams import ObjectStream
from hubshare.names import quoted
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.store import projects
from hubshare.store.access.decisions import role_of
from hubshare.store.conflicts import OpenConflict, conflicts_by_project, conflicts_of_user
from hubshare.store.database import Session
from hubshare.store.models import Checkout, Conflict, Project, Version
from hubshare.sync.trees import Side
from hubshare.vocabulary import Role
from hubshare.wire.api.base import Page
from hubshare.wire.api.conflicts import Conflict as ConflictOut
from hubshare.wire.api.conflicts import ConflictSides, NewPick
from hubshare.wire.api.conflicts import Side as SideOut


def list_conflicts(caller: Caller, centre: Centre, *, after: str | None, limit: int) -> Page[ConflictOut]:
    """The open conflicts in all the person's checkouts, as far as they have been pushed and the projects may be read."""
    begin = decode_cursor(after, str)
    with centre.database.read() as session:
        rows = conflicts_of_user(session, caller.user, str(begin[0]) if begin else None, limit + 1)
        projects_read = {row.project.id: row.project for row in rows}
        may = {name for name, found in projects_read.items() if role_of(session, found, caller.user) is not None}
        items = [_to_resource(row) for row in rows[:limit] if row.project.id in may]
    return Page(items=items, next=encode_cursor(rows[limit - 1].conflict.id) if len(rows) > limit else None)


def get_conflict(caller: Caller, centre: Centre, *, conflict: str) -> ConflictSides:
    """One conflict of the person, with what both sides hold."""
    with centre.database.read() as session:
        found = find_conflict(session, caller, conflict)
        newest = projects.latest(session, found.project.id)
        assert newest is not None
        ours, theirs = sides_of(centre, found.conflict, newest.commit)
        plain = _to_resource(found).model_dump()
    return ConflictSides(**plain, ours=_to_wire(ours), theirs=_to_wire(theirs), version=newest.number)


def open_ours(caller: Caller, centre: Centre, *, conflict: str) -> tuple[str, ObjectStream]:
    """The path of a conflict, and what the checkout holds there, which the caller closes.

    Raises:
        NotFound: when it deleted the path.
    """
    with centre.database.read() as session:
        row, _, project = find_conflict(session, caller, conflict)
    repository = centre.repositories.open(project.id)
    side = side_at(repository, row.snapshot, row.path)
    if side is None:
        raise NotFound(f"Your side of {quoted(row.path)} is a deletion.")
    return row.path, repository.stream(side.id)


class InboxLine(NamedTuple):
    """One conflict in the list of all of a person's; `may_push` says whether `ours` can be picked."""

    conflict: Conflict
    checkout: Checkout
    project: Project
    may_push: bool


def list_inbox(session: Session, caller: Caller, most: int) -> list[InboxLine]:
    """The person's conflicts by project, as far as the projects may be read; at most so many."""
    roles: dict[str, Role | None] = {}
    found = []
    for row, checkout, project in conflicts_by_project(session, caller.user, most):
        if project.id not in roles:
            roles[project.id] = role_of(session, project, caller.user)
        role = roles[project.id]
        if role is not None:
            found.append(InboxLine(row, checkout, project, role >= Role.writer and project.archived is None))
    return found


def find_conflicts(
    caller: Caller, centre: Centre, *, conflicts: Iterable[str]
) -> list[tuple[OpenConflict, Version | None]]:
    """Some conflicts of the person, each with the newest version of its project."""
    with centre.database.read() as session:
        found = [find_conflict(session, caller, conflict) for conflict in conflicts]
        newest = projects.newest_of(session, {each.project.id for each in found})
    return [(each, newest.get(each.project.id)) for each in found]


def find_conflict(session: Session, caller: Caller, conflict: str) -> OpenConflict:
    """A conflict of the person, if the action passes on its project.

    Raises:
        NotFound: when the person has no such conflict.
    """
    row = session.get(Conflict, conflict)
    checkout = session.get(Checkout, row.checkout_id) if row else None
    if row is None or checkout is None or checkout.user != caller.user:
        raise NotFound("You have no such conflict: it may be settled already.")
    project, _ = caller.project_of_id(session, row.project_id)
    return OpenConflict(row, checkout, project)


def sides_of(centre: Centre, row: Conflict, published: str) -> tuple[Side, Side]:
    """What the checkout holds at the path of a conflict, and what a published commit does."""
    repository = centre.repositories.open(row.project_id)
    return side_at(repository, row.snapshot, row.path), side_at(repository, published, row.path)


def check_seen(centre: Centre, found: OpenConflict, wanted: NewPick) -> tuple[Side, Side]:
    """Both sides, if they are still what the person decided on.

    Raises:
        Clash: when one of them is another one by now.
    """
    ours, theirs = sides_of(centre, found.conflict, found.project.head)
    if (ours.id if ours else None, theirs.id if theirs else None) != (wanted.ours, wanted.theirs):
        raise Clash(f"{quoted(found.conflict.path)} has changed since you looked at it: look again, then pick.")
    return ours, theirs


def _to_resource(found: OpenConflict) -> ConflictOut:
    row, checkout, project = found
    return ConflictOut(
        id=row.id,
        project=project.full_name,
        checkout=checkout.id,
        folder=checkout.folder,
        path=row.path,
        kind=row.kind,
        opened=row.opened,
        waits=row.picked is not None,
    )


def _to_wire(side: Side) -> SideOut | None:
    return SideOut(mode=side.mode, id=side.id) if side else None
