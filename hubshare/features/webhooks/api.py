"""Webhooks by the API."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from hubshare.features.webhooks import operations
from hubshare.features.webhooks.operations import Place
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, address_of_service
from hubshare.store.access.actions import Action
from hubshare.wire.api.base import Page
from hubshare.wire.api.webhooks import NewWebhook, Redelivered, Redelivery, Webhook, WebhookChange, WebhookDelivery

router = APIRouter(tags=["webhooks"])

#: On the one webhook of an address: of a project; that of a team, the Hub or a person asks for their action.
_Managing = Annotated[Caller, Depends(requires(Action.WEBHOOKS))]
_OfTeam = Annotated[Caller, Depends(requires(Action.TEAM_WEBHOOKS))]
_Own = Annotated[Caller, Depends(requires(Action.OWN_WEBHOOKS))]
_OfHub = Annotated[Caller, Depends(requires(Action.HUB_WEBHOOKS))]
_PROJECT, _TEAM, _ONE = "/projects/{owner}/{name}/webhooks", "/teams/{team}/webhooks", "/webhooks/{webhook}"


_Source = Annotated[str, Depends(address_of_service)]


@router.get(_PROJECT)
def list_project_webhooks(caller: _Managing, centre: TheCentre, owner: str, name: str) -> Page[Webhook]:
    """The webhooks of a project."""
    return Page(items=operations.list_webhooks(caller, centre, of=Place((owner, name))))


@router.post(_PROJECT, status_code=201)
def create_project_webhook(
    caller: _Managing, centre: TheCentre, source: _Source, owner: str, name: str, wanted: NewWebhook
) -> Webhook:
    """Have an address told of what happens to a project. The secret for its signatures is in this answer only."""
    return operations.create_webhook(caller, centre, of=Place((owner, name)), wanted=wanted, source=source)


@router.get(_TEAM)
def list_team_webhooks(caller: _OfTeam, centre: TheCentre, team: str) -> Page[Webhook]:
    """The webhooks of a team."""
    return Page(items=operations.list_webhooks(caller, centre, of=Place(team=team)))


@router.post(_TEAM, status_code=201)
def create_team_webhook(caller: _OfTeam, centre: TheCentre, source: _Source, team: str, wanted: NewWebhook) -> Webhook:
    """Have an address told of what happens to all projects of a team."""
    return operations.create_webhook(caller, centre, of=Place(team=team), wanted=wanted, source=source)


@router.get("/me/webhooks")
def list_own_webhooks(caller: _Own, centre: TheCentre) -> Page[Webhook]:
    """The webhooks that are told what you are told."""
    return Page(items=operations.list_webhooks(caller, centre, of=Place(own=True)))


@router.post("/me/webhooks", status_code=201)
def create_own_webhook(caller: _Own, centre: TheCentre, source: _Source, wanted: NewWebhook) -> Webhook:
    """Have an address told what you are told: conflicts, jobs that failed, access given or lost, and the like."""
    return operations.create_webhook(caller, centre, of=Place(own=True), wanted=wanted, source=source)


@router.get("/webhooks")
def list_hub_webhooks(caller: _OfHub, centre: TheCentre) -> Page[Webhook]:
    """The webhooks of the whole Hub; for its admins."""
    return Page(items=operations.list_webhooks(caller, centre, of=Place()))


@router.post("/webhooks", status_code=201)
def create_hub_webhook(caller: _OfHub, centre: TheCentre, source: _Source, wanted: NewWebhook) -> Webhook:
    """Have an address told of what happens to all projects of the Hub; for its admins."""
    return operations.create_webhook(caller, centre, of=Place(), wanted=wanted, source=source)


@router.get(_ONE)
def get_webhook(caller: _Managing, centre: TheCentre, webhook: str) -> Webhook:
    """One webhook."""
    return operations.get_webhook(caller, centre, webhook=webhook)


@router.patch(_ONE)
def change_webhook(caller: _Managing, centre: TheCentre, webhook: str, wanted: WebhookChange) -> Webhook:
    """Change a webhook, pause it, or have it go on; it is yours from then on."""
    return operations.change_webhook(caller, centre, webhook=webhook, wanted=wanted)


@router.delete(_ONE, status_code=204)
def delete_webhook(caller: _Managing, centre: TheCentre, webhook: str) -> None:
    """Take a webhook away, with its log."""
    operations.delete_webhook(caller, centre, webhook=webhook)


@router.post(f"{_ONE}/secret")
def rotate_webhook_secret(caller: _Managing, centre: TheCentre, webhook: str) -> Webhook:
    """Make a new secret, which is in this answer only. The former one goes on being valid for a day."""
    return operations.rotate_secret(caller, centre, webhook=webhook)


@router.post(f"{_ONE}/test", status_code=202)
def test_webhook(caller: _Managing, centre: TheCentre, webhook: str) -> WebhookDelivery:
    """Have a trial event delivered; what comes of it is in the log."""
    return operations.send_test(caller, centre, webhook=webhook)


@router.get(f"{_ONE}/deliveries")
def list_webhook_deliveries(
    caller: _Managing,
    centre: TheCentre,
    webhook: str,
    after: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[WebhookDelivery]:
    """What was sent and what came back, the newest first."""
    return operations.list_deliveries(caller, centre, webhook=webhook, after=after, most=limit)


@router.post(f"{_ONE}/deliveries/redeliver", status_code=202)
def redeliver_failed(caller: _Managing, centre: TheCentre, webhook: str, wanted: Redelivery) -> Redelivered:
    """Deliver once more all that has failed since a moment."""
    return operations.redeliver_failed(caller, centre, webhook=webhook, since=wanted.since)


@router.post(f"{_ONE}/deliveries/{{delivery}}/redeliver", status_code=202)
def redeliver(caller: _Managing, centre: TheCentre, webhook: str, delivery: int) -> Redelivered:
    """Deliver something once more."""
    return operations.redeliver(caller, centre, webhook=webhook, delivery=delivery)
