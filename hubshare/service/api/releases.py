"""Releases: versions with a name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from hubshare.operations import releases
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.wire.api.base import Page
from hubshare.wire.api.releases import NewRelease, Release, ReleaseChange

router = APIRouter(prefix="/projects/{owner}/{name}/releases", tags=["releases"])

_Reading = Annotated[Caller, Depends(requires(Action.READ))]
_Naming = Annotated[Caller, Depends(requires(Action.RELEASE))]


@router.get("")
def list_releases(caller: _Reading, centre: TheCentre, owner: str, name: str) -> Page[Release]:
    """All releases, the newest first."""
    return Page(items=releases.list_releases(caller, centre, owner=owner, name=name))


@router.post("", status_code=201)
def create_release(caller: _Naming, centre: TheCentre, owner: str, name: str, wanted: NewRelease) -> Release:
    """Give a version a name. Mirrors that are pushed to on each release are in a moment."""
    return releases.add_release(
        caller, centre, owner=owner, name=name, called=wanted.name, version=wanted.version, notes=wanted.notes
    )


@router.get("/{release}")
def get_release(
    caller: _Reading,
    centre: TheCentre,
    owner: str,
    name: str,
    release: Annotated[str, Path(description="Its name, or `latest` for the one that was made last.")],
) -> Release:
    """One release."""
    return releases.get_release(caller, centre, owner=owner, name=name, called=release)


@router.patch("/{release}")
def change_release(
    caller: _Naming, centre: TheCentre, owner: str, name: str, release: str, wanted: ReleaseChange
) -> Release:
    """Show readers a release first, in place of the one before, or no more."""
    return releases.pin_release(caller, centre, owner=owner, name=name, called=release, on=wanted.pinned)


@router.delete("/{release}", status_code=204)
def delete_release(caller: _Naming, centre: TheCentre, owner: str, name: str, release: str) -> None:
    """Take a name away from a version; the version stays."""
    releases.delete_release(caller, centre, owner=owner, name=name, called=release)
