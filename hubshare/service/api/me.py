"""The person whose token it is, and what people's work costs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from hubshare.operations import costs, people
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.wire.api.hub import Cost, Me, People

router = APIRouter(tags=["me"])


@router.get("/me")
def get_me(caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))]) -> Me:
    """Whom the token belongs to, and what it allows."""
    person = caller.person
    return Me(name=person.name, admin=person.admin, groups=sorted(person.groups), scopes=sorted(person.scopes))


@router.get("/me/cost")
def get_cost(caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))], centre: TheCentre) -> Cost:
    """What your own work has cost the Hub lately, and what it holds of yours."""
    return costs.read_cost(caller, centre)


@router.get("/people")
def find_people(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))],
    centre: TheCentre,
    query: Annotated[str, Query(max_length=300, description="A part of their name.")] = "",
) -> People:
    """The first people whom you may know of, and your teams and groups, by a part of their name."""
    return people.find_people(caller, centre, query=query)


@router.get("/costs")
def get_costs(caller: Annotated[Caller, Depends(requires(Action.SEE_COSTS))], centre: TheCentre) -> list[Cost]:
    """Those whose work has cost the Hub most lately, the dearest first, then of whom it holds most; for admins of the Hub."""
    return costs.read_costs(caller, centre)
