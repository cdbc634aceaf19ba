"""Conflicts in one's own checkouts, and picking a side without going to the server that the checkout is on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.centre import Centre
from hubshare.errors import Clash, NotFound
from hubshare.git.lookup import side_at
from hubshare.jobs.payloads import Edit
from hubshare.names import quoted
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.operations.edits import submit_edit
from hubshare.service.api import After, Limit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.openapi import binary
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import role_of
from hubshare.store.models import Checkout, Conflict, Project
from hubshare.sync.trees import Side
from hubshare.wire.agent import Pick, PickedPath, new_id
from hubshare.wire.api.base import Page
from hubshare.wire.api.conflicts import Conflict as ConflictOut
from hubshare.wire.api.conflicts import ConflictSides, NewPick, Settled
from hubshare.wire.api.conflicts import Side as WireSide

router = APIRouter(tags=["conflicts"])

ConflictId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


@router.get("/conflicts")
def list_conflicts(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))],
    centre: TheCentre,
    after: After = None,
    limit: Limit = 100,
) -> Page[ConflictOut]:
    """The open conflicts in all your checkouts, as far as they have been pushed and you may read the projects."""
    begin, query = decode_cursor(after, str), open_conflicts(caller.user).order_by(Conflict.id)
    if begin:
        query = query.where(Conflict.id > begin[0])
    with centre.database.read() as session:
        rows = session.execute(query.limit(limit + 1)).all()
        items = [
            _shape(conflict, checkout, project)
            for conflict, checkout, project in rows[:limit]
            if role_of(session, project, caller.user) is not None
        ]
    return Page(items=items, next=encode_cursor(rows[limit - 1][0].id) if len(rows) > limit else None)


@router.get("/conflicts/{conflict}")
def get_conflict(
    caller: Annotated[Caller, Depends(requires(Action.READ))], centre: TheCentre, conflict: ConflictId
) -> ConflictSides:
    """One conflict of yours, with what both sides hold."""
    with centre.database.read() as session:
        row, checkout, project = mine(session, caller, conflict)
        newest = projects.latest(session, project.id)
        assert newest is not None
        repository = centre.repositories.open(project.id)
        ours, theirs = side_at(repository, row.snapshot, row.path), side_at(repository, newest.commit, row.path)
        plain = _shape(row, checkout, project).model_dump()
    return ConflictSides(**plain, ours=_to_wire(ours), theirs=_to_wire(theirs), version=newest.number)


@router.get(
    "/conflicts/{conflict}/ours",
    response_class=Response,
    responses=binary("application/octet-stream", words="The content of your side."),
)
def get_ours(
    caller: Annotated[Caller, Depends(requires(Action.READ))], centre: TheCentre, conflict: ConflictId
) -> Response:
    """The checkout's version of a path in conflict, as a download."""
    with centre.database.read() as session:
        row, _, project = mine(session, caller, conflict)
        repository = centre.repositories.open(project.id)
        side = side_at(repository, row.snapshot, row.path)
    if side is None:
        raise NotFound(f"Your side of {quoted(row.path)} is a deletion.")
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return Response(repository.read(side.id).data, media_type="application/octet-stream", headers=headers)


@router.put("/conflicts/{conflict}/ours")
def pick_ours(
    caller: Annotated[Caller, Depends(requires(Action.PUSH))],
    centre: TheCentre,
    conflict: ConflictId,
    wanted: NewPick,
) -> Settled:
    """Settle a conflict for your version: it is published as a new version; the other one stays in the history."""
    return Settled(version=next(iter(settle_ours(caller, centre, {conflict: wanted}).values())))


@router.put("/conflicts/{conflict}/theirs")
def pick_theirs(
    caller: Annotated[Caller, Depends(requires(Action.CHECK_OUT))],
    centre: TheCentre,
    conflict: ConflictId,
    wanted: NewPick,
) -> Settled:
    """Settle a conflict for the published version: your agent puts it in place and keeps yours, when it next runs."""
    settle_theirs(caller, centre, {conflict: wanted})
    return Settled(version=None)


def open_conflicts(user: str) -> Any:
    """A selection of the conflicts in a user's checkouts, with checkout and project."""
    return (
        select(Conflict, Checkout, Project)
        .join(Checkout, Checkout.id == Conflict.checkout_id)
        .join(Project, Project.id == Conflict.project_id)
        .where(Checkout.user == user, Project.deleted.is_(None))
    )


