"""The pages of tokens and what was done with them: one's own, and for admins of the Hub everybody's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.operations import tokens
from hubshare.operations.caller import Caller
from hubshare.service.pages.view import ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheTokens
from hubshare.store.access.actions import Action

router = APIRouter(include_in_schema=False)

Own = Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))]
Seeing = Annotated[Caller, Depends(requires(Action.SEE_TOKENS, "page"))]
_LIST = 50
#: Kinds of use as people say them.
_KINDS = {
    "read": "looked at",
    "write": "written",
    "push": "pushed",
    "manage": "managed",
    "git fetch": "fetched by git",
    "git push": "pushed by git",
}


@router.get("/token")
def get_own_tokens(caller: Own, request: Request, centre: TheCentre, pages: ThePages, hub: TheTokens) -> HTMLResponse:
    """The tokens of the person who looks."""
    found = tokens.list_own_tokens(caller, centre, hub)
    return pages.show(request, caller, "tokens.html.j2", found=found, whose="", base=("token",), kinds=_KINDS)


@router.get("/token/{token}")
def get_own_token(
    caller: Own, request: Request, centre: TheCentre, pages: ThePages, hub: TheTokens, token: str
) -> HTMLResponse:
    """One of them, with what was done with it."""
    found = tokens.read_own_token(caller, centre, hub, token=token)
    return pages.show(
        request,
        caller,
        "token.html.j2",
        token=found,
        whose="",
        base=("token",),
        kinds=_KINDS,
        may_revoke=bool(caller.person.revokes),
    )


@router.get("/ops/tokens")
def get_used_tokens(
    caller: Seeing,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    user: Annotated[str, Query(max_length=300, pattern=r"^[^\x00]*$")] = "",
    after: str | None = None,
) -> HTMLResponse:
    """Everybody's tokens that were used here, for admins of the Hub."""
    whose = user.strip()
    found = tokens.list_used_tokens(caller, centre, user=whose, after=after, limit=_LIST)
    return pages.show(request, caller, "ops_tokens.html.j2", tab="tokens", found=found, whose=whose, after=after)


@router.get("/ops/tokens/{user}")
def get_tokens_of(
    caller: Seeing, request: Request, centre: TheCentre, pages: ThePages, hub: TheTokens, user: str
) -> HTMLResponse:
    """Somebody's tokens, for admins of the Hub."""
    found = tokens.list_tokens_of(caller, centre, hub, user=user)
    return pages.show(
        request, caller, "tokens.html.j2", found=found, whose=user, base=("ops", "tokens", user), kinds=_KINDS
    )


@router.get("/ops/tokens/{user}/{token}")
def get_token_of(
    caller: Seeing, request: Request, centre: TheCentre, pages: ThePages, hub: TheTokens, user: str, token: str
) -> HTMLResponse:
    """One of somebody's tokens, for admins of the Hub."""
    found = tokens.read_token_of(caller, centre, hub, user=user, token=token)
    return pages.show(
        request,
        caller,
        "token.html.j2",
        token=found,
        whose=user,
        base=("ops", "tokens", user),
        kinds=_KINDS,
        may_revoke=caller.person.revokes == "all",
    )


@router.post("/token/{token}/revoke")
def post_revoke(
    caller: Annotated[Caller, Depends(requires(Action.REVOKE_TOKEN, "page"))],
    centre: TheCentre,
    pages: ThePages,
    hub: TheTokens,
    token: str,
) -> Response:
    """Revoke one of the tokens of the person who looks."""
    tokens.revoke_own_token(caller, centre, hub, token=token)
    return see_other(pages.at("token"))


@router.post("/ops/tokens/{user}/{token}/revoke")
def post_revoke_of(
    caller: Annotated[Caller, Depends(requires(Action.REVOKE_TOKENS, "page"))],
    centre: TheCentre,
    pages: ThePages,
    hub: TheTokens,
    user: str,
    token: str,
) -> Response:
    """Revoke one of somebody's tokens, for admins of the Hub."""
    tokens.revoke_token_of(caller, centre, hub, user=user, token=token)
    return see_other(pages.at("ops", "tokens", user))
