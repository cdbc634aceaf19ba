"""Mirrors by the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from hubshare.features.mirrors import operations
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.wire.api.base import Page
from hubshare.wire.api.mirrors import Mirror, MirrorChange, MirrorPush, NewMirror

router = APIRouter(prefix="/projects/{owner}/{name}/mirrors", tags=["mirrors"])

_Managing = Annotated[Caller, Depends(requires(Action.MIRRORS))]


@router.get("")
def list_mirrors(caller: _Managing, centre: TheCentre, owner: str, name: str) -> Page[Mirror]:
    """The repositories on the internet that a project is pushed to."""
    return Page(items=operations.list_mirrors(caller, centre, owner=owner, name=name))


@router.post("", status_code=201)
def create_mirror(caller: _Managing, centre: TheCentre, owner: str, name: str, wanted: NewMirror) -> Mirror:
    """Have a project be pushed to a git repository: all its versions, with who made them, when and why."""
    return operations.create_mirror(caller, centre, owner=owner, name=name, wanted=wanted)


@router.get("/{mirror}")
def get_mirror(caller: _Managing, centre: TheCentre, owner: str, name: str, mirror: str) -> Mirror:
    """One mirror, and how it stands."""
    return operations.get_mirror(caller, centre, owner=owner, name=name, mirror=mirror)


@router.patch("/{mirror}")
def change_mirror(
    caller: _Managing, centre: TheCentre, owner: str, name: str, mirror: str, wanted: MirrorChange
) -> Mirror:
    """Change a mirror, pause it, or have it go on; it is yours from then on, and a token of somebody else is forgotten."""
    return operations.change_mirror(caller, centre, owner=owner, name=name, mirror=mirror, wanted=wanted)


@router.delete("/{mirror}", status_code=204)
def delete_mirror(caller: _Managing, centre: TheCentre, owner: str, name: str, mirror: str) -> None:
    """Push to a repository no more; what it has stays there."""
    operations.delete_mirror(caller, centre, owner=owner, name=name, mirror=mirror)


@router.post("/{mirror}/push", status_code=202)
def push_mirror(caller: _Managing, centre: TheCentre, owner: str, name: str, mirror: str, wanted: MirrorPush) -> Mirror:
    """Push now. Nothing there is overwritten but the one commit that is named."""
    return operations.push_mirror(caller, centre, owner=owner, name=name, mirror=mirror, overwrites=wanted.overwrites)
