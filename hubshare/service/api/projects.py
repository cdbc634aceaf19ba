"""Projects, their grants and their versions."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from hubshare.service.api import TheCentre, permitted
from hubshare.service.auth import SignedIn
from hubshare.store import projects
from hubshare.store.access import Action, role_of
from hubshare.store.models import Project
from hubshare.store.versions import record_versions

router = APIRouter(prefix="/projects", tags=["projects"])

RoleName = Literal["reader", "writer", "admin"]


class NewProject(BaseModel):
    """A project to be made; the signed-in user owns it."""

    name: str
    visibility: str = "private"
    grants: dict[str, RoleName] = Field(default={}, max_length=1000, description="User to role.")


class ProjectOut(BaseModel):
    """A project as its readers see it."""

    id: str
    name: str = Field(description="owner/name")
    visibility: str
    role: RoleName = Field(description="The signed-in user's.")
    version: int
    commit: str
    created: datetime


class GrantIn(BaseModel):
    """A role to be given."""

    role: RoleName


class GrantOut(BaseModel):
    """Who has which role."""

    user: str
    role: RoleName


class VersionOut(BaseModel):
    """One published version."""

    number: int
    commit: str
    author: str
    summary: str
    created: datetime


@router.get("")
def list_projects(person: SignedIn, centre: TheCentre) -> list[ProjectOut]:
    """The projects that the signed-in user may read."""
    with centre.database.read() as session:
        return [_out(session, project, person.name) for project in projects.visible(session, person.name)]


@router.post("", status_code=201)
def create_project(person: SignedIn, centre: TheCentre, wanted: NewProject) -> ProjectOut:
    """Make a project with an empty first version."""
    with centre.database.begin() as session:
        project = projects.create(session, person.name, wanted.name, wanted.visibility)
        for user, role in wanted.grants.items():
            projects.grant(session, project, user, role)
        repository = centre.repositories.create(
            project.id, person.name, int(time.time()), f"Create {project.full_name}"
        )
        try:
            record_versions(session, project.id, repository)
        finally:
            repository.close()
        return _out(session, project, person.name)


@router.get("/{owner}/{name}")
def get_project(person: SignedIn, centre: TheCentre, owner: str, name: str) -> ProjectOut:
    """One project."""
    with centre.database.read() as session:
        project, _ = permitted(session, person.name, owner, name, Action.READ)
        return _out(session, project, person.name)


@router.get("/{owner}/{name}/grants")
def list_grants(person: SignedIn, centre: TheCentre, owner: str, name: str) -> list[GrantOut]:
    """Who has been given a role on a project."""
    with centre.database.read() as session:
        project, _ = permitted(session, person.name, owner, name, Action.GRANT)
        return [GrantOut.model_validate(row, from_attributes=True) for row in projects.grants(session, project)]


@router.put("/{owner}/{name}/grants/{user}", status_code=204)
def put_grant(person: SignedIn, centre: TheCentre, owner: str, name: str, user: str, wanted: GrantIn) -> None:
    """Give a user a role, or change it."""
    with centre.database.begin() as session:
        project, _ = permitted(session, person.name, owner, name, Action.GRANT)
        projects.grant(session, project, user, wanted.role)
    centre.bus.tell([user], centre.standing(project, user).encode())


@router.delete("/{owner}/{name}/grants/{user}", status_code=204)
def delete_grant(person: SignedIn, centre: TheCentre, owner: str, name: str, user: str) -> None:
    """Take a user's role away; takes effect at once."""
    with centre.database.begin() as session:
        project, _ = permitted(session, person.name, owner, name, Action.GRANT)
        projects.revoke(session, project, user)
    centre.bus.tell([user], centre.standing(project, user).encode())


@router.get("/{owner}/{name}/versions")
def list_versions(
    person: SignedIn,
    centre: TheCentre,
    owner: str,
    name: str,
    before: int | None = Query(None, ge=0, lt=2**31),
    limit: int = Query(50, ge=1, le=500),
) -> list[VersionOut]:
    """Published versions, the newest first."""
    with centre.database.read() as session:
        project, _ = permitted(session, person.name, owner, name, Action.READ)
        rows = projects.history(session, project.id, before, limit)
        return [VersionOut.model_validate(row, from_attributes=True) for row in rows]


def _out(session: Session, project: Project, user: str) -> ProjectOut:
    role, newest = role_of(session, project, user), projects.latest(session, project.id)
    assert role is not None
    return ProjectOut(
        id=project.id,
        name=project.full_name,
        visibility=project.visibility,
        role=role.name,
        version=newest.number if newest else 0,
        commit=newest.commit if newest else "",
        created=project.created,
    )
