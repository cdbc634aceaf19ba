"""The brake on useless pushes: an agent and a centre that disagree for ever do not talk about it for ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hubshare_agents.checkout import requests
from hubshare_agents.checkout.brake import Brake
from hubshare_workers.intake.dispatch import dispatch
from hubshare_workers.publish import agent_push

from hubshare.bus.taken import PushCount
from hubshare.errors import BadPack, HubShareError, TooMany
from hubshare.git.objects import COMMIT, decode_commit
from hubshare.git.packs import Pack, pack_of
from hubshare.store.models import PublicationRecord
from hubshare.sync.merge import Merge, merge
from hubshare.sync.trees import Conflict
from hubshare.testing.world import Member, World
from hubshare.wire.agent import Outcome, Push, new_id

KEY, OTHER = b"key", b"other"


def outcome(status: str = "conflict", code: str = "", retry: bool = False) -> Outcome:
    return Outcome(event=new_id(), checkout=new_id(), status=status, code=code, message="why", retry=retry)  # type: ignore[arg-type]


def test_what_came_to_nothing_waits_longer_each_time_and_only_that() -> None:
    brake = Brake(5)
    waits = []
    now = 0.0
    for _ in range(12):
        brake.note(KEY, outcome(), now)
        assert brake.holds(KEY, now) and not brake.holds(OTHER, now)
        waits.append(brake.again_at(now) - now)
        now = brake.again_at(now)
        assert not brake.holds(KEY, now)
    assert waits == sorted(waits)
    assert waits[0] >= 60 and waits[-1] == waits[-2] <= 86_400
    brake.release()
    assert not brake.holds(KEY, now - 1)


def test_a_centre_that_is_busy_is_left_alone_whatever_is_saved() -> None:
    brake = Brake(5)
    brake.note(KEY, outcome("refused", TooMany.code, retry=True), 0.0)
    assert brake.holds(OTHER, 4.0) and not brake.holds(OTHER, 5.0)
    brake.note(OTHER, outcome("refused", TooMany.code, retry=True), 5.0)
    assert brake.holds(KEY, 14.0) and not brake.holds(KEY, 15.0)


def test_a_damaged_pack_is_made_anew_at_once_but_once() -> None:
    brake = Brake(5)
    brake.note(KEY, outcome("refused", BadPack.code, retry=True), 0.0)
    assert not brake.holds(KEY, 0.0)
    brake.note(KEY, outcome("refused", BadPack.code), 0.0)
    assert brake.holds(KEY, 60.0)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def alice(world: World) -> Member:
    member = world.join("alice")
    member.write("a", "a")
    world.settle()
    return member


def test_a_checkout_whose_centre_sees_conflicts_everywhere_comes_to_rest_and_says_why(
    world: World, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stubborn(snapshot: object, theirs: object, frozen: object = ()) -> Merge:
        made = merge(snapshot, theirs, frozen)  # type: ignore[arg-type]
        met = [Conflict(path, None, side, None) for path, side in made.changes.items()]
        return Merge({}, sorted([*made.conflicts, *met]), made.agreed)

    monkeypatch.setattr(agent_push, "merge", stubborn)
    before = len(world.snapshots)
    alice.write("b", "b")
    world.settle()
    assert len(world.snapshots) - before <= 3
    status = alice.do(requests.look(alice.loop))
    assert "Your edits wait" in status.paused and "hubshare push" in status.paused
    sent = len(world.snapshots)
    assert alice.push()["pushed"] == 0
    assert len(world.snapshots) - sent <= 2, "by hand it is tried, and not a hundred times"
    monkeypatch.undo()
    alice.write("b", "b again")
    world.settle()
    assert "b" in world.published()


def test_a_centre_that_refuses_for_now_is_not_asked_again_at_once(
    world: World, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.bus, "count_push", lambda user: PushCount(10_000, 0.0, full=False))
    before = len(world.snapshots)
    alice.write("b", "b")
    for text in ("b 1", "b 2", "b 3"):
        alice.write("b", text)
        world.settle()
    assert len(world.snapshots) - before == 1
    with pytest.raises(HubShareError, match="times a minute"):
        alice.push()
    monkeypatch.undo()
    assert alice.push()["pushed"] == 1


def test_a_push_in_conflict_that_comes_again_and_again_is_told_again_and_nothing_more_is_kept(world: World) -> None:
    """By an agent of an earlier version, or a hostile one: each time with an id, and a commit, of its own."""
    alice, bob = world.join("alice"), world.join("bob")
    alice.write("x", "x")
    world.settle()
    alice.write("x", "alice's")
    alice.work()
    world.apply()
    bob.write("x", "bob's")
    bob.write("y", "bob's")
    bob.work()
    _, (raw, pack) = world.to_centre[-1]
    world.settle()
    bob.write("x", "bob's second")
    bob.work()
    _, (raw, pack) = world.to_centre[-1]
    world.settle()
    push, found = Push.model_validate_json(raw), Pack(pack, limits=None)
    objects = [found.read(name) for name in found.places]
    before, kept = _rows(world), sum(1 for _ in (world.repository.path / "refs/hubshare/kept").iterdir())
    told = world.outcomes[-1][1]
    assert [conflict.path for conflict in told.conflicts] == ["x"]
    for number in range(1, 6):
        commit = decode_commit(next(item.data for item in objects if item.type == COMMIT))
        new = replace(commit, time=commit.time + number).encode()
        again = push.model_copy(update={"id": new_id(), "commit": new.id})
        others = [item for item in objects if item.type != COMMIT]
        dispatch(world.centre, "bob", again.encode(), pack_of([*others, new]))
        assert world.outcomes[-1][1] == told.model_copy(update={"event": again.id})
    assert sum(1 for _ in (world.repository.path / "refs/hubshare/kept").iterdir()) == kept
    assert _rows(world) == before
    # What it depends on has changed: it is looked at anew.
    alice.write("x", "bob's second")
    world.settle()
    dispatch(world.centre, "bob", push.model_copy(update={"id": new_id()}).encode(), pack)
    assert world.outcomes[-1][1].status in ("applied", "merged")


def _rows(world: World) -> int:
    with world.centre.database.read() as session:
        return session.query(PublicationRecord).count()
