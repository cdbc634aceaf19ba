"""Projects: made, found, and their settings."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from hubshare.operations import projects
from hubshare.operations.caller import Caller
from hubshare.service.api import After, Check, Limit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheDirectory
from hubshare.service.web.headers import set_etag
from hubshare.store.access.actions import Action
from hubshare.wire.api.base import Page
from hubshare.wire.api.projects import NewProject, Project, ProjectChange

router = APIRouter(prefix="/projects", tags=["projects"])


@router.get("")
def list_projects(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))],
    centre: TheCentre,
    after: After = None,
    limit: Limit = 100,
    own: Annotated[bool, Query(description="Only those on which you have a role of your own.")] = False,
    whose: Annotated[
        Literal["mine", "teams", "shared"] | None,
        Query(description="Only your own, those of your teams, or those of others that were shared with you."),
    ] = None,
    query: Annotated[
        str, Query(max_length=300, description="Only those in whose address or description all these words are.")
    ] = "",
) -> Page[Project]:
    """The projects that you may read, by name."""
    return projects.list_projects(caller, centre, after=after, limit=limit, own=own, whose=whose, query=query)


@router.post("", status_code=201)
def create_project(
    caller: Annotated[Caller, Depends(requires(Action.CREATE_PROJECT))],
    centre: TheCentre,
    directory: TheDirectory,
    wanted: NewProject,
    response: Response,
    check: Check = False,
) -> Project:
    """Make a project with an empty first version."""
    made = projects.create_project(caller, centre, directory, wanted=wanted, check=check)
    set_etag(response, made.revision)
    return made


@router.get("/{owner}/{name}")
def get_project(
    caller: Annotated[Caller, Depends(requires(Action.READ))],
    centre: TheCentre,
    owner: str,
    name: str,
    response: Response,
) -> Project:
    """One project; an address that it had formerly leads to it too."""
    found = projects.get_project(caller, centre, owner=owner, name=name)
    set_etag(response, found.revision)
    return found


@router.patch("/{owner}/{name}")
def change_project(
    caller: Annotated[Caller, Depends(requires(Action.CONFIGURE))],
    centre: TheCentre,
    owner: str,
    name: str,
    wanted: ProjectChange,
    response: Response,
) -> Project:
    """Change settings of a project."""
    made = projects.change_settings(caller, centre, owner=owner, name=name, changes=wanted.changes)
    set_etag(response, made.revision)
    return made
