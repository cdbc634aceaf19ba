"""However many conflicts there are, no message grows beyond its bounds, and files that are in none keep flowing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hubshare_workers.intake.dispatch import dispatch
from sqlalchemy import select, update

from hubshare.bus.deliveries import Tell
from hubshare.store.models import Conflict, PublicationRecord
from hubshare.testing.doubles import ListBus, ListLink
from hubshare.testing.world import Member, World
from hubshare.wire.agent import LIST_BYTES, Outcome, Pick, Push, Sync, new_id, read_from_centre

#: Enough for each list to be larger than a message may be: by long names, since each file costs time.
MANY = 700
NAMES = [f"folder/{'long ' * 46}{number}" for number in range(MANY)]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world whose messages are measured."""
    made = World(tmp_path / "world", brake=10 * MANY)
    send, tell = ListLink.send, ListBus.tell

    async def measured(link: ListLink, event: bytes, pack: bytes = b"", age: float | None = None) -> None:
        assert len(event) <= 2 * LIST_BYTES
        await send(link, event, pack, age)

    def told(bus: ListBus, users: Any, event: bytes, pack: bytes = b"") -> None:
        assert len(event) <= 2 * LIST_BYTES
        tell(bus, users, event, pack)

    monkeypatch.setattr(ListLink, "send", measured)
    monkeypatch.setattr(ListBus, "tell", told)
    yield made
    made.close()


@pytest.fixture
def people(world: World) -> tuple[Member, Member]:
    """Alice and Bob, who disagree about many files."""
    alice, bob = world.join("alice"), world.join("bob")
    alice.write("other", "other")
    world.settle()
    for name in NAMES:
        alice.write(name, "alice's")
    alice.work()
    while world.to_centre:
        world.apply()
    for name in NAMES:
        bob.write(name, "bob's")
    world.settle()
    assert len(bob.conflicts()) == MANY
    return alice, bob


def test_files_without_a_conflict_flow_beside_many_that_have_one(world: World, people: tuple[Member, Member]) -> None:
    alice, bob = people
    bob.write("mine", "mine")
    alice.write("other", "alice's")
    world.settle()
    assert (alice.read("mine"), bob.read("other")) == ("mine", "alice's")
    assert bob.read(NAMES[0]) == "bob's"
    for name in NAMES:
        bob.write(name, "bob's second")
    bob.write("mine", "mine again")
    world.settle()
    assert alice.read("mine") == "mine again"
    assert len(bob.conflicts()) == MANY
    with world.centre.database.read() as session:
        assert session.query(Conflict).count() == MANY


def test_what_is_kept_of_an_answer_is_little_however_many_conflicts_there_are(
    world: World, people: tuple[Member, Member]
) -> None:
    with world.centre.database.read() as session:
        kept = list(session.scalars(select(PublicationRecord.answer)))
    assert max(len(json.dumps(answer)) for answer in kept) < 1000
    assert {answer["more"] for answer in kept if answer["status"] == "conflict"} == {MANY}


@pytest.mark.parametrize("pick", ["ours", "theirs"])
def test_many_conflicts_are_settled_by_one_pick(world: World, people: tuple[Member, Member], pick: str) -> None:
    alice, bob = people
    bob.resolve(pick)
    world.settle()
    assert not bob.conflicts()
    assert alice.files() == bob.files()
    assert bob.read(NAMES[-1]) == ("bob's" if pick == "ours" else "alice's")
    bob.write("more", "more")
    world.settle()
    with world.centre.database.read() as session:
        assert session.query(Conflict).count() == 0


def test_many_picks_at_the_centre_reach_the_agent_in_parts(world: World, people: tuple[Member, Member]) -> None:
    _, bob = people
    picked = {"ours": bob.local.index.row(NAMES[0]).local.id, "theirs": bob.local.index.published(NAMES[0]).id}  # type: ignore[union-attr]
    with world.centre.database.begin() as session:
        session.execute(update(Conflict).values(picked=picked))
    dispatch(world.centre, "bob", Sync(checkouts=[bob.checkout]).encode())
    assert sum(isinstance(event, Pick) for event, _ in bob.inbox) > 1
    world.settle()
    assert not bob.conflicts()
    assert bob.files() == people[0].files()


def test_an_answer_whose_conflicts_cannot_be_asked_for_now_is_kept(
    world: World, people: tuple[Member, Member], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, bob = people
    for name in NAMES:
        bob.write(name, "bob's second")
    bob.work()
    while world.to_centre:
        world.apply()
    client = bob.loop.protocol._client
    plain, asked = type(client).conflicts, 0  # type: ignore[attr-defined]

    def away(self: object) -> object:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise OSError("the service is away")
        return plain(self)

    monkeypatch.setattr(type(client), "conflicts", away)
    while bob.inbox:
        bob.deliver()
    with pytest.raises(OSError, match="away"):
        bob.work()
    world.settle()
    assert asked >= 2
    assert bob.local.state.pending is None


def test_older_agents_understand_what_is_not_too_long() -> None:
    push = Push(project=new_id(), checkout=new_id(), commit="0" * 40)
    outcome = Outcome(event=push.id, checkout=push.checkout, status="applied")
    assert b"lists" not in push.encode()
    assert b"more" not in outcome.encode()
    assert read_from_centre(outcome.encode()) == outcome
    assert Tell(["bob"], outcome.encode()).event
