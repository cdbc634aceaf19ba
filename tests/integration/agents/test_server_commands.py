"""Servers that people share with each other, from the command line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import Home
from tests.helpers.command_line import gives, says


@pytest.fixture
def shared_at_hub(centre: TestCentre) -> Iterator[set[tuple[str, str, str]]]:
    """Who may use whose server by the Hub's word; nobody any more afterwards."""
    shares = centre.hub.servers.shares
    before = set(shares)
    yield shares
    shares.intersection_update(before)


def test_one_asks_for_a_server_and_finds_it_once_it_is_given(
    alice: Home, bob: Home, shared_at_hub: set[tuple[str, str, str]]
) -> None:
    made, _ = alice.share("on-her-server", {"a.txt": "a"}, **{"with": ["bob:reader"]})
    assert "alice/on-her-server" not in says(bob, "servers")
    assert says(bob, "ask-server", "alice/on-her-server").splitlines() == [
        "alice is asked for access to the server, because of alice/on-her-server.",
        "`hubshare servers` shows it when it was given.",
    ]
    for home in (alice, bob):
        assert "bob asks alice, because of alice/on-her-server: waits" in says(home, "servers")
    [request] = [one for one in gives(bob, "servers")["requests"] if one["project"] == "alice/on-her-server"]
    assert (request["asker"], request["owner"], request["state"]) == ("bob", "alice", "waiting")
    shared_at_hub.add(("alice", "", "bob"))
    listed = says(bob, "servers")
    assert "alice  default server  no end" in listed and "not running: only its owner can start it" in listed
    assert [one["owner"] for one in gives(bob, "servers")["servers"]] == ["alice"]
    assert "alice" not in [one["owner"] for one in gives(alice, "servers")["servers"]]
    # The project of the folder that one is in.
    assert "on-her-server is yours, and so is the server" in alice.fault("ask-server", cwd=made)
    assert "There is no project" in bob.fault("ask-server", "alice/none-of-this-name")
