"""The page of notifications: all that a person was told, old things too, by kind, and what of it was read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.operations.caller import Caller
from hubshare.operations.notifications import inbox
from hubshare.operations.notifications.kinds import KINDS
from hubshare.service.pages.view import ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.vocabulary import NotificationKind
from hubshare.wire.api.notifications import ReadAll

router = APIRouter(prefix="/settings/notifications", include_in_schema=False)

_LIST = 50


@router.get("")
def get_notifications(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    kind: Annotated[str, Query(max_length=50)] = "",
    unread: bool = False,
    after: str | None = None,
) -> HTMLResponse:
    """What the person was told, the newest first."""
    wanted = next((one for one in KINDS if one == kind), None)
    found = inbox.list_notifications(caller, centre, everything=not unread, kind=wanted, after=after, limit=_LIST)
    given = _given(wanted, unread)
    return pages.show(
        request,
        caller,
        "notifications.html.j2",
        found=found,
        kinds={name: about.called for name, about in KINDS.items()},
        wanted=wanted,
        only_unread=unread,
        given=given,
        after=after,
        until=found.items[0].time.isoformat() if found.items else "",
        mails=bool(centre.settings.smtp_host),
    )


@router.post("")
def post_notifications(
    caller: Annotated[Caller, Depends(requires(Action.READ_INBOX, "page"))],
    centre: TheCentre,
    pages: ThePages,
    number: Annotated[int | None, Form(ge=0, lt=2**63)] = None,
    until: Annotated[datetime | None, Form()] = None,
    kind: Annotated[NotificationKind | None, Form()] = None,
    unread: Annotated[bool, Form()] = False,
) -> Response:
    """Note that the person has read one thing, or all of what is shown and older."""
    if number is not None:
        inbox.read_notification(caller, centre, number=number)
    else:
        inbox.read_all(caller, centre, wanted=ReadAll(until=until, kind=kind))
    return see_other(pages.at("settings", "notifications", **_given(kind, unread)))


def _given(kind: NotificationKind | None, unread: bool) -> dict[str, str]:
    """What the address of the page says of what is looked for."""
    return ({"kind": str(kind)} if kind else {}) | ({"unread": "true"} if unread else {})
