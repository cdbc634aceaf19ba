"""Conflicts in one's own checkouts, and picking a side without going to the server that the checkout is on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from hubshare.operations import conflicts, picks
from hubshare.operations.caller import Caller
from hubshare.service.api import After, Limit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.downloads import Downloading, FileContent
from hubshare.service.web.openapi import binary
from hubshare.store.access.actions import Action
from hubshare.wire.api.base import Page
from hubshare.wire.api.conflicts import Conflict, ConflictSides, NewPick, Settled

router = APIRouter(prefix="/conflicts", tags=["conflicts"])

ConflictId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Reading = Annotated[Caller, Depends(requires(Action.READ))]


@router.get("")
def list_conflicts(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))],
    centre: TheCentre,
    after: After = None,
    limit: Limit = 100,
) -> Page[Conflict]:
    """The open conflicts in all your checkouts, as far as they have been pushed and you may read the projects."""
    return conflicts.list_conflicts(caller, centre, after=after, limit=limit)


@router.get("/{conflict}")
def get_conflict(caller: Reading, centre: TheCentre, conflict: ConflictId) -> ConflictSides:
    """One conflict of yours, with what both sides hold."""
    return conflicts.get_conflict(caller, centre, conflict=conflict)


@router.get(
    "/{conflict}/ours",
    response_class=Response,
    responses=binary("application/octet-stream", words="The content of your side."),
)
def get_ours(caller: Reading, _: Downloading, centre: TheCentre, conflict: ConflictId) -> Response:
    """The checkout's version of a path in conflict, as a download."""
    _path, content = conflicts.open_ours(caller, centre, conflict=conflict)
    headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
    return FileContent(content, "application/octet-stream", headers)


@router.put("/{conflict}/ours")
def pick_ours(
    caller: Annotated[Caller, Depends(requires(Action.PUSH))],
    centre: TheCentre,
    conflict: ConflictId,
    wanted: NewPick,
) -> Settled:
    """Settle a conflict for your version: it is published as a new version; the other one stays in the history."""
    (version,) = picks.settle_ours(caller, centre, picks={conflict: wanted}).values()
    return Settled(version=version)


@router.put("/{conflict}/theirs")
def pick_theirs(
    caller: Annotated[Caller, Depends(requires(Action.CHECK_OUT))],
    centre: TheCentre,
    conflict: ConflictId,
    wanted: NewPick,
) -> Settled:
    """Settle a conflict for the published version: your agent puts it in place and keeps yours, when it next runs."""
    picks.settle_theirs(caller, centre, picks={conflict: wanted})
    return Settled(version=None)
