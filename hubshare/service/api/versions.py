"""The versions of a project, and going back to one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from hubshare.operations import versions
from hubshare.operations.caller import Caller
from hubshare.service.api import After, Limit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.wire.api.base import Page
from hubshare.wire.api.conflicts import NewRestore, Settled
from hubshare.wire.api.projects import Version

router = APIRouter(prefix="/projects")
#: The addresses of release 0.1.0, whose agents still use them.
former = APIRouter(prefix="/projects", include_in_schema=False)


@former.get("/{owner}/{name}/commits")
@router.get("/{owner}/{name}/versions", tags=["projects"])
def list_versions(
    caller: Annotated[Caller, Depends(requires(Action.READ))],
    centre: TheCentre,
    owner: str,
    name: str,
    after: After = None,
    limit: Limit = 50,
    path: Annotated[str, Query(max_length=3500)] = "",
) -> Page[Version]:
    """Published versions, the newest first; with `path` those that changed this file or folder."""
    return versions.list_versions(caller, centre, owner=owner, name=name, after=after, limit=limit, path=path)


@former.post("/{owner}/{name}/commits/{version}/restore")
@router.post("/{owner}/{name}/versions/{version}/restore", tags=["contents"])
def restore_version(
    caller: Annotated[Caller, Depends(requires(Action.PUSH))],
    centre: TheCentre,
    owner: str,
    name: str,
    version: Annotated[str, Path(description="A number, `v` and a number, or at least 7 digits of a commit.")],
    wanted: NewRestore,
) -> Settled:
    """Publish a file, a folder or all of an earlier version again, as a new version."""
    return versions.restore_version(caller, centre, owner=owner, name=name, version=version, wanted=wanted)
