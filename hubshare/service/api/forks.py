"""Forks, and what they take of their origins."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from hubshare.operations import forks
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.headers import set_etag
from hubshare.store.access.actions import Action
from hubshare.wire.api.conflicts import Settled
from hubshare.wire.api.forks import NewFork, NewOriginPull, Origin, OriginPlan
from hubshare.wire.api.projects import Project

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
