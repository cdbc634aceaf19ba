"""Whatever two people do to one place, it comes to rest: nobody sends any more, a pick settles it, and no ref piles up."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubshare.testing.world import Member, World

#: Pushes that a conflict may take until both sides know of it: one that meets it, one that tells what the agent found.
FEW = 4


def _remove(root: Path, path: str) -> None:
    target = root / path
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    elif target.exists() or target.is_symlink():
        target.unlink()


def a_file(member: Member) -> None:
    _remove(member.root, "x")
    member.write("x", f"{member.user}'s file")


def a_folder(member: Member) -> None:
    if not (member.root / "x").is_dir():
        _remove(member.root, "x")
    member.write("x/y", f"{member.user}'s y")
    member.write("x/n", f"{member.user}'s n")


def a_deep_folder(member: Member) -> None:
    if not (member.root / "x").is_dir():
        _remove(member.root, "x")
    _remove(member.root, "x/y")
    member.write("x/y/z", f"{member.user}'s z")


def a_link(member: Member) -> None:
    _remove(member.root, "x")
    (member.root / "x").symlink_to("other")


def an_edit_below(member: Member) -> None:
    if (member.root / "x").is_dir() and not (member.root / "x/y").is_dir():
        member.write("x/y", f"edited by {member.user}")


def a_deletion(member: Member) -> None:
    _remove(member.root, "x")


def a_deletion_below(member: Member) -> None:
    if (member.root / "x/y").is_file():
        (member.root / "x/y").unlink()


def a_mode(member: Member) -> None:
    for path in ("x", "x/y"):
        target = member.root / path
        if target.is_file() and not target.is_symlink():
            target.chmod(0o755)


def a_case_twin(member: Member) -> None:
    member.write("X", f"{member.user}'s twin")


def nothing(_: Member) -> None:
    pass


Step = Callable[[Member], None]
STEPS = [a_file, a_folder, a_deep_folder, a_link, an_edit_below, a_deletion, a_deletion_below, a_mode, a_case_twin]


def rests(world: World) -> None:
    """Everything is delivered, and then nobody says anything, however often they are woken."""
    world.settle(20)
    sent = len(world.snapshots)
    for _ in range(5):
        for member in world.members:
            member.work()
    assert not world.to_centre, "somebody pushes at rest"
    assert len(world.snapshots) == sent


def kept(world: World) -> int:
    return sum(found.is_file() for found in (world.repository.path / "refs/hubshare").rglob("*"))


def play(base: Step, first: Step, second: Step, pick: str, mode: str) -> None:
    """Alice is first; Bob has done something else to the same place meanwhile, and picks a side."""
    place = Path(tempfile.mkdtemp())
    world = World(place / "world", brake=50)
    try:
        alice = world.join("alice")
        alice.write("other", "other")
        base(alice)
        world.settle()
        bob = world.join("bob")
        world.settle()
        first(alice)
        alice.work()
        while world.to_centre:
            world.apply()
        bob.set_mode(mode)  # type: ignore[arg-type]
        second(bob)
        before = len(world.snapshots)
        if mode == "manual":
            done = bob.push()
            assert 0 <= done["pushed"] <= 3
            assert done["conflicts"].keys() == bob.conflicts().keys() or not bob.conflicts()
            bob.pull()
        rests(world)
        assert len(world.snapshots) - before <= FEW
        assert kept(world) <= FEW
        if bob.conflicts():
            bob.resolve(pick)
            rests(world)
        bob.set_mode("auto")
        rests(world)
        assert not bob.conflicts()
        assert not alice.conflicts()
        assert bob.files() == alice.files()
        assert kept(world) <= FEW
    finally:
        world.close()
        shutil.rmtree(place)


@pytest.mark.parametrize("pick", ["ours", "theirs"])
@pytest.mark.parametrize("mode", ["auto", "manual"])
@pytest.mark.parametrize(
    ("base", "first", "second"),
    [
        (a_file, a_mode, a_folder),
        (a_folder, an_edit_below, a_file),
        (a_folder, a_deep_folder, a_file),
        (a_folder, an_edit_below, a_deep_folder),
        (nothing, a_folder, a_file),
        (nothing, a_file, a_folder),
    ],
)
def test_a_file_against_a_folder_that_others_edit_comes_to_rest(
    base: Step, first: Step, second: Step, pick: str, mode: str
) -> None:
    play(base, first, second, pick, mode)


@settings(
    max_examples=int(os.environ.get("HUBSHARE_EXAMPLES", "15")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    base=st.sampled_from([nothing, a_file, a_folder, a_link]),
    first=st.sampled_from(STEPS),
    second=st.sampled_from(STEPS),
    pick=st.sampled_from(["ours", "theirs"]),
    mode=st.sampled_from(["auto", "auto", "manual"]),
)
def test_every_kind_of_conflict_comes_to_rest(base: Step, first: Step, second: Step, pick: str, mode: str) -> None:
    play(base, first, second, pick, mode)
