"""The page behind an invitation link: who invites to what. It is accepted by a button, so that no program that only looks at
links accepts one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.operations.caller import Caller
from hubshare.operations.invitations import accept_invitation, check_giver
from hubshare.service.pages.access import ROLES
from hubshare.service.pages.view import ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheDirectory
from hubshare.store.access.actions import Action
from hubshare.store.invitations import followed, look_up

router = APIRouter(prefix="/invite", include_in_schema=False)

Accepting = Annotated[Caller, Depends(requires(Action.ACCEPT, "page"))]


@router.get("/{secret}")
def get_invitation(
    caller: Accepting, request: Request, centre: TheCentre, directory: TheDirectory, pages: ThePages, secret: str
) -> HTMLResponse:
    """What one is invited to."""
    check_giver(caller, centre, directory, secret=secret)
    with centre.database.read() as session:
        had = followed(session, secret, caller.user)
        invitation, project = (None, had[0]) if had else look_up(session, secret)
        return pages.show(
            request,
            caller,
            "invite.html.j2",
            invitation=invitation,
            project=project,
            role=had[1] if had else None,
            secret=secret,
            roles=ROLES,
        )


@router.post("/{secret}")
def post_invitation(
    caller: Accepting, centre: TheCentre, directory: TheDirectory, pages: ThePages, secret: str
) -> Response:
    """Accept it."""
    return see_other(pages.at.project(accept_invitation(caller, centre, directory, secret=secret).project))
