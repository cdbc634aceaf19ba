"""The power goes, or the agent is killed, at every single call to the disk: what a person wrote is there afterwards."""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from hubshare.git.objects import BLOB, object_id
from hubshare.testing.world import Member, World
from tests.helpers.faulty_files import refuse_links, refuse_renames
from tests.helpers.power_loss import Machine, Stopped, recorded

#: No operation here takes so many calls.
_MOST = 200


def update(world: World, alice: Member, carol: Member, number: int) -> Callable[[], object]:
    """Two files are replaced, one is deleted, one is new."""
    alice.write("a", f"alice's {number}")
    alice.write("folder/c", f"alice's other {number}")
    alice.write(f"folder/new {number}", "new")
    (alice.root / f"folder/new {number - 1}").unlink(missing_ok=True)
    alice.work()
    world.apply()
    while carol.inbox:
        carol.deliver()
    return carol.work


def pick(world: World, alice: Member, carol: Member, number: int) -> Callable[[], object]:
    """The published version of a file is picked over an edit that exists nowhere else."""
    alice.write("a", f"alice's {number}")
    carol.write("a", f"carol's {number}")
    world.settle()
    assert carol.conflicts()
    return lambda: carol.resolve("theirs", "a")


def late(world: World, alice: Member, carol: Member, number: int) -> Callable[[], object]:
    """What a program went on to write to a file that was replaced, and edited since, is kept."""
    with (carol.root / "a").open("a") as log:
        alice.write("a", f"alice's {number}")
        world.settle()
        carol.write("a", f"carol's {number}")
        carol.work()
        log.write(f", late {number}")
    carol.local.taken_out.again_at = 1e-9
    return carol.work


def safe(world: World, carol: Member, path: str, text: str) -> bool:
    """Whether a content is in its place, kept so that it can be restored, or at the centre."""
    name = object_id(BLOB, text.encode())
    kept = [one for one in carol.local.index.kept(path) if one.commit is None and one.entry.id == name]
    return (
        carol.read(path) == text
        or any(b"".join(carol.local.stash.stream(one)) == text.encode() for one in kept)
        or name in world.repository
    )


def exchange_nothing(carol: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    """Her file system knows plain renames only: a file is missing from its place for a moment."""
    refuse_renames(monkeypatch, errno.EINVAL)
    refuse_links(monkeypatch, errno.EPERM)
    carol.local.become(replace(carol.local.state, file_system=None))
    carol.restart()
    assert not carol.local.disk.exchanges


@pytest.mark.parametrize("exchanges", [True, False], ids=["exchanges", "plain renames"])
@pytest.mark.parametrize(
    "end",
    ["killed", "no power, the index as it was last flushed", "no power, the index ahead", "no power, the names ahead"],
)
@pytest.mark.parametrize("play", [update, pick, late])
def test_whatever_the_last_call_was_nothing_is_lost(
    world: World,
    alice: Member,
    carol: Member,
    play: Callable[[World, Member, Member, int], Callable[[], object]],
    end: str,
    exchanges: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not exchanges:
        exchange_nothing(carol, monkeypatch)
    for number in range(1, _MOST):
        act = play(world, alice, carol, number)
        backup = tmp_path / f"backup-{number}"
        backup.mkdir()
        places = [carol.root, carol.state / "kept", carol.state / "taken"]
        machine = Machine(places, carol.state / "index.sqlite", backup, number)
        with recorded(machine), suppress(Stopped):
            act()
        carol.local.close()
        if end != "killed":
            machine.lose(index=not end.endswith("index ahead"), names=not end.endswith("names ahead"))
        carol.restart()
        if play is pick:
            assert safe(world, carol, "a", f"carol's {number}"), f"call {number}"
        world.ask()
        world.settle()
        if play is late:
            before = f"alice's {number - 1}" if number > 1 else "first a"
            assert safe(world, carol, "a", f"{before}, late {number}"), f"call {number}"
            carol.write("a", f"alice's {number}")
        if play is update:
            assert not carol.conflicts(), f"a file that was out of its place for a moment is not deleted: call {number}"
        if carol.conflicts():
            carol.resolve("theirs")
            world.settle()
        assert machine.calls, "something is done"
        assert alice.read("a") == f"alice's {number}", f"nothing of a half-done update is published: call {number}"
        assert carol.files() == alice.files(), f"call {number}"
        if not machine.stopped:
            return
    raise AssertionError("it never ends")
