"""Checkouts and the conflicts in them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from hubshare.errors import NotFound
from hubshare.events import new_id
from hubshare.names import split_project
from hubshare.service.api import TheCentre, permitted
from hubshare.service.auth import SignedIn
from hubshare.store import projects
from hubshare.store.access import Action
from hubshare.store.models import Checkout, Conflict, Project

router = APIRouter(tags=["checkouts"])


class NewCheckout(BaseModel):
    """A folder that begins to track a project."""

    project: str = Field(description="owner/name")
    server: str = Field("", max_length=255)
    folder: str = Field(max_length=4096, description="Its path on the user's server, for people to read.")


class CheckoutOut(BaseModel):
    """A checkout, and where its project stands."""

    id: str
    project: str = Field(description="id of the project")
    name: str = Field(description="owner/name")
    role: Literal["reader", "writer", "admin"]
    folder: str
    first: str = Field(description="The project's first commit, with an empty tree: where an empty checkout begins.")
    commit: str
    version: int


class ConflictOut(BaseModel):
    """One open conflict of the signed-in user."""

    project: str
    checkout: str
    folder: str
    path: str
    kind: str
    opened: datetime


@router.post("/checkouts", status_code=201)
def create_checkout(person: SignedIn, centre: TheCentre, wanted: NewCheckout) -> CheckoutOut:
    """Register a checkout; from then on its user's agents are told of updates."""
    with centre.database.begin() as session:
        project, role = permitted(session, person.name, *split_project(wanted.project), Action.CHECK_OUT)
        row = Checkout(id=new_id(), project_id=project.id, user=person.name, server=wanted.server, folder=wanted.folder)
        session.add(row)
        first = projects.version(session, project.id, "v0")
        newest = projects.latest(session, project.id) or first
        return CheckoutOut(
            id=row.id,
            project=project.id,
            name=project.full_name,
            role=role.name,
            folder=row.folder,
            first=first.commit,
            commit=newest.commit,
            version=newest.number,
        )


@router.delete("/checkouts/{checkout}", status_code=204)
def delete_checkout(person: SignedIn, centre: TheCentre, checkout: str) -> None:
    """Forget a checkout of the signed-in user."""
    with centre.database.begin() as session:
        row = session.get(Checkout, checkout)
        if row is None or row.user != person.name:
            raise NotFound("You have no such checkout.")
        session.delete(row)


@router.get("/conflicts")
def list_conflicts(person: SignedIn, centre: TheCentre) -> list[ConflictOut]:
    """The open conflicts in all checkouts of the signed-in user, as far as they have been pushed."""
    query = (
        select(Conflict, Checkout, Project)
        .join(Checkout, Checkout.id == Conflict.checkout_id)
        .join(Project, Project.id == Conflict.project_id)
        .where(Checkout.user == person.name)
        .order_by(Conflict.opened)
    )
    with centre.database.read() as session:
        return [
            ConflictOut(
                project=project.full_name,
                checkout=checkout.id,
                folder=checkout.folder,
                path=conflict.path,
                kind=conflict.kind,
                opened=conflict.opened,
            )
            for conflict, checkout, project in session.execute(query)
        ]
