"""What the Hub's answers mean about a name."""

from __future__ import annotations

import asyncio
from datetime import datetime

import httpx
import pytest

from hubshare.errors import Unavailable
from hubshare.service.web.hub_api import AboutToken, HubApi


def away(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody there", request=request)


def telling(status: int) -> httpx.MockTransport:
    return httpx.MockTransport(lambda request: httpx.Response(status, json={}))


@pytest.mark.parametrize(
    ("transport", "lacks"),
    [
        (telling(200), False),
        (telling(404), True),
        (telling(403), False),
        (telling(502), False),
        (httpx.MockTransport(away), False),
    ],
    ids=["a user", "nobody", "no scope to ask", "half up", "away"],
)
def test_only_a_clear_no_of_the_hub_makes_a_name_unknown(transport: httpx.MockTransport, lacks: bool) -> None:
    async def ask() -> bool:
        async with httpx.AsyncClient(base_url="http://hub/hub/api", transport=transport) as client:
            hub = HubApi(client)
            return await hub.lacks("bbo")

    assert asyncio.run(ask()) is lacks


@pytest.mark.parametrize(
    ("model", "born"),
    [
        ({"created": "2026-01-02T03:04:05.678901Z"}, datetime(2026, 1, 2, 3, 4, 5, 678901)),
        ({"created": "2026-01-02T05:04:05+02:00"}, datetime(2026, 1, 2, 3, 4, 5)),
        ({"created": None}, None),
        ({}, None),
    ],
    ids=["as the Hub writes it", "of elsewhere", "unknown", "not told"],
)
def test_the_hub_says_since_when_it_has_a_user(model: dict[str, str | None], born: datetime | None) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=model))

    async def ask() -> datetime | None:
        async with httpx.AsyncClient(base_url="http://hub/hub/api", transport=transport) as client:
            return await HubApi(client).born("bob")

    assert asyncio.run(ask()) == born


@pytest.mark.parametrize(
    ("transport", "admin"),
    [
        (httpx.MockTransport(lambda request: httpx.Response(200, json={"admin": True})), True),
        (httpx.MockTransport(lambda request: httpx.Response(200, json={"admin": False})), False),
        (telling(404), False),
        (httpx.MockTransport(lambda request: httpx.Response(200, json={})), None),
        (httpx.MockTransport(away), None),
    ],
    ids=["an admin", "a user", "nobody", "not told", "away"],
)
def test_the_hub_says_who_its_admins_are(transport: httpx.MockTransport, admin: bool | None) -> None:
    async def ask() -> bool | None:
        async with httpx.AsyncClient(base_url="http://hub/hub/api", transport=transport) as client:
            try:
                return await HubApi(client).is_admin("bob")
            except Unavailable:
                return None

    assert asyncio.run(ask()) is admin


_ASKED = {
    "note": "laptop",
    "created": "2026-11-01T10:00:00Z",
    "expires_at": "2026-12-01T10:00:00Z",
    "session_id": None,
    "oauth_client": "JupyterHub",
}


@pytest.mark.parametrize(
    ("model", "expires"),
    [
        (_ASKED, datetime(2026, 12, 1, 10)),
        (_ASKED | {"expires_at": None}, None),
        (_ASKED | {"expires_at": "2026-11-02T09:00:00Z"}, None),
        (_ASKED | {"note": "Server at /user/bob/"}, None),
        (_ASKED | {"oauth_client": "Server at /user/bob/"}, None),
        (_ASKED | {"session_id": "c0ffee"}, None),
        ({}, None),
    ],
    ids=["asked for", "for ever", "for a day", "of a server", "signed in", "of a browser", "not told"],
)
def test_only_of_tokens_that_people_asked_for_it_is_known_when_they_end(
    model: dict[str, str | None], expires: datetime | None
) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=model))

    async def ask() -> AboutToken:
        async with httpx.AsyncClient(base_url="http://hub/hub/api", transport=transport) as client:
            return await HubApi(client).about_token("bob", "a7")

    assert asyncio.run(ask()) == AboutToken(model.get("note") or "a7", expires)
