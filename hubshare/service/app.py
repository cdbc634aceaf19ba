"""The web application: its routes, and how errors are answered."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from hubshare import __version__
from hubshare.centre import Centre
from hubshare.errors import HubShareError, Unavailable
from hubshare.service.api import agents, checkouts, contents, health, projects
from hubshare.service.auth import Tokens


def make_app(centre: Centre, tokens: Tokens, prefix: str) -> FastAPI:
    """The service.

    Args:
        centre: what it works with.
        tokens: finds out who is asking.
        prefix: the path below which the Hub's proxy routes to it, with a slash at both ends.
    """
    app = FastAPI(
        title="HubShare", version=__version__, openapi_url=f"{prefix}api/v1/openapi.json", docs_url=None, redoc_url=None
    )
    app.state.centre, app.state.tokens = centre, tokens
    api = APIRouter(prefix=f"{prefix}api/v1")
    for part in (agents, projects, checkouts, contents):
        api.include_router(part.router)
    app.include_router(api)
    app.include_router(health.router, prefix=prefix.rstrip("/"))
    app.add_exception_handler(HubShareError, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RedisError, _unavailable)
    app.add_exception_handler(OperationalError, _unavailable)
    return app


def problem(status: int, code: str, message: str) -> JSONResponse:
    """An error as problem details (RFC 9457), with the stable code of the error tree."""
    body = {
        "type": f"urn:hubshare:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "code": code,
    }
    return JSONResponse(body, status, media_type="application/problem+json")


async def _problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HubShareError)
    return problem(error.status, error.code, error.message)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    return problem(422, "invalid", f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}")


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "not-found", 405: "invalid"}.get(error.status_code, "error")
    return problem(error.status_code, code, str(error.detail))


async def _unavailable(_: Request, error: Exception) -> JSONResponse:
    return await _problem(_, Unavailable("HubShare's database or Redis does not answer: try again in a moment."))
