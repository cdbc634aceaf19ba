"""Webhooks on pages: those of a project, a team, the Hub or a person, and one of them with its log."""

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
from hubshare.operations.notifications.kinds import KINDS
from hubshare.service.pages.view import Pages, ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, address_of_service
from hubshare.store.access.actions import Action
from hubshare.store.models import now
from hubshare.vocabulary import NotificationKind
from hubshare.wire.api.webhooks import NewWebhook, Webhook, WebhookChange

router = APIRouter(include_in_schema=False)

#: On the one webhook of an address: of a project; that of a team, the Hub or a person asks for their action.
_Managing = Annotated[Caller, Depends(requires(Action.WEBHOOKS, "page"))]
_OfTeam = Annotated[Caller, Depends(requires(Action.TEAM_WEBHOOKS, "page"))]
_Own = Annotated[Caller, Depends(requires(Action.OWN_WEBHOOKS, "page"))]
_OfHub = Annotated[Caller, Depends(requires(Action.HUB_WEBHOOKS, "page"))]
_Url = Annotated[str, Form(max_length=3000)]
_Name = Annotated[str, Form(max_length=300)]
_Kinds = Annotated[list[NotificationKind], Form()]
_PROJECT, _TEAM, _ONE = "/projects/{owner}/{name}/webhooks", "/teams/{team}/webhooks", "/webhooks/{webhook}"
_OWN = "/settings/webhooks"
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

    def show_all(self, caller: Caller, of: Place, problem: HubShareError | None = None, **filled: Any) -> HTMLResponse:
        """The webhooks of a place, and the form for another one."""
        found = operations.list_webhooks(caller, self.centre, of=of)
        about = _about(self.pages, of)
        values = {"url": "", "name": "", "sent": list(KINDS)} | filled
        return self._show(caller, "webhooks.html.j2", problem, webhooks=found, **about, **values)

    def create(self, caller: Caller, of: Place, url: str, name: str, kinds: list[str] | None = None) -> Response:
        """Set one up. The answer is the one page that shows its secret, so it is no redirect."""
        try:
            wanted = _wanted(NewWebhook, url=url.strip(), name=name.strip(), kinds=kinds)
            made = operations.create_webhook(caller, self.centre, of=of, wanted=wanted, source=self.source)
        except HubShareError as error:
            return self.show_all(caller, of, error, url=url, name=name, sent=kinds or [])
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
        kinds = {kind: about.called for kind, about in KINDS.items()}
        return self.pages.show(self.request, caller, template, status=status, problem=problem, kinds=kinds, **values)


TheVisit = Annotated[Visit, Depends()]


@router.get(_PROJECT)
def get_project_webhooks(caller: _Managing, visit: TheVisit, owner: str, name: str) -> HTMLResponse:
    """The webhooks of a project."""
    return visit.show_all(caller, Place((owner, name)))


@router.post(_PROJECT)
def post_project_webhook(
    caller: _Managing, visit: TheVisit, owner: str, name: str, url: _Url, called: _Name = ""
) -> Response:
    """Set up a webhook of a project."""
    return visit.create(caller, Place((owner, name)), url, called)


@router.get(_TEAM)
def get_team_webhooks(caller: _OfTeam, visit: TheVisit, team: str) -> HTMLResponse:
    """The webhooks of a team."""
    return visit.show_all(caller, Place(team=team))


@router.post(_TEAM)
def post_team_webhook(caller: _OfTeam, visit: TheVisit, team: str, url: _Url, called: _Name = "") -> Response:
    """Set up a webhook of a team."""
    return visit.create(caller, Place(team=team), url, called)


@router.get(_OWN)
def get_own_webhooks(caller: _Own, visit: TheVisit) -> HTMLResponse:
    """The webhooks that are told what the person is told."""
    return visit.show_all(caller, Place(own=True))


@router.post(_OWN)
def post_own_webhook(
    caller: _Own,
    visit: TheVisit,
    url: _Url,
    called: _Name = "",
    kind: _Kinds = [],  # noqa: B006
) -> Response:
    """Set up a webhook of the person's own."""
    return visit.create(caller, Place(own=True), url, called, list(kind))


@router.get("/webhooks")
def get_hub_webhooks(caller: _OfHub, visit: TheVisit) -> HTMLResponse:
    """The webhooks of the whole Hub, for its admins."""
    return visit.show_all(caller, Place())


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
    kind: _Kinds = [],  # noqa: B006
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
                own = operations.get_webhook(caller, centre, webhook=webhook).kinds is not None
                wanted = _wanted(WebhookChange, url=url.strip(), name=called.strip(), kinds=kind if own else None)
                operations.change_webhook(caller, centre, webhook=webhook, wanted=wanted)
            case _:
                _pause(caller, centre, webhook, act == "pause")
    except HubShareError as error:
        return visit.one(caller, webhook, error)
    return see_other(address)


def _pause(caller: Caller, centre: Centre, webhook: str, paused: bool) -> None:
    operations.change_webhook(caller, centre, webhook=webhook, wanted=WebhookChange(paused=paused))


def _wanted(model: Any, **values: Any) -> Any:
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
    if hook.of == "me":
        return Place(own=True)
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
    if of.own:
        here = pages.at("settings", "webhooks")
        return {"about": "your notifications", "back": pages.at("settings", "notifications"), "list": here}
    return {"about": "the whole Hub", "back": pages.at(), "list": pages.at("webhooks")}
