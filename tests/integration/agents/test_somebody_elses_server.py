"""Somebody else is in front of a server than its owner: acts are theirs, or they are not done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hubshare_agents.agent_process import connect
from hubshare_agents.jupyter.events import ASK_ANEW

from hubshare.client import Client
from hubshare.testing.centre import TestCentre
from tests.helpers.centre_fixture import Home, Refused, content, published, write
from tests.helpers.jupyter_server import JupyterServer
from tests.helpers.panel import Panel

BOB = {"user": "bob", "token": "bob"}


def ask(home: Home, person: object, command: str, **args: Any) -> Any:
    """What the agent answers to the server extension, which says who is there."""
    connection = connect(home.state)
    assert connection is not None
    with connection, connection.makefile("rwb") as stream:
        request = {"command": command, "args": {"cwd": str(home.home)} | args, "person": person}
        stream.write(json.dumps(request).encode() + b"\n")
        stream.flush()
        for message in map(json.loads, stream):
            if "error" in message:
                raise Refused(message["error"]["code"], message["error"]["message"])
            if "result" in message:
                return message["result"]
    raise AssertionError("no answer")


@pytest.fixture(scope="module")
def hers(alice: Home) -> Path:
    made, _ = alice.share("room", {"a.txt": "1", "b.txt": "1"}, **{"with": ["bob:writer"]})
    write(made, {"a.txt": "2"})
    return made


def test_anybody_in_front_of_it_sees_how_its_checkouts_are(alice: Home, hers: Path) -> None:
    assert ask(alice, BOB, "status", folder=str(hers)) == alice.ask("status", folder=str(hers))
    assert ask(alice, BOB, "marks", folder=str(hers))["marks"]["a.txt"]["mark"] == "edited"


@pytest.mark.parametrize(
    ("command", "args"),
    [
        ("push", {}),
        ("pull", {}),
        ("sync", {}),
        ("auto", {"on": True}),
        ("undo", {"version": 1}),
        ("restore", {"path": "a.txt"}),
        ("resolve", {"all": True, "pick": "ours"}),
        ("unlink", {}),
        ("share", {}),
        ("checkout", {"project": "alice/room"}),
        ("cancel", {}),
    ],
)
def test_nothing_is_done_in_the_owners_name(
    alice: Home, hers: Path, centre: TestCentre, command: str, args: dict[str, Any]
) -> None:
    with pytest.raises(Refused) as refused:
        ask(alice, BOB, command, folder=str(hers), **args)
    assert refused.value.code == "forbidden"
    assert "in the name of 'alice'" in str(refused.value) and "you are 'bob'" in str(refused.value)
    assert published(centre, "alice/room")["a.txt"] == b"1" and content(hers)["a.txt"] == b"2"


def test_what_is_asked_of_the_service_is_asked_in_the_name_of_whoever_is_there(
    alice: Home, hers: Path, centre: TestCentre
) -> None:
    with Client(centre.url, "bob") as bob, Client(centre.url, "alice") as owner:
        his = bob.create_project("of-bob-alone").name
        hidden = owner.create_project("of-alice-alone").name
        found = {one["name"] for one in ask(alice, BOB, "find", query="alone")["projects"]}
        assert his in found and hidden not in found
        ask(alice, BOB, "grant", project=his, who="clara:reader")
        assert [one.subject for one in bob.grants(his)] == ["clara"]
        with pytest.raises(Refused) as refused:
            # He is writer there, and may not let others in; she may.
            ask(alice, BOB, "grant", project="alice/room", who="clara:reader")
        assert refused.value.code == "forbidden"
        assert bob.project_audit(his)
        # And what she asks next is asked in hers.
        assert hidden in {one["name"] for one in alice.ask("find", query=hidden)["projects"]}


def test_who_is_not_known_well_enough_is_told_the_way(alice: Home, hers: Path) -> None:
    with pytest.raises(Refused) as refused:
        ask(alice, {"user": "bob", "token": ""}, "find")
    assert refused.value.code == "forbidden" and "on the pages of HubShare" in str(refused.value)


@pytest.mark.parametrize("person", [{}, "bob", {"user": "bob"}, {"user": 1, "token": "bob"}, False])
def test_who_is_told_in_another_form_is_nobody(alice: Home, hers: Path, person: object) -> None:
    with pytest.raises(Refused) as refused:
        ask(alice, person, "push", folder=str(hers))
    assert refused.value.code == "invalid"


def test_a_visitor_is_told_only_for_so_long_as_they_may_be_there(
    centre: TestCentre, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = Home(tmp_path_factory.mktemp("v") / "vera", "vera", centre.url)
    visitors = ["--ServerApp.identity_provider_class=tests.helpers.visitor.Visitor", "--Visitor.token=secret"]
    with JupyterServer(home, None, options=[*visitors, "--HubShareExtension.visitor_seconds=1"]) as server:
        panel = Panel(server.url, server.headers)
        with panel.follow() as events:
            hello = events.until(lambda event: event["user"], "hello")
            assert (hello["user"], hello["person"]) == ("vera", "bob")
            assert events.closed_with() == ASK_ANEW
        # Asking anew is possible as long as the Hub lets them in.
        with panel.follow() as again:
            again.until(lambda event: event["user"], "hello")
        folder = home.folder("hers", {"a.txt": "1"})
        with pytest.raises(Refused) as refused:
            panel.call("share", folder=str(folder))
        assert refused.value.code == "forbidden" and "in the name of 'vera'" in str(refused.value)
        assert panel.call("ping")["user"] == "vera"
