"""The JSON API, one file for each kind of thing."""

from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from hubshare.centre import Centre
from hubshare.names import check_project_name, check_user, shown
from hubshare.store.access import Action, Role, require
from hubshare.store.models import Project
from hubshare.store.projects import find


def centre_of(request: Request) -> Centre:
    """The centre that this process serves."""
    found: Centre = request.app.state.centre
    return found


TheCentre = Annotated[Centre, Depends(centre_of)]


def permitted(session: Session, user: str, owner: str, name: str, action: Action) -> tuple[Project, Role]:
    """The project of a request and the person's role, if the action passes.

    Raises:
        NotFound, Forbidden: see `hubshare.store.access.require`.
    """
    full = f"{check_user(owner)}/{check_project_name(name)}"
    project = find(session, full)
    role = require(session, project, user, action, full)
    assert project is not None, shown(full)
    return project, role
