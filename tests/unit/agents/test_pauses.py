"""Which command answers a question about deletions is told apart from its words, wherever a person may meet it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.checkout import requests
from hubshare_agents.checkout.summary import needs, summary

from hubshare.errors import Paused
from hubshare.testing.world import Member, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def alice(world: World) -> Member:
    """Has a project of 12 files."""
    member = world.join("alice")
    for number in range(12):
        member.write(f"{number}.txt", f"{number}\n")
    world.settle()
    return member


def paused(member: Member) -> Paused:
    """What a member is told by a turn of the loop that has to wait for them."""
    with pytest.raises(Paused) as told:
        member.work()
    member.loop._note(told.value)
    return told.value


def test_a_question_about_what_was_deleted_here_is_answered_by_a_push(alice: Member) -> None:
    for number in range(11):
        (alice.root / f"{number}.txt").unlink()
    error = paused(alice)
    assert (error.answer, "`hubshare push --confirm`" in error.message) == ("push", True)
    assert error.reason.startswith("11 files of alice/course were deleted here (") and "hubshare" not in error.reason
    shown = summary(alice.loop)
    assert (shown.question, shown.reason, shown.paused) == ("push", error.reason, error.message)
    assert [one.about for one in needs([shown], [])] == ["deletions"]
    found = alice.answer_while(lambda: requests.look(alice.loop))
    assert (found.question, found.reason, found.paused) == ("push", error.reason, error.message)


def test_a_question_that_was_asked_before_a_restart_is_still_one(alice: Member) -> None:
    for number in range(11):
        (alice.root / f"{number}.txt").unlink()
    paused(alice)
    alice.restart()
    assert paused(alice).answer == "push"
    alice.set_mode("manual")
    with pytest.raises(Paused) as asked:
        alice.push()
    assert asked.value.answer == "push"


def test_a_question_about_what_others_deleted_is_answered_by_a_pull(world: World, alice: Member) -> None:
    bob = world.join("bob", mode="manual")
    bob.pull()
    bob.local.settings.brake_deletions = 3
    for number in range(5):
        (alice.root / f"{number}.txt").unlink()
    world.settle()
    with pytest.raises(Paused) as asked:
        bob.pull()
    assert (asked.value.answer, "hubshare" in asked.value.reason) == ("pull", False)
    bob.loop._note(asked.value)
    assert summary(bob.loop).question == "pull"
    bob.pull(confirmed=True)
    assert (summary(bob.loop).question, summary(bob.loop).reason) == ("", "")


def test_no_command_answers_that_a_folder_is_gone(alice: Member, tmp_path: Path) -> None:
    shutil.move(alice.root, tmp_path / "away")
    error = paused(alice)
    assert (error.answer, error.reason) == ("", error.message)
    shown = summary(alice.loop)
    assert (shown.question, shown.paused) == ("", error.message)
    assert [one.about for one in needs([shown], [])] == ["paused"]


def test_a_folder_that_was_named_like_a_command_asks_nothing(world: World, alice: Member, tmp_path: Path) -> None:
    """The words of a pause hold names that people choose."""
    alice.root.rename(tmp_path / "away")
    alice.loop._note(Paused("The folder /`hubshare push --confirm` is gone: bring it back."))
    assert summary(alice.loop).question == ""
