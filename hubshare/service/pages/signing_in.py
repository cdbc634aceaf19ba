"""Signing in and out: to the Hub and back to where one wanted to go."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from hubshare.errors import Forbidden, Invalid, NotSignedIn
from hubshare.operations.caller import Caller
from hubshare.service.pages.view import ThePages
from hubshare.service.web.authorize import requires
from hubshare.service.web.login import Login
from hubshare.service.web.sessions import Browsers, check_from_page, is_https
from hubshare.service.web.tokens import Tokens
from hubshare.store.access.actions import Action

router = APIRouter(include_in_schema=False)

Knocking = Annotated[Caller, Depends(requires(Action.HEALTH, "page"))]
_LOGIN_SECONDS = 600


@router.get("/login")
def login(_: Knocking, request: Request, pages: ThePages, next: str = "") -> RedirectResponse:
    """Send a browser to the Hub."""
    hub: Login = request.app.state.login
    state = secrets.token_urlsafe(24)
    address, verifier = hub.start(state)
    target = next if pages.at.is_ours(next) else pages.at.prefix
    response = RedirectResponse(address, 303, {"Cache-Control": "no-store"})
    # One cookie for each attempt, so that two tabs do not get into each other's way.
    response.set_cookie(
        _cookie(state),
        base64.urlsafe_b64encode(f"{state} {verifier} {target}".encode()).decode(),
        max_age=_LOGIN_SECONDS,
        path=pages.at("oauth_callback"),
        secure=is_https(request),
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/oauth_callback")
async def oauth_callback(
    _: Knocking, request: Request, pages: ThePages, code: str = "", state: str = "", error: str = ""
) -> RedirectResponse:
    """The browser comes back from the Hub: remember it, and go on to where it wanted to go."""
    known, verifier, target = _attempt(request.cookies.get(_cookie(state), ""))
    if not state or not hmac.compare_digest(known.encode(), state.encode()):
        raise Invalid("This sign-in was begun in another browser or took too long: begin again.")
    if error or not code:
        raise Forbidden("The Hub did not let you in to HubShare: ask one of its admins.")
    hub: Login = request.app.state.login
    tokens: Tokens = request.app.state.tokens
    browsers: Browsers = request.app.state.browsers
    try:
        token = await hub.token(code, verifier)
        person = await tokens.person(token)
    except NotSignedIn as refusal:
        # Not to be sent to the Hub again without being asked: that might never end.
        raise Forbidden(refusal.message) from None
    response = RedirectResponse(target if pages.at.is_ours(target) else pages.at.prefix, 303)
    await run_in_threadpool(browsers.sign_in, request, response, person.name, token)
    response.delete_cookie(_cookie(state), path=pages.at("oauth_callback"), secure=is_https(request), httponly=True)
    return response


@router.post("/logout")
async def logout(_: Knocking, request: Request, pages: ThePages) -> Response:
    """Forget the browser, and sign out of the Hub as well, which would sign it in again without asking."""
    browsers: Browsers = request.app.state.browsers
    response = RedirectResponse(f"{pages.hub}logout", 303)
    browser = await browsers.of(request)
    if browser is not None:
        await check_from_page(request, browser)
        await run_in_threadpool(browsers.sign_out, request, response)
    return response


def _cookie(state: str) -> str:
    return f"hubshare-login-{''.join(ch for ch in state[:8] if ch.isascii() and ch.isalnum())}"


def _attempt(cookie: str) -> tuple[str, str, str]:
    """State, verifier and target that `login` has put into a cookie."""
    try:
        state, verifier, target = base64.urlsafe_b64decode(cookie.encode()).decode().split(" ")
    except (ValueError, binascii.Error):
        return "", "", ""
    return state, verifier, target
