"""The arbiter of the culler: who is at work is not stopped, and where HubShare does not answer it is patient for a while."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest

from hubshare import culling

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SERVER = {"name": "lab", "full_name": "alice/lab"}


def said(seen: timedelta, active: timedelta, *busy: bool) -> dict[str, Any]:
    return {
        "seen": (NOW - seen).isoformat().replace("+00:00", "Z"),
        "active": (NOW - active).isoformat(),
        "kernels": [{"busy": one} for one in busy],
    }


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (said(timedelta(0), 5 * HOUR, False, True), True),
        (said(timedelta(0), 5 * HOUR, False), False),
        (said(timedelta(0), HOUR / 2), True),
        (said(timedelta(minutes=41), timedelta(minutes=41), True), False),
    ],
    ids=["a kernel computes", "all idle", "an edit half an hour ago", "nothing was heard since"],
)
def test_who_is_at_work(report: dict[str, Any], expected: bool) -> None:
    assert culling.at_work(report, HOUR, NOW) is expected


def test_a_server_is_found_by_its_user_and_name() -> None:
    assert culling.whose(SERVER) == ("alice", "lab")
    assert culling.whose({"name": "", "full_name": "alice/"}) == ("alice", "")


def test_of_somebodys_servers_the_one_that_is_meant_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[HTTPRequest] = []

    async def fetch(_: Any, request: HTTPRequest) -> Any:
        asked.append(request)
        items = [{"server": name, "seen": name or "default"} for name in ("", "lab", "large")]
        return SimpleNamespace(body=json.dumps({"items": items}))

    monkeypatch.setattr(AsyncHTTPClient, "fetch", fetch)
    monkeypatch.setenv("HUBSHARE_URL", "http://hub/services/hubshare/")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    server = {"name": "lab", "full_name": "a&b c/lab"}
    assert asyncio.run(culling._ask(server)) == {"server": "lab", "seen": "lab"}
    assert asyncio.run(culling._ask({"name": "gone", "full_name": "alice/gone"})) is None
    assert asked[0].url == "http://hub/services/hubshare/api/v1/ops/servers?user=a%26b%20c"
    assert asked[0].headers["Authorization"] == "token secret"


@pytest.mark.parametrize(
    ("answer", "inactive", "expected"),
    [
        ({"seen": "2000-01-01T00:00:00Z", "active": "2000-01-01T00:00:00Z", "kernels": []}, HOUR, True),
        (None, HOUR, True),
        (None, HOUR / 2, False),
        (OSError("no route"), 1.9 * HOUR, False),
        (OSError("no route"), 2 * HOUR, True),
        (None, None, False),
    ],
    ids=["idle", "never heard of", "not idle for long", "no answer", "no answer for long", "just started"],
)
def test_whether_a_server_is_stopped(
    monkeypatch: pytest.MonkeyPatch, answer: Any, inactive: timedelta | None, expected: bool
) -> None:
    async def ask(server: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(culling, "_ask", ask)
    stopped = asyncio.run(culling.arbiter(inactive=inactive, inactive_limit=3600, server=SERVER))
    assert stopped is expected
