"""The web application: its routes, and how errors are answered."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from hubshare import __version__, features
from hubshare.centre import Centre
from hubshare.ending import end
from hubshare.errors import HubShareError, NotSignedIn, TooMany, Unavailable
from hubshare.operations.caller import Caller
from hubshare.operations.health import ready_checks
from hubshare.operations.notifications import inbox
from hubshare.operations.renderings import Renderings
from hubshare.service.api import health, metrics
from hubshare.service.api.routers import OF_SERVERS
from hubshare.service.api.routers import ROUTERS as API
from hubshare.service.background.feed import Feed
from hubshare.service.background.groups import Groups
from hubshare.service.background.hub_admins import HubAdmins
from hubshare.service.background.job_news import JobNews
from hubshare.service.background.presence import Presence
from hubshare.service.background.readiness import Parts
from hubshare.service.background.server_ends import ServerEnds
from hubshare.service.background.turn import HubTurn
from hubshare.service.git_http import routes as git
from hubshare.service.pages.kept import kept_fields
from hubshare.service.pages.routers import OF_SERVERS as PAGES_OF_SERVERS
from hubshare.service.pages.routers import ROUTERS as PAGES
from hubshare.service.pages.view import Pages, wants_page
from hubshare.service.web.authorize import count_unread, declarations, requires
from hubshare.service.web.bodies import Bodies
from hubshare.service.web.costs import Costs, Metered, count_routes
from hubshare.service.web.features import routers
from hubshare.service.web.headers import PlainHeaders
from hubshare.service.web.hub_api import Hub
from hubshare.service.web.login import Login
from hubshare.service.web.making import Making
from hubshare.service.web.openapi import document
from hubshare.service.web.own_names import OwnNames
from hubshare.service.web.patience import Patience
from hubshare.service.web.places import all_places
from hubshare.service.web.routing import PathsRouter, PrefixRouter
from hubshare.service.web.sessions import Browsers
from hubshare.service.web.shared_stream import SharedStreams
from hubshare.service.web.token_uses import TokensCounted, TokenUses
from hubshare.service.web.tokens import Tokens
from hubshare.store.access.actions import Action
from hubshare.wire.api.base import Problem


def make_app(centre: Centre, tokens: Tokens, hub: Hub, login: Login, prefix: str) -> FastAPI:
    """The service.

    Args:
        centre: what it works with.
        tokens: finds out who is asking.
        hub: what the Hub knows.
        login: sends browsers to the Hub to sign in.
        prefix: the path below which the Hub's proxy routes to it, with a slash at both ends.

    Raises:
        RuntimeError: when a route does not declare just one action.
    """
    turn = HubTurn(centre).is_ours
    feed, groups, costs = Feed(centre), Groups(centre, hub, turn), Costs(centre)
    shares, admins, presence = ServerEnds(centre, hub), HubAdmins(centre, hub, turn), Presence(centre)
    uses, job_news = TokenUses(centre), JobNews(centre)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        parts = (feed, job_news, groups, costs, shares, admins, presence, uses)
        tasks = [asyncio.create_task(part.run_forever()) for part in parts]
        try:
            yield
        finally:
            await end(*tasks)

    app = FastAPI(
        title="HubShare",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=running,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.centre, app.state.tokens, app.state.hub = centre, tokens, hub
    app.state.feed, app.state.job_news, app.state.groups = feed, job_news, groups
    app.state.costs, app.state.token_uses = costs, uses
    app.state.own_names = OwnNames(centre)
    app.state.login, app.state.pages = (
        login,
        Pages(prefix, login.hub, servers=centre.settings.server_shares),
    )
    app.state.count_unread = functools.partial(inbox.count_unread, centre)
    app.state.browsers = Browsers(centre.database, prefix, centre.settings.browser_hours)
    app.state.broker = centre.queue
    app.state.parts = Parts(ready_checks(centre))
    app.state.renderings = Renderings(centre)
    app.state.places = all_places(centre.settings, costs.debts)
    app.state.archives = SharedStreams(centre.settings.packs)
    app.state.packs = Making(app.state.places["pack"], centre.settings.packs_at_once)
    api = PrefixRouter(f"{prefix}api/v1")
    shared = centre.settings.server_shares
    for router in (*API, *(OF_SERVERS if shared else ()), *routers(feature.api for feature in features.FEATURES)):
        api.include_router(PathsRouter(router, api.below))
    app.include_router(api, prefix=api.below)
    pages = (*PAGES, *(PAGES_OF_SERVERS if shared else ()), *routers(feature.pages for feature in features.FEATURES))
    for router in (health.router, metrics.make_router(centre.settings.metrics_open), git.router, *pages):
        app.include_router(PathsRouter(router, prefix.rstrip("/")), prefix=prefix.rstrip("/"))

    described = functools.cache(lambda: document(app))

    @app.get(f"{prefix}api/v1/openapi.json", include_in_schema=False)
    def openapi(_: Annotated[Caller, Depends(requires(Action.HEALTH))]) -> JSONResponse:
        return JSONResponse(described())

    app.add_middleware(Metered, costs=costs)
    app.add_middleware(TokensCounted, uses=uses)
    app.add_middleware(PlainHeaders)
    app.add_middleware(Bodies, prefix=prefix)
    app.add_middleware(Patience)
    app.add_exception_handler(HubShareError, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RedisError, _unavailable)
    app.add_exception_handler(OperationalError, _unavailable)
    count_routes(app)
    for route in declarations(app):
        if len(route.actions) != 1:
            raise RuntimeError(f"{route.path} has to declare one action and declares {route.actions or 'none'}.")
    return app


def problem(error: HubShareError) -> JSONResponse:
    """An error as problem details (RFC 9457), with the stable code of the error tree."""
    body = Problem(
        type=f"urn:hubshare:{error.code}",
        title=HTTPStatus(error.status).phrase,
        status=error.status,
        detail=error.message,
        code=error.code,
    )
    headers = {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="HubShare"'
    return JSONResponse(body.model_dump(), error.status, headers, media_type="application/problem+json")


async def _error_response(request: Request, error: HubShareError) -> Response:
    """An error, as a page for somebody with a browser."""
    pages: Pages = request.app.state.pages
    if wants_page(request, pages.at.prefix):
        await count_unread(request)
        answer: Response = pages.failed(
            request, error, await kept_fields(request) if error.status in (401, 403, 429, 503) else None
        )
    else:
        answer = problem(error)
    if isinstance(error, TooMany | Unavailable):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HubShareError)
    return await _error_response(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    from hubshare.errors import Invalid

    # Names that were sent are among them, of any length.
    where = ".".join(str(part)[:80] for part in first["loc"])
    return await _error_response(request, Invalid(f"{where}: {first['msg']}"))


#: Stable codes of what is refused before it comes to a route.
_CODES = {404: "not-found", 405: "invalid", 413: "too-large", 503: "unavailable"}


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    found = HubShareError(str(error.detail))
    found.status = error.status_code
    found.code = _CODES.get(error.status_code, "error")
    answer = await _error_response(request, found)
    answer.headers.update(error.headers or {})
    return answer


async def _unavailable(request: Request, error: Exception) -> Response:
    return await _error_response(
        request, Unavailable("HubShare's database or Redis does not answer: try again in a moment.")
    )
