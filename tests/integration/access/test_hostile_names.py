"""Names and texts that are made to break something: refused in plain words, or kept and given back just as they came."""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import quote

import pytest

from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id
from tests.helpers.access_acts import Play
from tests.helpers.access_doors import check_problem
from tests.helpers.access_fixture import Stage, Stages
from tests.helpers.access_matrix import PLAYS

#: What comes to the database as it is has to be kept and given back by either; of what is refused before, the one that takes
#: less is told: PostgreSQL keeps no NUL, no half of a character and no index of ten thousand characters.
both = pytest.mark.both_databases
strict = pytest.mark.postgresql

#: What somebody might send for any text. Lone surrogates and NUL come in ways of their own: JSON has escapes for them.
HOSTILE = [
    " ",
    ".",
    "..",
    "../../etc/passwd",
    "a/b",
    "/",
    "\\",
    "\0",
    "a\0b",
    "%00",
    "%2e%2e%2f",
    "\x1b[31m",
    "\r\nX-Evil: 1",
    "\x7f",
    "*",
    "?[a]*{b}",
    "}:outbox",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' OR 1=1 --",
    "--upload-pack=x",
    "team:",
    "group:..",
    "user:user:a",
    "\u202egnp.exe",
    "a\u200bb",
    "\u2028",
    "\ufeff",
    "\uffff",
    "e\u0301",
    "🎉" * 300,
    "x" * 10_000,
    "\ud800",
]


@pytest.fixture(autouse=True)
def patient(centre: TestCentre, monkeypatch: pytest.MonkeyPatch) -> None:
    """One person tries all of this within a minute."""
    monkeypatch.setattr(centre.settings, "writes_per_minute", 1_000_000)


each = pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))


def fine(answer: Any, *statuses: int) -> None:
    """It passed, or was refused in a form that a client understands; never did it break."""
    if answer.status_code >= 400:
        check_problem(answer)
        assert "X-Evil" not in answer.headers
        assert "\x1b" not in answer.text and "\0" not in answer.text
    assert not statuses or answer.status_code in statuses, (answer.request.content, answer.status_code, answer.text)


def raw(text: str) -> str:
    """A text as one part of a path."""
    return quote(text.encode(errors="surrogatepass"), safe="")


# in paths


#: What stands in braces in the path of a play, and what of the stage it is.
PLACES = {
    "owner": "owner",
    "name": "name",
    "id": "id",
    "first": "first",
    "newest": "commit",
    "team": "team",
    "secret": "secret",
    "invitation": "invitation",
}
#: Among how many plays the texts are shared out: all of them read a part of a path by the same few rules.
SHARES = 4


def spots() -> list[tuple[Play, str, list[str]]]:
    """The parts of the paths, each with the texts to be tried there: the plays of one part share them out among themselves."""
    found = []
    for place in (*PLACES, "checkout", "conflict", "reader", "member"):
        plays = [play for play in PLAYS if f"{{{place}}}" in getattr(play.act, "path", "")]
        shares = min(len(plays), SHARES)
        found += [(play, place, HOSTILE[number % shares :: shares]) for number, play in enumerate(plays)]
    return found


@strict
@pytest.mark.parametrize(("play", "place", "texts"), spots(), ids=lambda value: getattr(value, "verb", str(value)[:20]))
def test_in_every_part_of_every_path(stages: Stages, play: Play, place: str, texts: list[str]) -> None:
    stage = stages.take(**{"deleted": True} if play.deleted else {})
    who = stage["owner"] if play.action.startswith("project") else stage["maintainer"]
    before = stage.state()
    for text in texts:
        odd = copy.copy(stage)
        if place in PLACES:
            setattr(odd, PLACES[place], raw(text))
        elif place in ("reader", "member"):
            odd.people = stage.people | {place: copy.copy(stage[place])}
            object.__setattr__(odd.people[place], "user", raw(text))
        else:
            setattr(odd, f"{place}s", {who.user: raw(text)})
        if text in (".", "..") and raw(text) == text:
            # A client takes these away by itself; what comes here is what it took them for.
            continue
        # Behind a slash at the end there may be a page without it, which is not followed.
        assert play.act(odd, who) in (404, 405, 422, *((307,) if text == "/" else ())), text
    assert stage.state() == before


@strict
@each
def test_at_the_door_of_git(stages: Stages, text: str) -> None:
    stage = stages.take()
    who = stage["owner"].token
    for address in (f"{raw(text)}/{stage.name}.git", f"{stage.owner}/{raw(text)}.git"):
        for rest in ("info/refs?service=git-upload-pack", "info/refs?service=git-receive-pack"):
            answer = stage.api.git(who, "GET", f"{address}/{rest}")
            assert answer.status_code in (403, 404, 422) and answer.headers["content-type"].startswith(
                ("text/plain", "application/problem")
            )
    answer = stage.api.git(who, "GET", f"{stage.full}.git/info/refs", params={"service": text.encode(errors="replace")})
    assert answer.status_code == 422


