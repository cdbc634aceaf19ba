"""Who is in front of a Jupyter server, and whether there is a HubShare."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hubshare_agents.jupyter.surroundings import NO_HUB, is_owner, missing, person_of


def handler(model: dict[str, str] | None) -> Any:
    """A request of somebody whom the Hub describes like this; None where there is no Hub in front of the server."""
    return SimpleNamespace(current_user=SimpleNamespace(username="anonymous", **({"hub_user": model} if model else {})))


@pytest.mark.parametrize(
    ("model", "person", "owner"),
    [
        ({"name": "alice", "kind": "user"}, "alice", True),
        ({"name": "bob", "kind": "user"}, "bob", False),
        ({"name": "alice", "kind": "service"}, "service:alice", False),
        ({"name": "", "kind": "user"}, "", False),
        (None, "", True),
    ],
)
def test_the_owner_is_the_user_whose_server_it_is(
    model: dict[str, str] | None, person: str, owner: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "alice")
    assert (person_of(handler(model)), is_owner(handler(model))) == (person, owner)


@pytest.mark.parametrize("gone", ["HUBSHARE_URL", "JUPYTERHUB_API_TOKEN"])
def test_without_a_hub_it_is_said_what_is_needed(gone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSHARE_URL", "http://hub/services/hubshare/")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret")
    assert missing() == ""
    monkeypatch.delenv(gone)
    assert missing() == NO_HUB
