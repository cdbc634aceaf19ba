"""Projects that come from the internet."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from hubshare.features.imports import operations
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.headers import set_etag
from hubshare.store.access.actions import Action
from hubshare.wire.api.imports import Import, ImportChange, NewImport, SourceLink
from hubshare.wire.api.projects import Project

router = APIRouter(tags=["imports"])

Pushing = Annotated[Caller, Depends(requires(Action.PUSH))]


@router.post("/imports", status_code=201)
def import_project(
    caller: Annotated[Caller, Depends(requires(Action.CREATE_PROJECT))],
    centre: TheCentre,
    wanted: NewImport,
    response: Response,
) -> Project:
    """Begin a project with what a link leads to; its files are there when they have been fetched."""
    made = operations.import_project(caller, centre, wanted=wanted)
    set_etag(response, made.revision)
    return made


@router.get("/links")
def read_link(
    _: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))], link: Annotated[str, Query(max_length=4096)]
) -> SourceLink:
    """What a link from the internet asks for; nothing is fetched."""
    return operations.read_source_link(link)


@router.get("/projects/{owner}/{name}/import")
def get_import(caller: Pushing, centre: TheCentre, owner: str, name: str) -> Import:
    """How a project comes from its source outside the Hub, and how far that is."""
    return operations.read_import(caller, centre, owner=owner, name=name)


@router.post("/projects/{owner}/{name}/import/fetch")
def fetch_import(caller: Pushing, centre: TheCentre, owner: str, name: str, take: bool = False) -> Import:
    """Look at the source for what is new; with `take` it is taken at once, but for what was changed on both sides."""
    return operations.fetch_import(caller, centre, owner=owner, name=name, take=take)


@router.post("/projects/{owner}/{name}/import/cancel")
def cancel_import(caller: Pushing, centre: TheCentre, owner: str, name: str) -> Import:
    """Stop a fetch; what the project holds stays as it is."""
    return operations.cancel_import(caller, centre, owner=owner, name=name)


@router.patch("/projects/{owner}/{name}/import")
def change_import(
    caller: Annotated[Caller, Depends(requires(Action.CONFIGURE))],
    centre: TheCentre,
    owner: str,
    name: str,
    changes: ImportChange,
) -> Import:
    """Change how a project follows its source, or the password or token for it."""
    return operations.change_import(caller, centre, owner=owner, name=name, changes=changes)
