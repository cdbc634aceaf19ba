"""The inbox: what one was told, and what of it one has read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from hubshare.operations.caller import Caller
from hubshare.operations.notifications import inbox
from hubshare.service.api import After, Limit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.vocabulary import NotificationKind
from hubshare.wire.api.base import Page
from hubshare.wire.api.notifications import Notification, ReadAll, ReadCount

router = APIRouter(prefix="/me/notifications", tags=["me"])


@router.get("")
def list_notifications(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))],
    centre: TheCentre,
    everything: Annotated[bool, Query(description="Also what you have read, and what is settled.")] = False,
    kind: Annotated[NotificationKind | None, Query(description="Only of this one.")] = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[Notification]:
    """What needs you, the newest first: conflicts, jobs that failed, access given or lost, invitations and the like."""
    return inbox.list_notifications(caller, centre, everything=everything, kind=kind, after=after, limit=limit)


@router.post("/read")
def read_all(
    caller: Annotated[Caller, Depends(requires(Action.READ_INBOX))], centre: TheCentre, wanted: ReadAll
) -> ReadCount:
    """Say that you have read all that you were told until a moment."""
    return inbox.read_all(caller, centre, wanted=wanted)


@router.post("/{number}/read", status_code=204)
def read_notification(
    caller: Annotated[Caller, Depends(requires(Action.READ_INBOX))],
    centre: TheCentre,
    number: Annotated[int, Path(ge=0, lt=2**63)],
) -> None:
    """Say that you have read one thing."""
    inbox.read_notification(caller, centre, number=number)
