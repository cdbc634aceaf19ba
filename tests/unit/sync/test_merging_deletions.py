"""Many deletions at once, played by real folders: asked about once, confirmed as they were shown, and nothing besides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.checkout import requests

from hubshare.errors import Paused
from hubshare.testing.world import Member, World

FILES = 42


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def alice(world: World) -> Member:
    """Has a project of 42 files."""
    member = world.join("alice")
    for number in range(FILES):
        member.write(f"data/{number}", f"content {number}")
    world.settle()
    return member


@pytest.fixture
def bob(world: World, alice: Member) -> Member:
    member = world.join("bob")
    world.settle()
    return member


def delete(member: Member, *numbers: int) -> None:
    for number in numbers:
        (member.root / f"data/{number}").unlink()


def asked(world: World) -> str:
    """What a person is asked when everybody works on."""
    with pytest.raises(Paused) as question:
        world.settle()
    return question.value.message


def status(member: Member) -> str:
    """What `hubshare status` says is to be done."""
    shown = member.answer_while(lambda: requests.look(member.loop))
    assert isinstance(shown.paused, str)
    return shown.paused


@pytest.mark.parametrize("mode", ["auto", "manual"])
def test_33_all_files_of_a_small_project_are_asked_about(world: World, alice: Member, bob: Member, mode: str) -> None:
    alice.set_mode(mode)
    delete(alice, *range(FILES))
    if mode == "auto":
        assert "42 files of alice/course were deleted here (data/ with 42)" in asked(world)
    else:
        with pytest.raises(Paused, match="42 files"):
            alice.push()
    assert len(world.published()) == len(bob.files()) == FILES
    assert "`hubshare restore .`" in status(alice) or mode == "manual"
    alice.push(confirmed=True)
    world.settle()
    assert (world.published(), bob.files()) == ({}, {}), "and bob is not asked again"


def test_33_a_part_of_a_project_goes_without_a_question(world: World, alice: Member, bob: Member) -> None:
    delete(alice, *range(20))
    world.settle()
    assert len(bob.files()) == 22


def test_33_the_last_file_is_asked_about(world: World) -> None:
    member = world.join("alice")
    member.write("only.txt", "x")
    world.settle()
    (member.root / "only.txt").unlink()
    assert "1 file of alice/course was deleted here (only.txt): if it is to be deleted" in asked(world)
    assert "only.txt" in world.published()


def test_33_moving_everything_is_no_deletion(world: World, alice: Member, bob: Member) -> None:
    (alice.root / "data").rename(alice.root / "elsewhere")
    world.settle()
    assert len(bob.files()) == FILES and bob.read("elsewhere/7") == "content 7"


@pytest.mark.parametrize("mode", ["auto", "manual"])
def test_33_many_small_deletions_count_together(world: World, alice: Member, bob: Member, mode: str) -> None:
    alice.set_mode(mode)

    def publish() -> None:
        world.settle() if mode == "auto" else alice.push()

    for number in range(20):
        delete(alice, number)
        publish()
    delete(alice, 20)
    with pytest.raises(Paused, match="21 files of alice/course were deleted"):
        publish()
    alice.push(confirmed=True)
    world.settle()
    assert len(world.published()) == 21


def test_33_a_confirmation_confirms_what_was_shown_and_nothing_else(world: World, alice: Member, bob: Member) -> None:
    delete(alice, *range(30))
    assert "30 files" in asked(world)
    delete(alice, *range(30, 40))
    asked(world)
    with pytest.raises(Paused, match="40 files"):
        alice.push(confirmed=True)
    assert len(world.published()) == FILES
    alice.push(confirmed=True)
    assert len(world.published()) == 2


def test_33_what_was_never_shown_cannot_be_confirmed(world: World, alice: Member) -> None:
    alice.set_mode("manual")
    delete(alice, *range(30))
    with pytest.raises(Paused, match="30 files"):
        alice.push(confirmed=True)
    assert len(world.published()) == FILES


def test_33_a_question_survives_a_restart_and_ends_when_the_files_are_back(world: World, alice: Member) -> None:
    alice.set_mode("manual")
    delete(alice, *range(30))
    with pytest.raises(Paused):
        alice.push()
    alice.restart()
    assert "30 files" in status(alice)
    alice.answer_while(lambda: requests.restore_deleted(alice.loop, ""))
    assert status(alice) == ""
    assert len(alice.files()) == FILES and alice.push()["status"] == "nothing"
