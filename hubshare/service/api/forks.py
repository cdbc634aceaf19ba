"""Forks, and what they take of their origins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from hubshare.operations import forks
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.downloads import AS_A_FILE, Downloading, FileContent
from hubshare.service.web.headers import set_etag
from hubshare.service.web.openapi import binary
from hubshare.store.access.actions import Action
from hubshare.wire.api.conflicts import Settled
from hubshare.wire.api.forks import NewFork, NewOriginPull, Origin, OriginPlan
from hubshare.wire.api.projects import Entry, Project

router = APIRouter(prefix="/projects/{owner}/{name}", tags=["forks"])

Reading = Annotated[Caller, Depends(requires(Action.READ))]


@router.post("/forks", status_code=201)
def fork_project(
    caller: Annotated[Caller, Depends(requires(Action.FORK))],
    centre: TheCentre,
    owner: str,
    name: str,
    wanted: NewFork,
    response: Response,
) -> Project:
    """Begin a project of your own with the files of this one; a large one is still being copied while its version is 0."""
    made = forks.fork_project(caller, centre, owner=owner, name=name, wanted=wanted)
    set_etag(response, made.revision)
    return made


@router.get("/origin")
def get_origin(caller: Reading, centre: TheCentre, owner: str, name: str) -> Origin:
    """Where a project stands to the one that it was begun from, as far as you may know of that."""
    return forks.read_origin(caller, centre, owner=owner, name=name)


@router.get("/origin/entry")
def get_origin_entry(caller: Reading, centre: TheCentre, owner: str, name: str, path: str) -> Entry:
    """What the origin has at a path now."""
    return forks.get_origin_entry(caller, centre, owner=owner, name=name, path=path)


@router.get(
    "/origin/file",
    response_class=Response,
    responses=binary("application/octet-stream", words="The file's content."),
)
def get_origin_file(caller: Reading, _: Downloading, centre: TheCentre, owner: str, name: str, path: str) -> Response:
    """A file's content as the origin has it now, as a download."""
    content = forks.open_origin_file(caller, centre, owner=owner, name=name, path=path)
    return FileContent(content, "application/octet-stream", AS_A_FILE)


@router.get("/origin/plan")
def get_plan(caller: Reading, centre: TheCentre, owner: str, name: str) -> OriginPlan:
    """What a pull from the origin would do now."""
    return forks.plan_pull(caller, centre, owner=owner, name=name)


@router.post("/origin/pull")
def pull_from_origin(
    caller: Annotated[Caller, Depends(requires(Action.PUSH))],
    centre: TheCentre,
    owner: str,
    name: str,
    wanted: NewOriginPull,
) -> Settled:
    """Take what is new at the origin, as one version, with the conflicts that you picked."""
    return forks.pull_from_origin(caller, centre, owner=owner, name=name, wanted=wanted)
