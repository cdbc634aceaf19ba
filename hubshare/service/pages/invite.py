"""The page behind an invitation link: who invites to what. It is accepted by a button, so that no program that only looks at
links accepts one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.service.api import TheCentre
from hubshare.service.api.access import accept_invitation
from hubshare.service.asking import Asked, asking
from hubshare.service.pages.access import ROLES
from hubshare.service.pages.view import ThePages, see_other
from hubshare.store.actions import Action
from hubshare.store.invitations import followed, look_up

router = APIRouter(prefix="/invite", include_in_schema=False)

Accepting = Annotated[Asked, Depends(asking(Action.ACCEPT, "page"))]


@router.get("/{secret}")
def get_invitation(asked: Accepting, request: Request, centre: TheCentre, pages: ThePages, secret: str) -> HTMLResponse:
    """What one is invited to."""
    with centre.database.read() as session:
        had = followed(session, secret, asked.user)
        invitation, project = (None, had[0]) if had else look_up(session, secret)
        return pages.show(
            request,
            asked,
            "invite.html.j2",
            invitation=invitation,
            project=project,
            role=had[1] if had else None,
            secret=secret,
            roles=ROLES,
        )


@router.post("/{secret}")
def post_invitation(asked: Accepting, centre: TheCentre, pages: ThePages, secret: str) -> Response:
    """Accept it."""
    return see_other(pages.at.project(accept_invitation(asked, centre, secret).project))
