"""Mail on pages: where one's notifications go, the link that confirms an address, and the one that ends it all."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.errors import HubShareError
from hubshare.features.mail import operations
from hubshare.features.mail.links import open_link
from hubshare.operations.caller import Caller
from hubshare.operations.notifications.kinds import KINDS
from hubshare.service.pages.view import Pages, ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.vocabulary import NotificationKind

router = APIRouter(prefix="/settings/mail", include_in_schema=False)

_Own = Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))]
_Changing = Annotated[Caller, Depends(requires(Action.MAIL, "page"))]
#: Whoever has the mail, without signing in.
_Anybody = Annotated[Caller, Depends(requires(Action.HEALTH, "page"))]
_Link = Annotated[str, Query(max_length=2000)]


@router.get("")
def get_mail(caller: _Own, request: Request, centre: TheCentre, pages: ThePages) -> HTMLResponse:
    """Where one's notifications are mailed to, and which."""
    return _show(caller, request, centre, pages)


@router.post("")
def post_mail(
    caller: _Changing,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    act: Annotated[Literal["ask", "save", "forget"], Form()],
    address: Annotated[str, Form(max_length=1000)] = "",
    wanted: Annotated[bool, Form()] = False,
    kind: Annotated[list[NotificationKind], Form()] = [],  # noqa: B006
) -> Response:
    """Ask for a link to an address, say what is mailed, or have the address forgotten."""
    try:
        match act:
            case "ask":
                operations.ask_address(caller, centre, address=address.strip())
            case "save":
                operations.change_mail(caller, centre, wanted=wanted, kinds=kind)
            case _:
                operations.forget_address(caller, centre)
    except HubShareError as error:
        return _show(caller, request, centre, pages, error, address)
    return see_other(pages.at("settings", "mail"))


@router.get("/confirm")
def get_confirm(caller: _Own, request: Request, centre: TheCentre, pages: ThePages, link: _Link) -> HTMLResponse:
    """Ask whether an address is to be confirmed: programs that look at links confirm none."""
    open_link(centre.sealer, "confirm", link)
    return pages.show(request, caller, "mail_link.html.j2", what="confirm", link=link, done=False)


@router.post("/confirm")
def post_confirm(caller: _Changing, centre: TheCentre, pages: ThePages, link: _Link) -> Response:
    """Confirm it."""
    operations.confirm_address(caller, centre, link=link)
    return see_other(pages.at("settings", "mail"))


@router.get("/unsubscribe")
def get_unsubscribe(
    caller: _Anybody, request: Request, centre: TheCentre, pages: ThePages, link: _Link
) -> HTMLResponse:
    """Ask whether mails are to end."""
    open_link(centre.sealer, "unsubscribe", link)
    return pages.show(request, None, "mail_link.html.j2", what="unsubscribe", link=link, done=False)


@router.post("/unsubscribe")
def post_unsubscribe(
    caller: _Anybody, request: Request, centre: TheCentre, pages: ThePages, link: _Link
) -> HTMLResponse:
    """End them; programs that read mail send this by themselves when somebody asks them to (RFC 8058)."""
    operations.unsubscribe(centre, link=link)
    return pages.show(request, None, "mail_link.html.j2", what="unsubscribe", link=link, done=True)


def _show(
    caller: Caller,
    request: Request,
    centre: TheCentre,
    pages: Pages,
    problem: HubShareError | None = None,
    filled: str = "",
) -> HTMLResponse:
    return pages.show(
        request,
        caller,
        "mail.html.j2",
        status=problem.status if problem else 200,
        problem=problem,
        filled=filled,
        mail=operations.read_mail(caller, centre),
        kinds={kind: found.called for kind, found in KINDS.items()},
        minutes=centre.settings.mail_minutes,
    )