# in bodies


#: Where a text goes in a request, by words; `*` stands for it.
BODIES: dict[str, tuple[str, str, Any]] = {
    "name of a project": ("POST", "/projects", {"name": "*"}),
    "owner of a project": ("POST", "/projects", {"name": "n", "owner": "*"}),
    "visibility": ("POST", "/projects", {"name": "n", "visibility": "*"}),
    "subject of a grant": ("POST", "/projects", {"name": "*name", "grants": {"*": "reader"}}),
    "role of a grant": ("POST", "/projects", {"name": "n", "grants": {"b": "*"}}),
    "field that there is not": ("POST", "/projects", {"name": "n", "*": "x"}),
    "new name": ("PUT", "/projects/{full}/name", {"name": "*"}),
    "new owner": ("PUT", "/projects/{full}/owner", {"owner": "*"}),
    "name at the new owner": ("PUT", "/projects/{full}/owner", {"owner": "{admin}", "name": "*"}),
    "role": ("PUT", "/projects/{full}/grants/x", {"role": "*"}),
    "role of an invitation": ("POST", "/projects/{full}/invitations", {"role": "*"}),
    "days of an invitation": ("POST", "/projects/{full}/invitations", {"days": "*"}),
    "project of a checkout": ("POST", "/checkouts", {"project": "*", "folder": "/x"}),
    "owner and project of a checkout": ("POST", "/checkouts", {"project": "*/*", "folder": "/x"}),
    "name of a team": ("POST", "/teams", {"name": "*"}),
    "role of a team": ("POST", "/teams", {"name": "n", "role": "*"}),
    "new name of a team": ("PATCH", "/teams/{team}", {"name": "*"}),
    "role of a member": ("PUT", "/teams/{team}/members/x", {"role": "*"}),
    "commit": ("POST", "/packs/{id}", {"commit": "*", "paths": []}),
    "path": ("POST", "/packs/{id}", {"commit": "{commit}", "paths": ["*"]}),
    "whole body": ("POST", "/projects", "*"),
}


@strict
@pytest.mark.parametrize("where", BODIES)
def test_in_every_field(stages: Stages, where: str) -> None:
    stage = stages.take()
    for text in HOSTILE:
        try_in_field(stage, where, text)


def try_in_field(stage: Stage, where: str, text: str) -> None:
    method, path, body = BODIES[where]
    names = {"full": stage.full, "team": stage.team, "id": stage.id}

    def put(value: Any) -> Any:
        if isinstance(value, dict):
            return {put(name): put(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [put(inner) for inner in value]
        value = value.replace("*name", f"n{new_id()}").replace("{admin}", stage["admin"].user)
        return value.replace("{commit}", stage.commit).replace("*", text)

    who = stage["maintainer" if "team" in path else "owner"]
    content = json.dumps(put(body)).encode()
    answer = stage.api(who.token, method, path.format(**names), {"Content-Type": "application/json"}, content=content)
    # Subjects may be called nearly anything, as users of the Hub are; a path may be one that there is not.
    passes = {"subject of a grant": (201,), "path": (200,), "new owner": (403,)}.get(where, ())
    fine(answer, 404, 422, *passes)


@both
@each
def test_as_a_description_or_a_folder_it_comes_back_as_it_went_in(stages: Stages, text: str) -> None:
    stage = stages.take(of_team=True)
    who = stage["maintainer"].token
    name = f"n{new_id()}"
    sent = json.dumps({"name": name, "description": text}).encode()
    made = stage.api(who, "POST", "/projects", {"Content-Type": "application/json"}, content=sent)
    fine(made, 201, 422)
    # Line breaks and tabs are part of a text; other control characters and halves of characters are not.
    accepted = len(text) <= 2000 and text != "\ud800" and not any(ord(ch) < 32 and ch not in "\n\t" for ch in text)
    assert made.is_success == accepted
    if made.is_success:
        found = stage.api(who, "GET", f"/projects/{made.json()['name']}")
        assert found.json()["description"] == text
        assert (
            found.headers["content-type"] == "application/json" and found.headers["x-content-type-options"] == "nosniff"
        )
    for field in ("folder", "server"):
        sent = json.dumps({"project": stage.full, "folder": "/x", field: text}).encode()
        made = stage.api(who, "POST", "/checkouts", {"Content-Type": "application/json"}, content=sent)
        fine(made, 201, 422)
        assert made.is_success == (
            len(text) <= (4096 if field == "folder" else 255) and "\0" not in text and text != "\ud800"
        )
        if made.is_success:
            listed = stage.api(who, "GET", f"/projects/{stage.full}/checkouts?limit=500").json()["items"]
            assert [row[field] for row in listed if row["id"] == made.json()["id"]] == [text]
    fine(
        stage.api(
            who,
            "POST",
            "/agent/session",
            {"Content-Type": "application/json"},
            content=json.dumps({"server": text}).encode(),
        ),
        201,
        422,
    )


@both
@each
def test_whoever_is_called_so_is_let_in_or_refused_by_name(stages: Stages, text: str) -> None:
    """Users of the Hub may be called nearly anything; whoever can be granted something can be told, listed and revoked."""
    stage = stages.take(of_team=True)
    who = stage["maintainer"].token
    for place in (f"/projects/{stage.full}/grants/user:{raw(text)}", f"/teams/{stage.team}/members/{raw(text)}"):
        role = {"role": "reader" if "grants" in place else "member"}
        answer = stage.api(who, "PUT", place, json=role)
        fine(answer)
        listed = stage.api(who, "GET", place.rpartition("/")[0] if "grants" in place else f"/teams/{stage.team}").json()
        names = [
            each.get("subject") or each.get("user")
            for each in listed.get("items") or [*listed["members"], *listed["invited"]]
        ]
        assert (text in names) == answer.is_success
        if answer.is_success:
            assert text.isprintable() and len(text) <= 255
            assert stage.api(who, "GET", f"/projects/{stage.full}/access").is_success
            assert stage.api(who, "DELETE", place).is_success


# in queries and headers


@strict
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/projects", "after"),
        ("/projects", "limit"),
        ("/projects", "own"),
        ("/projects/{full}/file", "path"),
        ("/projects/{full}/tree", "path"),
        ("/projects/{full}/tree", "version"),
        ("/projects/{full}/entry", "path"),
        ("/projects/{full}/archive", "format"),
        ("/projects/{full}/archive", "version"),
        ("/projects/{full}/versions", "after"),
    ],
)
def test_in_every_query(stages: Stages, path: str, name: str) -> None:
    stage = stages.take()
    for text in HOSTILE:
        try_in_query(stage, path, name, text)


