"""When a path is looked at again: soon while it is being saved, rarely while a program never pauses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.checkout import reading
from hubshare_agents.checkout.pace import Pace
from hubshare_agents.checkout.pause import Pause
from hubshare_agents.checkout.status import describe

from hubshare.testing.world import World


def test_a_file_that_is_being_saved_is_looked_at_again_soon_and_then_more_rarely() -> None:
    pace, now, looks = Pace(), 0.0, 0
    pace.looked(now, False, ["a"], ["a"], [])
    assert pace.next_at == pytest.approx(0.1)
    assert pace.restless == [], "a save may take a moment"
    while now < 60:
        now = pace.next_at
        assert pace.due(now) == {"a"}
        looks += 1
        pace.looked(now, False, ["a"], ["a"], [])
    assert looks < 20
    assert pace.restless == ["a"]
    assert pace.reported(now, ["a", "b"]) == {"b"}, "it is looked at when it is time, however often it is reported"
    now = pace.next_at
    assert pace.due(now) == {"a"}
    pace.looked(now, False, ["a"], [], [])
    assert (pace.next_at, pace.restless, pace.reported(now, ["a"])) == (0.0, [], {"a"})


def test_what_cannot_be_looked_at_is_tried_again_by_itself() -> None:
    pace = Pace()
    pace.looked(0.0, True, [""], [], ["a"])
    assert pace.next_at == pytest.approx(1.0)
    assert pace.due(1.0) == {"a"}
    pace.looked(1.0, False, ["a"], [], ["a"])
    assert pace.next_at == pytest.approx(3.0)
    assert pace.reported(1.5, ["a"]) == {"a"}, "something has happened to it"
    pace.looked(1.5, True, [""], [], [])
    assert pace.next_at == 0.0


def test_a_large_file_that_is_edited_without_a_pause_costs_little() -> None:
    pace, now, looks, size = Pace(), 0.0, 0, 30_000_000
    while now < 100:
        if pace.reported(now, ["log"]) | pace.due(now):
            looks += 1
            pace.looked(now, False, ["log"], [], [])
            pace.edited(now, {"log": size})
        now += 0.4
    assert looks * size <= 100 * 3_000_000 + size
    assert looks >= 9, "it is shared now and then"


def test_edits_of_small_files_never_wait() -> None:
    pace = Pace()
    pace.edited(0.0, {"a.ipynb": 1_000_000})
    assert pace.reported(0.01, ["a.ipynb"]) == {"a.ipynb"}


def test_a_file_that_vanishes_is_looked_at_again_before_it_counts_as_deleted() -> None:
    pace = Pace()
    assert pace.moving(0.0, ["a", "b"], ["a"], []) == {"a"}
    assert pace.next_at == pytest.approx(0.1)
    assert pace.moving(0.05, ["a"], ["a"], []) == {"a"}, "however often it is reported"
    assert pace.moving(0.06, ["b"], [], []) == set()
    assert pace.due(0.1) == {"a"}
    assert pace.moving(0.1, ["a"], ["a"], []) == set()
    assert pace.moving(5.0, ["a"], ["a"], []) == {"a"}, "it came back meanwhile, and vanishes once more"


def test_what_is_new_waits_for_what_vanished_since_it_may_be_that_under_another_name() -> None:
    pace = Pace()
    assert pace.moving(0.0, ["b"], [], ["b"]) == set(), "nothing has vanished"
    assert pace.moving(1.0, ["a"], ["a"], []) == {"a"}
    assert pace.moving(1.01, ["c", "other"], [], ["c"]) == {"c"}
    assert pace.moving(1.05, ["c"], [], ["c"]) == {"c"}, "however often it is reported"
    assert pace.due(1.1) == {"a", "c"}
    assert pace.moving(1.1, ["a", "c"], ["a"], ["c"]) == set()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def _meanwhile(monkeypatch: pytest.MonkeyPatch, path: Path, mode: str) -> None:
    """Whenever a file is read, a program writes to it once more."""
    real, number = reading._digest, iter(range(1_000_000))

    def read_and_write(*args: object) -> object:
        found = real(*args)  # type: ignore[arg-type]
        with path.open(mode) as file:
            file.write(f"line {next(number):06}\n" * (1 if mode == "a" else 2))
        return found

    monkeypatch.setattr(reading, "_digest", read_and_write)


@pytest.mark.parametrize("begun", [100, 2_000_000])
def test_a_file_that_is_appended_to_without_a_pause_is_shared(
    world: World, monkeypatch: pytest.MonkeyPatch, begun: int
) -> None:
    alice, bob = world.join("alice", mode="manual"), world.join("bob")
    alice.write("train.log", "x" * begun + "\n")
    _meanwhile(monkeypatch, alice.root / "train.log", "a")
    assert alice.push()["pushed"] == 1
    monkeypatch.undo()
    world.settle()
    there, here = bob.read("train.log"), alice.read("train.log")
    assert there and here and here.startswith(there) and len(there) > begun
    alice.push()
    world.settle()
    assert bob.read("train.log") == alice.read("train.log"), "what was appended since goes with the next push"


def test_a_file_that_is_rewritten_without_a_pause_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    alice = world.join("alice")
    alice.write("state.txt", "begun")
    _meanwhile(monkeypatch, alice.root / "state.txt", "w")
    alice.write("other.txt", "goes on")
    alice.work()
    looking = alice.loop.looking
    for _ in range(5):
        looking.mark(looking.pace.due(looking.pace.next_at))
        alice.do(looking.look())
    assert looking.pace.restless == ["state.txt"]
    held = describe(alice.local, Pause(), "", "", looking.pace.restless).held
    assert "without a pause" in held["state.txt"]
    assert "other.txt" not in held


def test_a_save_in_two_steps_deletes_nothing_in_between(world: World) -> None:
    alice, bob = world.join("alice"), world.join("bob")
    for path in ("a.txt", "b.txt", "c.txt"):
        alice.write(path, "first")
    world.settle()
    looking = alice.loop.looking
    # An editor moves the old file away, and writes the new one a moment later.
    (alice.root / "a.txt").rename(alice.root / "a.txt~")
    looking.mark(["a.txt", "a.txt~"])
    alice.do(alice.loop.turn())
    assert world.to_centre == []
    alice.write("a.txt", "second")
    looking.mark(["a.txt"])
    alice.do(alice.loop.turn())
    world.settle()
    assert bob.read("a.txt") == "second"
    # What stays away is deleted.
    (alice.root / "a.txt").unlink()
    looking.mark(["a.txt"])
    alice.do(alice.loop.turn())
    assert world.to_centre == []
    looking.pace.moving = lambda *args: set()  # type: ignore[method-assign]
    looking.mark(["a.txt"])
    alice.do(alice.loop.turn())
    world.settle()
    assert bob.files().keys() == {"b.txt", "c.txt"}
