"""Tokens: what was done with each is counted, and shown to its owner and to admins of the Hub alone."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from hubshare.errors import Forbidden, NotFound, Unavailable
from hubshare.operations.hub_tokens import TokenAtHub
from hubshare.service.web.hub_tokens import HubApiTokens
from hubshare.service.web.tokens import revoked_by
from hubshare.store.endings import tell_of_ends
from hubshare.store.models import AgentSession, now
from hubshare.testing.centre import TestCentre, wait_until
from hubshare.wire.agent import new_id
from tests.helpers.access_fixture import Stage, Stages

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def stage(stages: Stages) -> Stage:
    return stages.new()


def write_down(centre: TestCentre) -> None:
    """Have what was counted be written, as happens every few seconds."""
    asyncio.run(centre.app.state.token_uses.write())


def listed(stage: Stage, token: str, path: str = "/me/tokens") -> dict[str, Any]:
    answer = stage.api(token, "GET", path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def sessions_of(centre: TestCentre, user: str) -> list[AgentSession]:
    with centre.centre.database.read() as session:
        return list(session.scalars(select(AgentSession).where(AgentSession.user == user)))


def looked(centre: TestCentre, token: str, path: str) -> httpx.Response:
    return httpx.get(centre.url + path, headers={"Authorization": f"token {token}"})


def test_what_is_done_with_a_token_is_counted_by_kind_day_and_project(stage: Stage, centre: TestCentre) -> None:
    writer = stage["writer"]
    other = f"{writer.user}+read"
    made = TokenAtHub("aserver", f"Server {SCRIPT}", ("self",), now() - timedelta(hours=1), now(), None, "JupyterHub")
    centre.hub.tokens.of[writer.user] = [made]
    for _ in range(3):
        assert stage.api(writer.token, "GET", f"/projects/{stage.full}").status_code == 200
    assert stage.api(other, "GET", "/projects/nobody/nothing").status_code == 404
    write_down(centre)
    found = listed(stage, writer.token)["tokens"]
    (mine,) = [one for one in found if one["id"] == "aserver"]
    assert mine["uses"]["read"] >= 3 and mine["addresses"][0]["address"] == "127.0.0.1" and not mine["ended"]
    assert mine["scopes"] == ["self"]
    (gone,) = [one for one in found if one["ended"]]
    assert gone["uses"] == {"read": 1}
    whole = listed(stage, writer.token, "/me/tokens/aserver")
    assert {"project": stage.full, "kind": "read", "count": 3} in whole["projects"]
    assert [day["day"] for day in whole["days"]] == [now().date().isoformat()]
    # What was refused may be of any name, and is counted without it.
    assert listed(stage, writer.token, f"/me/tokens/{gone['id']}")["projects"] == [
        {"project": "", "kind": "read", "count": 1}
    ]


def test_a_push_of_an_agent_is_counted_for_the_token_of_its_server(stage: Stage, centre: TestCentre) -> None:
    writer = stage["writer"]
    assert stage.agent_pushes(writer) == 200

    def counted() -> bool:
        write_down(centre)
        answer = stage.api(writer.token, "GET", "/me/tokens/aserver-0badcafe")
        counts = answer.json()["projects"] if answer.status_code == 200 else []
        return {"project": stage.full, "kind": "push", "count": 1} in counts

    wait_until(counted, "the push is counted for the token", 40)


def test_nobody_but_its_owner_and_admins_sees_a_token(stage: Stage, centre: TestCentre) -> None:
    writer, reader = stage["writer"], stage["reader"]
    used = f"{writer.user}+write"
    assert stage.api(used, "GET", "/me").status_code == 200
    write_down(centre)
    (one,) = [one for one in listed(stage, writer.token)["tokens"] if "write" in one["id"]]
    assert stage.api(reader.token, "GET", f"/me/tokens/{one['id']}").status_code == 404
    for path in ("/tokens", f"/tokens/{writer.user}", f"/tokens/{writer.user}/{one['id']}"):
        assert stage.api(reader.token, "GET", path).status_code == 403
    boss = "boss+hubadmin"
    assert one["id"] in {item["id"] for item in listed(stage, boss, f"/tokens?user={writer.user}")["items"]}
    assert listed(stage, boss, f"/tokens/{writer.user}/{one['id']}")["uses"] == {"read": 1}


def test_everybodys_are_told_page_by_page_each_once(stage: Stage, centre: TestCentre) -> None:
    user = f"u{new_id()}"
    for kind in ("", "+read", "+write"):
        assert stage.api(user + kind, "GET", "/me").status_code == 200
    write_down(centre)
    path, seen = f"/tokens?user={user}&limit=1", list[str]()
    first = listed(stage, "boss+hubadmin", path)
    for _ in range(3):
        seen += [one["id"] for one in first["items"]]
        first = listed(stage, "boss+hubadmin", f"{path}&after={first['next']}") if first["next"] else first
    assert len({*seen}) == len(seen) == 3 and first["next"] is None


def test_what_the_hub_does_not_tell_is_said_and_the_rest_is_shown(stage: Stage, centre: TestCentre) -> None:
    writer = stage["writer"]
    assert stage.api(writer.token, "GET", "/me").status_code == 200
    write_down(centre)
    centre.hub.tokens.fault = Unavailable("The Hub does not tell HubShare of tokens.")
    try:
        found = listed(stage, writer.token)
        page = looked(centre, writer.token, "token")
    finally:
        centre.hub.tokens.fault = None
    assert "does not tell" in found["missing"] and found["tokens"] and not any(one["ended"] for one in found["tokens"])
    assert page.status_code == 200 and "does not tell" in page.text


def test_names_of_tokens_stay_text_on_the_pages(stage: Stage, centre: TestCentre) -> None:
    writer = stage["writer"]
    centre.hub.tokens.of[writer.user] = [TokenAtHub("a1", SCRIPT, (SCRIPT,), now(), None, now(), SCRIPT)]
    for who, path in (
        (writer.token, "token"),
        (writer.token, "token/a1"),
        ("boss+hubadmin", f"ops/tokens/{writer.user}"),
        ("boss+hubadmin", f"ops/tokens/{writer.user}/a1"),
        ("boss+hubadmin", "ops/tokens?user=%3Cscript%3E"),
    ):
        answer = looked(centre, who, path)
        assert answer.status_code == 200 and "<script>alert" not in answer.text and "=<script>" not in answer.text, path
        assert ("/revoke" in answer.text) == path.endswith("/a1"), path
    assert "/revoke" not in looked(centre, f"{writer.user}+read", "token/a1").text


def test_a_revoked_token_ends_and_so_does_what_it_was_traded_for(stage: Stage, centre: TestCentre) -> None:
    writer = stage["writer"]
    assert stage.api(writer.token, "POST", "/agent/session", json={"server": ""}).status_code == 201
    centre.hub.tokens.of[writer.user] = [TokenAtHub("a1", "", (), None, None, None, "")]
    # A token that the Hub does not let revoke anything does not, and what it was asked about stays.
    with_less = stage.api(f"{writer.user}+hubadmin", "DELETE", "/me/tokens/a1")
    assert with_less.status_code == 403 and centre.hub.tokens.of[writer.user] and sessions_of(centre, writer.user)
    forgotten = centre.tokens.forgotten
    assert stage.api(writer.token, "DELETE", "/me/tokens/a1").status_code == 204
    assert centre.hub.tokens.of[writer.user] == [] and centre.tokens.forgotten == forgotten + 1
    assert not sessions_of(centre, writer.user)
    assert stage.api(writer.token, "DELETE", "/me/tokens/a1").status_code == 404
    entry = listed(stage, "boss+hubadmin", "/audit?limit=1")["items"][0]
    assert (entry["action"], entry["user"]) == ("me.revoke-token", writer.user)
    assert entry["details"] == {"user": writer.user, "revoked": "a1"}
    centre.hub.tokens.of[writer.user] = [TokenAtHub("a1", "", (), None, None, None, "")]
    assert stage.api("boss+hubadmin", "DELETE", f"/tokens/{writer.user}/a1").status_code == 204


@pytest.mark.parametrize(
    ("scopes", "revokes"),
    [(["tokens"], "all"), (["tokens!user=bob"], "own"), (["tokens!user=alice"], ""), (["read:tokens!user=bob"], "")],
)
def test_whose_tokens_one_may_revoke_the_hub_says(scopes: list[str], revokes: str) -> None:
    assert revoked_by("bob", scopes) == revokes


def test_the_hub_revokes_by_the_right_of_whoever_asks() -> None:
    asked = list[tuple[str, str, str]]()

    async def ask(status: int) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            asked.append((request.method, request.url.path, request.headers["authorization"]))
            return httpx.Response(status)

        transport = httpx.MockTransport(answer)
        headers = {"Authorization": "token of the service"}
        async with httpx.AsyncClient(base_url="http://hub/hub/api", transport=transport, headers=headers) as client:
            await HubApiTokens(client).revoke("mine", "bob", "a1")

    asyncio.run(ask(204))
    assert asked == [("DELETE", "/hub/api/users/bob/tokens/a1", "token mine")]
    for status, error in ((401, Forbidden), (403, Forbidden), (404, NotFound), (500, Unavailable)):
        with pytest.raises(error):
            asyncio.run(ask(status))


def test_the_hubs_answer_about_tokens_is_read_and_bounded() -> None:
    model = {
        "id": "a7",
        "note": "n",
        "scopes": ["b", "a"],
        "created": "2026-01-02T03:04:05.5Z",
        "last_activity": None,
        "expires_at": "2026-01-03T03:04:05Z",
        "oauth_client": "JupyterHub",
    }

    async def ask(answer: httpx.Response) -> list[TokenAtHub]:
        transport = httpx.MockTransport(lambda request: answer)
        async with httpx.AsyncClient(base_url="http://hub/hub/api", transport=transport) as client:
            return await HubApiTokens(client).tokens_of("bob")

    (one,) = asyncio.run(ask(httpx.Response(200, json={"api_tokens": [model]})))
    assert (one.id, one.scopes, one.last) == ("a7", ("a", "b"), None)
    assert one.created is not None and one.created.isoformat() == "2026-01-02T03:04:05.500000"
    assert asyncio.run(ask(httpx.Response(404))) == []
    for status, words in ((403, "read:tokens"), (502, "502")):
        with pytest.raises(Unavailable, match=words):
            asyncio.run(ask(httpx.Response(status)))
    with pytest.raises(Unavailable, match="more tokens"):
        asyncio.run(ask(httpx.Response(200, content=b"[" + b" " * 9_000_000 + b"]")))


def test_a_token_that_ends_is_told_its_owner_until_it_is_gone(stage: Stage, centre: TestCentre) -> None:
    writer = stage["writer"]
    centre.tokens.ends[writer.token] = now() + timedelta(days=9)
    assert stage.api(writer.token, "GET", f"/projects/{stage.full}").status_code == 200
    write_down(centre)

    def told(**later: float) -> list[str]:
        with centre.centre.database.begin() as session:
            tell_of_ends(session, now() + timedelta(**later))
        found = listed(stage, writer.token, "/me/notifications?kind=token")["items"]
        return [f"{one['words']} {one['page']}" for one in found]

    assert told() == []
    (words,) = told(days=3)
    assert words.startswith("Your token 'token of a server' of the Hub ends on ") and words.endswith(" token")
    # The Hub has it no more.
    centre.hub.tokens.of[writer.user] = []
    assert listed(stage, writer.token)["tokens"][0]["ended"]
    assert told(days=3) == []
