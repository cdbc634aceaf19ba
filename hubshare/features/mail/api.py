"""Mail by the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from hubshare.centre import Centre
from hubshare.features.mail import operations
from hubshare.operations.caller import Caller
from hubshare.operations.notifications.kinds import KINDS
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.wire.api.mail import MailChange, MailSettings, NewAddress

router = APIRouter(prefix="/me/mail", tags=["me"])

_Changing = Annotated[Caller, Depends(requires(Action.MAIL))]


@router.get("")
def get_mail(caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))], centre: TheCentre) -> MailSettings:
    """Where your notifications are mailed to, and which."""
    return _read(caller, centre)


@router.put("/address")
def ask_address(caller: _Changing, centre: TheCentre, wanted: NewAddress) -> MailSettings:
    """Have a link sent to an address; whoever follows it, signed in as you, makes it yours."""
    operations.ask_address(caller, centre, address=wanted.address.strip())
    return _read(caller, centre)


@router.patch("")
def change_mail(caller: _Changing, centre: TheCentre, wanted: MailChange) -> MailSettings:
    """Say whether you want mail, and of what."""
    kinds = None if wanted.kinds is None else frozenset(wanted.kinds)
    operations.change_mail(caller, centre, wanted=wanted.wanted, kinds=kinds)
    return _read(caller, centre)


@router.delete("", status_code=204)
def forget_mail(caller: _Changing, centre: TheCentre) -> None:
    """Have no mail any more, and your address forgotten."""
    operations.forget_address(caller, centre)


def _read(caller: Caller, centre: Centre) -> MailSettings:
    found = operations.read_mail(caller, centre)
    kinds = [kind for kind in KINDS if kind not in found.silent]
    return MailSettings(
        works=found.works,
        address=found.address,
        asked_address=found.asked_address,
        wanted=found.wanted,
        kinds=kinds,
        problem=found.problem,
    )