def try_in_query(stage: Stage, path: str, name: str, text: str) -> None:
    address = f"{path.format(full=stage.full)}?{name}={raw(text)}"
    fine(
        stage.api(
            stage["owner"].token, "GET", address + ("" if name == "path" or "file" not in path else "&path=a.txt")
        ),
        404,
        422,
    )
    fine(stage.api(stage["owner"].token, "PATCH", f"/uploads/{new_id()}?offset={raw(text)}", content=b"x"), 422)


HEADERS = [
    "Authorization",
    "If-Match",
    "Idempotency-Key",
    "Last-Event-ID",
    "Content-Type",
    "Accept",
    "Cookie",
    "X-Forwarded-Host",
]


@strict
@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize(
    "value",
    [
        b"\xff\xfe",
        "é🎉".encode(),
        b"<script>",
        b"x" * 10_000,
        b"' OR 1=1 --",
        b"\x01",
        b"*",
        b'"',
        b"token",
        b"..",
    ],
    ids=lambda value: ascii(value[:12]),
)
def test_in_every_header(stages: Stages, header: str, value: bytes) -> None:
    stage = stages.take()
    sent = {"Authorization": f"token {stage['stranger'].token}".encode(), "Content-Type": b"application/json"} | {
        header: value
    }
    for prefix in (b"", b"token ", b"Basic ") if header == "Authorization" else (b"",):
        answer = stage.api.client.request(
            "POST",
            "/projects",
            headers={**sent, header: prefix + value},
            content=b'{"name": "n%s"}' % new_id().encode(),
        )
        # The server itself refuses what is no header at all, in plain text.
        if answer.headers.get("server") == "uvicorn" and answer.text.startswith("Invalid HTTP"):
            continue
        fine(answer)


def test_a_token_in_an_address_or_a_cookie_opens_nothing(stages: Stages) -> None:
    stage = stages.take()
    for query in ("token", "access_token", "api_token", "authorization"):
        assert stage.api("", "GET", f"/projects/{stage.full}", params={query: stage["owner"].token}).status_code == 401
        cookie = {"Cookie": f"{query}={stage['owner'].token}"}
        assert stage.api("", "GET", f"/projects/{stage.full}", cookie).status_code == 401


# in what is published


def test_every_text_is_tried_at_every_place_that_the_paths_have() -> None:
    tried: dict[str, set[str]] = {}
    for _, place, texts in spots():
        tried.setdefault(place, set()).update(texts)
    assert tried.keys() == {*PLACES, "checkout", "conflict", "reader", "member"}
    assert all(texts == set(HOSTILE) for texts in tried.values())
