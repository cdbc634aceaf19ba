"""The person whose token it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.store.access.actions import Action
from hubshare.wire.api.hub import Me

router = APIRouter(tags=["me"])


@router.get("/me")
def get_me(caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))]) -> Me:
    """Whom the token belongs to, and what it allows."""
    person = caller.person
    return Me(name=person.name, admin=person.admin, groups=sorted(person.groups), scopes=sorted(person.scopes))
