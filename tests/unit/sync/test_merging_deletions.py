"""Many deletions at once, played by real folders: asked about once, confirmed as they were shown, and nothing besides."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hubshare_agents.checkout import requests
from hubshare_workers.publish import guard

from hubshare.errors import Paused
from hubshare.store.models import Project
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
    with pytest.raises(
        Paused, match=r"21 files of alice/course were deleted here \(data/ with 1, after 20 just before\)"
    ):
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


def _goes_on(world: World) -> None:
    """Everybody works, and messages come, although a question waits."""
    for _ in range(6):
        while world.to_centre:
            world.apply()
        for member in world.members:
            while member.inbox:
                member.deliver()
            with suppress(Paused):
                member.work()


@pytest.mark.parametrize("mode", ["auto", "manual"])
def test_33_what_is_edited_while_a_question_waits_is_published(
    world: World, alice: Member, bob: Member, mode: str
) -> None:
    alice.set_mode(mode)

    def publish() -> None:
        if mode == "manual":
            with pytest.raises(Paused, match="30 files"):
                alice.push()
        _goes_on(world)

    delete(alice, *range(30))
    publish()
    asked_about = alice.local.state.asked
    for text in ("first", "second"):
        alice.write("data/40", text)
        alice.write(f"{text}.txt", text)
        publish()
        assert (bob.read("data/40"), bob.read(f"{text}.txt")) == (text, text)
        assert len(bob.files()) == FILES + (1 if text == "first" else 2)
    (alice.root / "data/41").rename(alice.root / "moved")
    publish()
    assert bob.read("moved") == "content 41" and bob.read("data/41") is None
    assert "30 files" in status(alice)
    assert alice.local.state.asked == asked_about, "it stays the question that it was"
    alice.push(confirmed=True)
    world.settle()
    assert bob.files() == alice.files()


def test_33_what_takes_the_place_of_what_was_asked_about_waits_with_it(
    world: World, alice: Member, bob: Member
) -> None:
    alice.write("note", "moves into the place of data/")
    world.settle()
    shutil.rmtree(alice.root / "data")
    (alice.root / "note").rename(alice.root / "data")
    alice.write("other", "o")
    _goes_on(world)
    assert bob.read("other") == "o" and bob.read("note") is not None and len(bob.files()) == FILES + 2
    alice.push(confirmed=True)
    world.settle()
    assert bob.files() == alice.files() == {"data": "moves into the place of data/", "other": "o"}


def test_33_a_question_of_the_centre_holds_up_nothing_else(world: World, alice: Member, bob: Member) -> None:
    """The project's own limit is smaller than the agent's."""
    with world.centre.database.begin() as session:
        session.get_one(Project, world.project.id).brake = 3
    delete(alice, *range(5))
    _goes_on(world)
    assert len(bob.files()) == FILES
    alice.write("other", "o")
    _goes_on(world)
    assert bob.read("other") == "o" and len(bob.files()) == FILES + 1
    assert "5 files" in status(alice)
    alice.push(confirmed=True)
    world.settle()
    assert bob.files() == alice.files()


def test_33_an_update_that_asks_holds_up_nothing_else(
    world: World, alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "must_be_confirmed", lambda *args, **more: False)
    bob.local.settings.brake_deletions = 3
    delete(alice, *range(5))
    alice.write("data/40", "newer")
    alice.write("other", "o")
    _goes_on(world)
    assert (bob.read("other"), bob.read("data/40"), bob.read("data/0")) == ("o", "newer", "content 0")
    bob.write("bobs", "b")
    alice.write("more", "m")
    _goes_on(world)
    assert alice.read("bobs") == "b" and bob.read("more") == "m" and bob.read("data/0") == "content 0"
    with pytest.raises(Paused, match="deletes 5 files here"):
        bob.work()
    bob.confirm()
    assert bob.files() == alice.files()


def test_33_while_a_question_waits_what_is_to_be_looked_at_soon_is(
    world: World, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    delete(alice, *range(30))
    with pytest.raises(Paused) as question:
        alice.work()
    soon = time.monotonic() + 1
    alice.loop.looking.again_at = alice.loop.protocol.pulling.again_at = soon
    alice.loop._note(question.value)
    assert alice.loop.paused == question.value.message
    assert alice.loop._next(rescan_at=soon + 300) == soon


def test_33_an_update_comes_while_a_question_waits_and_the_service_fails(
    world: World, alice: Member, bob: Member
) -> None:
    delete(alice, *range(30))
    _goes_on(world)
    alice.loop.protocol.transfers.fault = "The service does not answer."
    bob.write("from bob", "b")
    _goes_on(world)
    assert alice.read("from bob") == "b"


def test_33_what_a_policy_would_replace_is_kept_once_while_a_question_waits(
    world: World, alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "must_be_confirmed", lambda *args, **more: False)
    bob.local.settings.brake_deletions = 3
    bob.set_mode("manual")
    bob.set_policy("theirs")
    delete(alice, *range(5))
    _goes_on(world)
    for number in range(5):
        bob.write(f"data/{number}", f"bob's {number}")
    bob.set_mode("auto")
    for _ in range(3):
        _goes_on(world)
    assert bob.local.state.asked_here and bob.read("data/0") == "bob's 0"
    assert len(bob.local.index.kept()) == 5
    bob.confirm()
    assert bob.read("data/0") is None
    assert {kept.path for kept in bob.local.index.kept()} == {f"data/{number}" for number in range(5)}
