"""Invitations to a project."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from hubshare.operations import invitations
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheDirectory
from hubshare.store.access.actions import Action
from hubshare.wire.api.access import Accepted, Invitation, NewInvitation
from hubshare.wire.api.base import Page

router = APIRouter(tags=["access"])

_AT = "/projects/{owner}/{name}/invitations"


@router.post(_AT, status_code=201)
def create_invitation(
    caller: Annotated[Caller, Depends(requires(Action.GRANT))],
    centre: TheCentre,
    owner: str,
    name: str,
    wanted: NewInvitation,
) -> Invitation:
    """Make a link that gives whoever follows it a role. Its secret is shown in this answer only."""
    return invitations.create_invitation(caller, centre, owner=owner, name=name, wanted=wanted)


@router.get(_AT)
def list_invitations(
    caller: Annotated[Caller, Depends(requires(Action.GRANT))], centre: TheCentre, owner: str, name: str
) -> Page[Invitation]:
    """The invitations that can still be followed."""
    return Page(items=invitations.list_invitations(caller, centre, owner=owner, name=name))


@router.delete(f"{_AT}/{{invitation}}", status_code=204)
def delete_invitation(
    caller: Annotated[Caller, Depends(requires(Action.GRANT))],
    centre: TheCentre,
    owner: str,
    name: str,
    invitation: str,
) -> None:
    """Take an invitation back; who has followed it keeps the role."""
    invitations.delete_invitation(caller, centre, owner=owner, name=name, invitation=invitation)


@router.post("/invitations/{secret}/accept")
def accept_invitation(
    caller: Annotated[Caller, Depends(requires(Action.ACCEPT))],
    centre: TheCentre,
    directory: TheDirectory,
    secret: str,
) -> Accepted:
    """Follow an invitation: you get its role on its project."""
    return invitations.accept_invitation(caller, centre, directory, secret=secret)
