"""What is lost between a client and the service is done once all the same, and never twice."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from hubshare import errors
from hubshare.client import retry
from hubshare.testing.centre import TestCentre
from hubshare.wire.agent import new_id
from tests.helpers.clients import Clients
from tests.helpers.faulty_proxy import Wire


@pytest.mark.parametrize("fault", ["drop", "cut"])
def test_a_lost_answer_makes_nothing_twice(clients: Clients, wire: Wire, fault: str) -> None:
    name = f"once-{new_id()[:8]}"
    alice = clients("alice", url=wire.url)
    wire.faults = [fault, fault]
    made = alice("create_project", name)
    sent = [one for one in wire.seen if one.method == "POST"]
    assert [one.status for one in sent] == [201, 201, 201] and len(
        {one.headers["idempotency-key"] for one in sent}
    ) == 1
    assert made.name == f"alice/{name}"
    wire.faults = [fault]
    checkout = alice("create_checkout", made.name, "", f"/home/{name}")
    assert [one.id for one in alice("project_checkouts", made.name)] == [checkout.id]
    wire.faults = [fault]
    alice("create_team", f"t-{name}")
    assert [one.name for one in alice("teams")].count(f"t-{name}") == 1
    keys = {one.headers["idempotency-key"] for one in wire.seen if one.method == "POST"}
    assert len(keys) == 3, "each call has a key of its own"


def test_reads_and_what_is_the_same_twice_are_sent_again(
    clients: Clients, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Among so many calls it is not waited between the tries, as in other tests here.
    monkeypatch.setattr(retry, "_FIRST_WAIT", 0.0)
    alice = clients("alice", url=wire.url)
    name = alice("create_project", f"again-{new_id()[:8]}").name
    for call in (
        ["project", name],
        ["projects"],
        ["grant", name, "bob", "reader"],
        ["archive_project", name],
        ["archive_project", name, False],
    ):
        for faults in (["drop"], ["503"], ["503", "drop", "503"]):
            wire.faults = list(faults)
            alice(*call)
            assert not wire.faults, call
    wire.faults = ["drop"]
    alice("delete_project", name)
    assert wire.seen[-1].status == 404, "it was done by the first try, and that is no error"


def test_what_cannot_be_repeated_is_not(clients: Clients, wire: Wire) -> None:
    alice = clients("alice", url=wire.url)
    name = alice("create_project", f"not-again-{new_id()[:8]}").name
    seen = alice("project", name).revision
    for call, kwargs in ((["invite", name], {}), (["change_project", name], {"description": "x", "match": seen})):
        wire.faults, before = ["drop"], len(wire.seen)
        with pytest.raises(errors.Unavailable):
            alice(*call, **kwargs)
        assert len(wire.seen) == before + 1


def test_a_service_that_asks_for_patience_is_waited_for_only_so_long(clients: Clients, wire: Wire) -> None:
    alice = clients("alice", url=wire.url, patience=3)
    wire.faults = ["429"]
    with pytest.raises(errors.TooMany, match="Not now"):
        alice("me")
    wire.faults = ["503"] * 9
    with pytest.raises(errors.Unavailable, match="Not now"):
        alice("me")
    assert len(wire.faults) == 5, "four tries and no more"


def test_an_upload_goes_on_where_it_broke_off(clients: Clients, wire: Wire, tmp_path: Path, centre: TestCentre) -> None:
    name, source, told = new_id(), tmp_path / "big", list[tuple[int, int]]()
    source.write_bytes(bytes(range(256)) * 8000)
    alice = clients("alice", url=wire.url)
    wire.faults = ["", "drop"]
    with pytest.raises(errors.Unavailable):
        alice("upload", name, source)
    sent = len(wire.seen)
    alice("upload", name, source, lambda *step: told.append(step))
    assert centre.centre.uploads.path("alice", name).read_bytes() == source.read_bytes()
    assert [one.method for one in wire.seen[sent:]] == ["GET", "POST"], "what had arrived is not sent once more"
    other = new_id()
    alice("upload", other, source, lambda *step: told.append(step))
    assert told == [(source.stat().st_size, source.stat().st_size)]


def test_a_download_that_breaks_off_says_so(clients: Clients, wire: Wire) -> None:
    alice = clients("alice", url=wire.url)
    made = alice("create_project", f"broken-{new_id()[:8]}")
    wire.faults = ["cut"]
    with pytest.raises(errors.Unavailable, match="broke off"):
        alice("download_contents", made.id, made.commit, [], io.BytesIO())
