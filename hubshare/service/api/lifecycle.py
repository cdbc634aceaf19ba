"""What can happen to a whole project: another name, another owner, the archive, the trash and the way back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from hubshare.operations import lifecycle
from hubshare.operations.caller import Caller
from hubshare.service.api import Check
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheDirectory
from hubshare.service.web.headers import set_etag
from hubshare.store.access.actions import Action
from hubshare.wire.api.projects import Archived, NewName, NewOwner, Project

router = APIRouter(prefix="/projects/{owner}/{name}", tags=["projects"])


@router.put("/name")
def rename_project(
    caller: Annotated[Caller, Depends(requires(Action.RENAME))],
    centre: TheCentre,
    owner: str,
    name: str,
    wanted: NewName,
    response: Response,
) -> Project:
    """Rename a project; the address that it had goes on leading to it."""
    made = lifecycle.rename_project(caller, centre, owner=owner, name=name, new_name=wanted.name)
    set_etag(response, made.revision)
    return made


@router.put("/owner")
def transfer_project(
    caller: Annotated[Caller, Depends(requires(Action.TRANSFER))],
    centre: TheCentre,
    directory: TheDirectory,
    owner: str,
    name: str,
    wanted: NewOwner,
    response: Response,
    check: Check = False,
) -> Project:
    """Give a project to another owner: a team that you maintain, or somebody who is its admin already and accepts it.

    Until then nothing changes, and the answer shows the project as it is. Who gave it away stays its admin, and the members
    of a team keep what they could do. An admin of the Hub needs no yes, and can do it with the projects of a user who has
    left the Hub, and give them to anybody; then the former owner keeps nothing.
    """
    made = lifecycle.transfer_project(caller, centre, directory, owner=owner, name=name, wanted=wanted, check=check)
    set_etag(response, made.revision)
    return made


@router.put("/archived")
def archive_project(
    caller: Annotated[Caller, Depends(requires(Action.ARCHIVE))],
    centre: TheCentre,
    owner: str,
    name: str,
    wanted: Archived,
    response: Response,
) -> Project:
    """Archive a project, so that nothing can be pushed to it, or undo that."""
    made = lifecycle.archive_project(caller, centre, owner=owner, name=name, archived=wanted.archived)
    set_etag(response, made.revision)
    return made


@router.delete("", status_code=204)
def delete_project(
    caller: Annotated[Caller, Depends(requires(Action.DELETE))], centre: TheCentre, owner: str, name: str
) -> None:
    """Put a project into the trash, where it can be restored from for a while; nobody can reach it there."""
    lifecycle.delete_project(caller, centre, owner=owner, name=name)


@router.post("/restore")
def restore_project(
    caller: Annotated[Caller, Depends(requires(Action.RESTORE))],
    centre: TheCentre,
    owner: str,
    name: str,
    response: Response,
) -> Project:
    """Take a project out of the trash, with its access as it was."""
    made = lifecycle.restore_project(caller, centre, owner=owner, name=name)
    set_etag(response, made.revision)
    return made
