"""The person whose token it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from hubshare.resources import Me
from hubshare.service.asking import Asked, asking
from hubshare.store.actions import Action

router = APIRouter(tags=["me"])


@router.get("/me")
def get_me(asked: Annotated[Asked, Depends(asking(Action.LOOK_AROUND))]) -> Me:
    """Whom the token belongs to, and what it allows."""
    person = asked.person
    return Me(name=person.name, admin=person.admin, groups=sorted(person.groups), scopes=sorted(person.scopes))
