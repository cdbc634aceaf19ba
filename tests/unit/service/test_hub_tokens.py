"""Whose token it is, by what the Hub says of it: a user's, with the right to this service, and nobody else's."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.services.auth import HubOAuth

from hubshare.errors import Forbidden, HubShareError, NotSignedIn
from hubshare.service.web.revocations import Revocations
from hubshare.service.web.shared_answers import SharedMemory
from hubshare.service.web.tokens import HubTokens
from hubshare.store.access.actions import Scope
from hubshare.testing.centre import StaticHub

ACCESS = "access:services!service=hubshare"


class Auth:
    """What the Hub says of a token."""

    access_scopes = frozenset({ACCESS})

    def __init__(self, said: dict[str, Any] | None) -> None:
        self.said, self.asked = said, 0

    async def user_for_token(self, token: str, use_cache: bool, sync: bool) -> dict[str, Any] | None:
        self.asked += 1
        return self.said

    def check_scopes(self, wanted: frozenset[str], user: dict[str, Any]) -> bool:
        return bool(wanted & {*user["scopes"]})


def hub_tokens(revocations: Path = Path("/nowhere"), memory: SharedMemory | None = None) -> HubTokens:
    return HubTokens(StaticHub(), 2, Revocations(revocations), memory or SharedMemory())


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (None, NotSignedIn),
        ({}, NotSignedIn),
        ({"kind": "other", "name": "grader", "scopes": [ACCESS]}, NotSignedIn),
        ({"kind": "service", "name": "grader", "admin": True, "scopes": [Scope.READ]}, Forbidden),
        ({"name": "of an old Hub", "scopes": [ACCESS]}, NotSignedIn),
        ({"kind": "user", "name": "alice", "scopes": ["access:servers", Scope.ADMIN]}, Forbidden),
    ],
)
def test_what_is_no_users_token_for_this_service_is_nobodys(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, Any] | None, error: type[HubShareError]
) -> None:
    monkeypatch.setattr(HubOAuth, "instance", lambda **_: Auth(said))
    with pytest.raises(error):
        asyncio.run(hub_tokens().person("secret"))


def test_a_user_is_who_the_hub_says_with_just_the_scopes_that_are_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"kind": "user", "name": "alice", "admin": False, "groups": ["a"], "scopes": [ACCESS, "self", Scope.READ]}
    monkeypatch.setattr(HubOAuth, "instance", lambda **_: Auth(said))
    person = asyncio.run(hub_tokens().person("secret"))
    assert (person.name, person.admin, person.groups, person.scopes) == ("alice", False, ("a",), {Scope.READ})


def test_a_token_is_known_by_its_id_and_never_by_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"kind": "user", "name": "alice", "scopes": [ACCESS], "token_id": "a7"}
    monkeypatch.setattr(HubOAuth, "instance", lambda **_: Auth(said))
    first, second = (asyncio.run(hub_tokens().person(value)) for value in ("secret", "other"))
    assert first.token_id.startswith("a7-") and "secret" not in str(first)
    # The Hub gives the id of a token that is gone to another one.
    assert first.token_id != second.token_id


def test_a_service_has_a_name_that_no_user_has_and_just_the_scopes_that_it_was_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = {
        "kind": "service",
        "name": "alice",
        "admin": False,
        "roles": [],
        "scopes": [ACCESS, Scope.READ, "list:users"],
    }
    monkeypatch.setattr(HubOAuth, "instance", lambda **_: Auth(said))
    person = asyncio.run(hub_tokens().person("secret"))
    assert (person.name, person.service, person.scopes) == ("service:alice", True, {Scope.READ})
    assert (person.admin, person.groups, person.token) == (False, (), "of service:alice")


def test_once_a_token_was_revoked_no_process_believes_what_the_hub_said_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = {"kind": "user", "name": "alice", "scopes": [ACCESS]}
    auths = [Auth(said), Auth(said)]
    monkeypatch.setattr(HubOAuth, "instance", lambda **_: auths[len(of_processes)])
    of_processes: list[HubTokens] = []
    for _ in auths:
        of_processes.append(hub_tokens(tmp_path / "revocations"))
    for tokens in of_processes * 2:
        asyncio.run(tokens.person("token"))
    assert [auth.asked for auth in auths] == [1, 1], "what was said is believed for a while"
    of_processes[0].forget()
    for tokens in of_processes:
        asyncio.run(tokens.person("token"))
    assert [auth.asked for auth in auths] == [2, 2]


def test_the_hub_is_asked_once_for_all_processes_and_anew_by_each_when_a_token_was_revoked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = {"kind": "user", "name": "alice", "groups": ["a"], "scopes": [ACCESS, Scope.READ], "token_id": "a7"}
    auth, memory = Auth(said), SharedMemory()
    monkeypatch.setattr(HubOAuth, "instance", lambda **_: auth)

    async def play() -> None:
        one, other = (hub_tokens(tmp_path / "revocations", memory) for _ in range(2))
        assert await one.person("secret") == await other.person("secret") and auth.asked == 1
        one.forget()
        auth.said = None
        for process in (other, one):
            with pytest.raises(NotSignedIn):
                await process.person("secret")

    asyncio.run(play())


@pytest.mark.parametrize("told", [True, False])
def test_since_when_there_is_a_user_is_asked_for_where_a_token_may_not_read_it(
    monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    said = {"kind": "user", "name": "alice", "scopes": [ACCESS], "token_id": "a7"}
    if told:
        said["created"] = "2026-01-02T03:04:05.678901Z"
    asked = list[str]()

    async def born(self: StaticHub, user: str) -> datetime:
        asked.append(user)
        return datetime(2026, 1, 2, 3, 4, 5, 678901)

    monkeypatch.setattr(StaticHub, "born", born)
    monkeypatch.setattr(HubOAuth, "instance", lambda **_: Auth(said))
    person = asyncio.run(hub_tokens().person("secret"))
    assert person.born == datetime(2026, 1, 2, 3, 4, 5, 678901)
    assert asked == ([] if told else ["alice"])
