"""The methods of the clients: both have the same ones, and these know every route and what it takes."""

from __future__ import annotations

import inspect
import io
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from hubshare.client import AsyncClient, Client, calls
from hubshare.client.call import Call, Download, Listening, Listing
from hubshare.client.methods import Method, Methods
from hubshare.testing.centre import TestCentre
from hubshare.wire.api import UsageReport

#: A value for each parameter of a description, by its name.
SAMPLES: dict[str, Any] = {
    "project": "alice/course",
    "team": "physics",
    "user": "bob",
    "subject": "team:physics",
    "invitation": "1" * 32,
    "offer": "1" * 32,
    "number": 7,
    "everything": True,
    "until": datetime(2026, 1, 1, tzinfo=UTC),
    "request": "1" * 32,
    "secret": "s3cret",
    "checkout": "1" * 32,
    "job": "1" * 32,
    "jobs": ["1" * 32],
    "act": "1" * 32,
    "verb": "retry",
    "confirm": "0-0-0",
    "token": "a1",
    "state": "failed",
    "said": UsageReport(idle_seconds=1),
    "sort": "cpu",
    "kind": "push",
    "hours": 24,
    "text": "words",
    "trace": "1" * 32,
    "conflict": "1" * 32,
    "upload": "1" * 32,
    "project_id": "1" * 32,
    "have": "1" * 40,
    "want": "1" * 40,
    "commit": "1" * 40,
    "paths": ["a.txt"],
    "path": "a.txt",
    "version": "v1",
    "ours": "1" * 40,
    "theirs": None,
    "name": "other",
    "owner": "bob",
    "role": "reader",
    "visibility": "hub",
    "description": "words",
    "server": "",
    "folder": "/x",
    "offset": 0,
    "piece": b"x",
    "target": io.BytesIO(),
    "match": 3,
    "base": 2,
    "last": "1-1",
    "entry": "1-0",
    "own": True,
    "of": "",
    "to": "",
    "after": "1-1",
    "url": "https://example.org/",
    "webhook": "1" * 32,
    "mirror": "1" * 32,
    "release": "Winter term",
    "notes": "words",
    "pinned": True,
    "branch": "main",
    "push_on": "release",
    "overwrites": "1" * 40,
    "delivery": 1,
    "since": datetime(2026, 1, 1, tzinfo=UTC),
    "paused": True,
    "page": 7,
    "link": "https://example.org/course.zip",
    "follow": "daily",
    "history": True,
    "take": True,
    "address": "a@example.org",
    "wanted": True,
    "kinds": ["job"],
    "worker": "all",
    "order": "work",
    "what": "kind:render",
    "reason": "",
}
#: What `of` and `to` may be.
_OF = ("alice/course", "team:physics", "")
METHODS = {name: found for name, found in vars(Methods).items() if isinstance(found, Method)}


def described(name: str) -> list[Call[Any]]:
    """The calls that a method makes with all its arguments given."""
    describe = getattr(Methods, name)
    if {"of", "to"} & inspect.signature(describe).parameters.keys():
        every = (*_OF, "me") if "webhook" in name else _OF
        return [found for of in every for found in _described(name, of)]
    return _described(name, "")


def _described(name: str, of: str) -> list[Call[Any]]:
    describe = getattr(Methods, name)
    wanted = describe(
        **{
            name: SAMPLES[name] if name not in ("of", "to") else of
            for name in inspect.signature(describe).parameters
            if name in SAMPLES and name != "source"
        }
        | ({"source": Path(__file__)} if name in ("upload", "upload_zip") else {})
        | ({"source": "https://example.org/course.zip"} if name == "import_project" else {})
        # Paths here, and in picks of cells the version of a file.
        | ({"ours": ["a.txt"], "theirs": ["b.txt"]} if name == "pull_origin" else {})
    )
    match wanted:
        case Call():
            return [wanted]
        case Listing():
            return [wanted.first, wanted.after("place")] if "limit" in wanted.first.query else [wanted.first]
        case Download():
            return [wanted.call]
        case Listening():
            return [wanted.behind("1-1")]
    return [next(wanted)]