def settle_ours(caller: Caller, centre: Centre, picks: Mapping[str, NewPick]) -> dict[str, int]:
    """Publish the person's version in some conflicts: those of one project as one version.

    Args:
        picks: by the conflict's id.

    Returns:
        Project to the version that it has then.
    """
    edits: dict[str, Edit] = {}
    with centre.database.read() as session:
        for conflict, wanted in picks.items():
            row, _, project = mine(session, caller, conflict)
            ours, theirs = as_seen(centre, session, row, wanted)
            if project.full_name not in edits:
                edits[project.full_name] = Edit(
                    id=new_id(),
                    project=project.id,
                    user=caller.user,
                    door=caller.door,
                    token=caller.person.token,
                    message="",
                    confirmed=True,
                )
            edit = edits[project.full_name]
            if row.path in edit.changes:
                raise Clash(f"You have {quoted(row.path)} in two checkouts: pick the version of one of them.")
            edit.changes[row.path] = (ours.mode, ours.id) if ours else None
            edit.seen[row.path] = (theirs.mode, theirs.id) if theirs else None
            edit.conflicts.append(row.id)
    named = {
        name: f"Settle {next(iter(edit.changes)) if len(edit.changes) == 1 else f'{len(edit.changes):,} files'}"
        for name, edit in edits.items()
    }
    return {name: submit_edit(centre, replace(edit, message=named[name])) for name, edit in edits.items()}


def settle_with(caller: Caller, centre: Centre, conflict: str, wanted: NewPick, text: str) -> tuple[str, int]:
    """Publish a content that was made of both sides, and have the person's agent put it in place and keep the person's.

    Returns:
        Project and number of the version.
    """
    with centre.database.read() as session:
        row, _, project = mine(session, caller, conflict)
        _, theirs = as_seen(centre, session, row, wanted)
    edit = Edit(
        id=new_id(),
        project=project.id,
        user=caller.user,
        door=caller.door,
        token=caller.person.token,
        message=f"Settle {row.path} cell by cell",
        contents={row.path: text},
        seen={row.path: (theirs.mode, theirs.id) if theirs else None},
        picked={row.id: wanted.ours},
    )
    return project.full_name, submit_edit(centre, edit)


def settle_theirs(caller: Caller, centre: Centre, picks: Mapping[str, NewPick]) -> None:
    """Have the person's agents put the published version in place, in some conflicts, and keep the person's.

    Args:
        picks: by the conflict's id.
    """
    told: dict[tuple[str, str], list[PickedPath]] = {}
    with centre.database.begin() as session:
        for conflict, wanted in picks.items():
            row, checkout, project = mine(session, caller, conflict)
            as_seen(centre, session, row, wanted)
            row.picked = {"ours": wanted.ours, "theirs": wanted.theirs}
            picked = PickedPath(path=row.path, ours=wanted.ours, theirs=wanted.theirs)
            told.setdefault((project.id, checkout.id), []).append(picked)
            caller.note(session, project, pick="theirs", path=row.path)
    for (project_id, checkout_id), paths in told.items():
        centre.bus.tell([caller.user], Pick(project=project_id, checkout=checkout_id, paths=paths).encode())


def _shape(row: Conflict, checkout: Checkout, project: Project) -> ConflictOut:
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


def mine(session: Session, caller: Caller, conflict: str) -> tuple[Conflict, Checkout, Project]:
    """A conflict of the person, if the action passes on its project.

    Raises:
        NotFound: when the person has no such conflict.
    """
    row = session.get(Conflict, conflict)
    checkout = session.get(Checkout, row.checkout_id) if row else None
    if row is None or checkout is None or checkout.user != caller.user:
        raise NotFound("You have no such conflict: it may be settled already.")
    project, _ = caller.project_of_id(session, row.project_id)
    return row, checkout, project


def _to_wire(side: Side) -> WireSide | None:
    return WireSide(mode=side.mode, id=side.id) if side else None


def as_seen(centre: Centre, session: Session, row: Conflict, wanted: NewPick) -> tuple[Side, Side]:
    """Both sides, if they are still what the person decided on."""
    repository = centre.repositories.open(row.project_id)
    head = session.get_one(Project, row.project_id).head
    ours, theirs = side_at(repository, row.snapshot, row.path), side_at(repository, head, row.path)
    if (ours.id if ours else None, theirs.id if theirs else None) != (wanted.ours, wanted.theirs):
        raise Clash(f"{quoted(row.path)} has changed since you looked at it: look again, then pick.")
    return ours, theirs
