"""Who may do what with a project: grants, and the reasons for every access."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from hubshare.operations import access
from hubshare.operations.caller import Caller
from hubshare.service.api import Check
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheDirectory
from hubshare.store.access.actions import Action
from hubshare.wire.api.access import Grant, NewGrant, RevocationReport, Who
from hubshare.wire.api.base import Page

router = APIRouter(prefix="/projects/{owner}/{name}", tags=["access"])

SubjectPath = Annotated[
    str, Path(max_length=300, description="`NAME` a user, `team:NAME` a team, `group:NAME` a group.")
]


@router.get("/access")
def who(
    caller: Annotated[Caller, Depends(requires(Action.SEE_ACCESS))], centre: TheCentre, owner: str, name: str
) -> Who:
    """Everybody who has a role of their own on a project, and what gives it."""
    return access.list_people(caller, centre, owner=owner, name=name)


@router.get("/grants")
def list_grants(
    caller: Annotated[Caller, Depends(requires(Action.SEE_ACCESS))], centre: TheCentre, owner: str, name: str
) -> Page[Grant]:
    """Who has been given a role on a project: users, then teams, then groups of the Hub."""
    return Page(items=access.list_grants(caller, centre, owner=owner, name=name))


@router.put("/grants/{subject}", status_code=204)
def put_grant(
    caller: Annotated[Caller, Depends(requires(Action.GRANT))],
    centre: TheCentre,
    directory: TheDirectory,
    owner: str,
    name: str,
    subject: SubjectPath,
    wanted: NewGrant,
    check: Check = False,
) -> None:
    """Give a role, or change it."""
    access.put_grant(caller, centre, directory, owner=owner, name=name, subject=subject, role=wanted.role, check=check)


@router.delete("/grants/{subject}")
def delete_grant(
    caller: Annotated[Caller, Depends(requires(Action.GRANT))],
    centre: TheCentre,
    owner: str,
    name: str,
    subject: SubjectPath,
) -> Page[RevocationReport]:
    """Take a role away; takes effect at once. Answers with a receipt for every user who lost something."""
    return Page(items=access.delete_grant(caller, centre, owner=owner, name=name, subject=subject))