@pytest.fixture(scope="module")
def routes(centre: TestCentre) -> dict[tuple[str, str], Any]:
    """What the running service says of itself: (method, path below the service) to the operation."""
    found = httpx.get(f"{centre.url}api/v1/openapi.json").json()
    prefix = "/services/hubshare"
    return {
        (method.upper(), path.removeprefix(prefix)): operation | {"components": found["components"]["schemas"]}
        for path, operations in found["paths"].items()
        for method, operation in operations.items()
    }


def route_of(call: Call[Any], routes: dict[tuple[str, str], Any]) -> tuple[str, str]:
    fitting = [
        (method, path)
        for method, path in routes
        if method == call.method and re.fullmatch(re.sub(r"\\?\{\w+\\?\}", "[^/]+", re.escape(path)), call.path)
    ]
    # `/members/{user}` and the like fit what is said in full as well.
    exact = [found for found in fitting if found[1].count("{") == min(path.count("{") for _, path in fitting)]
    assert exact, f"there is no route {call.method} {call.path}"
    return exact[0]


def test_every_route_of_the_service_has_a_method_of_the_client(routes: dict[tuple[str, str], Any]) -> None:
    reached = {route_of(call, routes) for name in METHODS for call in described(name)}
    assert routes.keys() - reached == set()


@pytest.mark.parametrize("name", METHODS)
def test_a_method_sends_what_its_route_takes(name: str, routes: dict[tuple[str, str], Any]) -> None:
    for call in described(name):
        operation = routes[route_of(call, routes)]
        takes = {(one["in"], one["name"]): one.get("required") for one in operation.get("parameters", ())}
        sent = {("query", key) for key, value in call.query.items() if value is not None}
        assert sent <= takes.keys()
        assert {one for one, required in takes.items() if required and one[0] == "query"} <= sent
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            assert call.body is None
            continue
        reference = content["application/json"]["schema"]["$ref"].rpartition("/")[2]
        schema = operation["components"][reference]
        assert set(schema.get("required", ())) <= call.body.keys() <= set(schema["properties"])


@pytest.mark.parametrize("name", METHODS)
def test_a_method_reads_a_list_as_its_route_answers_it(name: str, routes: dict[tuple[str, str], Any]) -> None:
    for call in described(name):
        operation = routes[route_of(call, routes)]
        answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        schemas = [answer.get("content", {}).get("application/json", {}).get("schema", {}) for answer in answers]
        for schema in schemas:
            of = operation["components"].get(schema.get("$ref", "").rpartition("/")[2], {})
            if schema.get("type") == "array":
                assert call.read(b"[]") == []
            elif of.get("required") == ["items"]:
                assert call.read(b'{"items": [], "next": null}') is not None


def test_the_two_clients_have_the_same_methods() -> None:
    def public(client: type) -> set[str]:
        return {name for name in dir(client) if not name.startswith("_")}

    assert public(Client) == public(AsyncClient)
    described_here = {
        name
        for kind in calls.__all__
        for name, one in vars(getattr(calls, kind)).items()
        if inspect.isfunction(one) and one.__module__ == f"{calls.__name__}.{kind}" and not name.startswith("_")
    }
    assert METHODS.keys() == described_here
    for name in METHODS:
        assert getattr(Client, name).__doc__, f"{name} says nothing about itself"


def test_a_client_that_waits_needs_no_more_than_urllib3() -> None:
    heavy = (
        "import hubshare.client, sys; print([n for n in ('httpx', 'anyio', 'fastapi', 'redis') if n in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True).stdout.strip() == "[]"


def test_without_httpx_the_other_one_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ImportError, match=r"pip install 'hubshare\[client\]'"):
        AsyncClient("http://127.0.0.1:1/", "alice")
