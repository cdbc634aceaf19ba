"""Webhooks on pages: those of a project, a team or the Hub, and one of them with its log."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from hubshare.centre import Centre
from hubshare.errors import HubShareError, Invalid
from hubshare.features.webhooks import operations
from hubshare.features.webhooks.operations import Place
from hubshare.operations.caller import Caller
from hubshare.service.pages.view import Pages, ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, address_of_service
from hubshare.store.access.actions import Action
from hubshare.store.models import now
from hubshare.wire.api.webhooks import NewWebhook, Webhook, WebhookChange

router = APIRouter(include_in_schema=False)

#: On the one webhook of an address: of a project; that of a team or the Hub asks for their action instead.
_Managing = Annotated[Caller, Depends(requires(Action.WEBHOOKS, "page"))]
_OfTeam = Annotated[Caller, Depends(requires(Action.TEAM_WEBHOOKS, "page"))]
_OfHub = Annotated[Caller, Depends(requires(Action.HUB_WEBHOOKS, "page"))]
_Url = Annotated[str, Form(max_length=3000)]
_Name = Annotated[str, Form(max_length=300)]
_PROJECT, _TEAM, _ONE = "/projects/{owner}/{name}/webhooks", "/teams/{team}/webhooks", "/webhooks/{webhook}"
_LOG = 50

Act = Literal["test", "pause", "go on", "secret", "change", "delete", "redeliver", "redeliver failed"]


class Visit:
    """One request to a page of webhooks."""

    def __init__(
        self,
        request: Request,
        centre: TheCentre,
        pages: ThePages,
        source: Annotated[str, Depends(address_of_service)],
    ) -> None:
        self.request, self.centre, self.pages, self.source = request, centre, pages, source

    def list(self, caller: Caller, of: Place, problem: HubShareError | None = None, **filled: str) -> HTMLResponse:
        """The webhooks of a place, and the form for another one."""
        found = operations.list_webhooks(caller, self.centre, of=of)
        about = _about(self.pages, of)
        return self._show(
            caller, "webhooks.html.j2", problem, webhooks=found, **about, **{"url": "", "name": ""} | filled
        )

    def create(self, caller: Caller, of: Place, url: str, name: str) -> Response:
        """Set one up. The answer is the one page that shows its secret, so it is no redirect."""
        try:
            wanted = _wanted(NewWebhook, url=url.strip(), name=name.strip())
            made = operations.create_webhook(caller, self.centre, of=of, wanted=wanted, source=self.source)
        except HubShareError as error:
            return self.list(caller, of, error, url=url, name=name)
        return self.one(caller, made.id, secret=made.secret or "")

    def one(
        self,
        caller: Caller,
        webhook: str,
        problem: HubShareError | None = None,
        after: str | None = None,
        secret: str = "",
    ) -> HTMLResponse:
        """A webhook with its log.

        Args:
            secret: that was made by this request.
        """
        hook = operations.get_webhook(caller, self.centre, webhook=webhook)
        log = operations.list_deliveries(caller, self.centre, webhook=webhook, after=after, most=_LOG)
        about = _about(self.pages, _place(hook))
        return self._show(caller, "webhook.html.j2", problem, hook=hook, log=log, after=after, secret=secret, **about)

    def _show(self, caller: Caller, template: str, problem: HubShareError | None, **values: Any) -> HTMLResponse:
        status = problem.status if problem else 200
        return self.pages.show(self.request, caller, template, status=status, problem=problem, **values)


TheVisit = Annotated[Visit, Depends()]


@router.get(_PROJECT)
def get_project_webhooks(caller: _Managing, visit: TheVisit, owner: str, name: str) -> HTMLResponse:
    """The webhooks of a project."""
    return visit.list(caller, Place((owner, name)))


@router.post(_PROJECT)
def post_project_webhook(
    caller: _Managing, visit: TheVisit, owner: str, name: str, url: _Url, called: _Name = ""
) -> Response:
    """Set up a webhook of a project."""
    return visit.create(caller, Place((owner, name)), url, called)


@router.get(_TEAM)
def get_team_webhooks(caller: _OfTeam, visit: TheVisit, team: str) -> HTMLResponse:
    """The webhooks of a team."""
    return visit.list(caller, Place(team=team))


@router.post(_TEAM)
def post_team_webhook(caller: _OfTeam, visit: TheVisit, team: str, url: _Url, called: _Name = "") -> Response:
    """Set up a webhook of a team."""
    return visit.create(caller, Place(team=team), url, called)


@router.get("/webhooks")
def get_hub_webhooks(caller: _OfHub, visit: TheVisit) -> HTMLResponse:
    """The webhooks of the whole Hub, for its admins."""
    return visit.list(caller, Place())


@router.post("/webhooks")
def post_hub_webhook(caller: _OfHub, visit: TheVisit, url: _Url, called: _Name = "") -> Response:
    """Set up a webhook of the whole Hub."""
    return visit.create(caller, Place(), url, called)


@router.get(_ONE)
def get_webhook(caller: _Managing, visit: TheVisit, webhook: str, after: str | None = None) -> HTMLResponse:
    """One webhook, and what was sent and came back."""
    return visit.one(caller, webhook, after=after)


@router.post(_ONE)
def post_webhook(
    caller: _Managing,
    visit: TheVisit,
    webhook: str,
    act: Annotated[Act, Form()],
    url: _Url = "",
    called: _Name = "",
    delivery: Annotated[int, Form(ge=0)] = 0,
    hours: Annotated[int, Form(ge=1, le=24 * 31)] = 24,
) -> Response:
    """Do something with a webhook."""
    centre, address = visit.centre, visit.pages.at("webhooks", webhook)
    try:
        match act:
            case "secret":
                made = operations.rotate_secret(caller, centre, webhook=webhook)
                return visit.one(caller, webhook, secret=made.secret or "")
            case "delete":
                hook = operations.get_webhook(caller, centre, webhook=webhook)
                operations.delete_webhook(caller, centre, webhook=webhook)
                return see_other(_about(visit.pages, _place(hook))["list"])
            case "redeliver":
                operations.redeliver(caller, centre, webhook=webhook, delivery=delivery)
            case "redeliver failed":
                since = now() - timedelta(hours=hours)
                operations.redeliver_failed(caller, centre, webhook=webhook, since=since)
            case "test":
                operations.send_test(caller, centre, webhook=webhook)
            case "change":
                wanted = _wanted(WebhookChange, url=url.strip(), name=called.strip())
                operations.change_webhook(caller, centre, webhook=webhook, wanted=wanted)
            case _:
                _pause(caller, centre, webhook, act == "pause")
    except HubShareError as error:
        return visit.one(caller, webhook, error)
    return see_other(address)


def _pause(caller: Caller, centre: Centre, webhook: str, paused: bool) -> None:
    operations.change_webhook(caller, centre, webhook=webhook, wanted=WebhookChange(paused=paused))


def _wanted(model: Any, **values: str) -> Any:
    """What was filled in, as the API takes it.

    Raises:
        Invalid: when it would not.
    """
    try:
        return model(**values)
    except ValidationError:
        raise Invalid(
            "A webhook needs an address that begins with https:// and has no spaces, and a name of at most 100 characters."
        ) from None


def _place(hook: Webhook) -> Place:
    kind, _, team = hook.of.partition(":")
    if not hook.of:
        return Place()
    if kind == "team" and "/" not in hook.of:
        return Place(team=team)
    owner, _, name = hook.of.partition("/")
    return Place((owner, name))


def _about(pages: Pages, of: Place) -> dict[str, str]:
    """What a webhook is told of, as pages say it, where that is, and where its webhooks are."""
    if of.project is not None:
        full = "/".join(of.project)
        return {"about": full, "back": pages.at.project(full, "settings"), "list": pages.at.project(full, "webhooks")}
    if of.team is not None:
        return {
            "about": f"team {of.team}",
            "back": pages.at("teams", of.team),
            "list": pages.at("teams", of.team, "webhooks"),
        }
    return {"about": "the whole Hub", "back": pages.at(), "list": pages.at("webhooks")}
