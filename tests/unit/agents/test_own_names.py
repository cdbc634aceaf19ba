"""Names that HubShare gives to its own temporary files, where a project or a person has such files all the same."""

from __future__ import annotations

import pytest
from hubshare_workers.publish.edit import Edited
from hubshare_workers.publish.publish import publish

from hubshare.jobs import Edit
from hubshare.testing.world import Member, World
from hubshare.wire.agent import new_id

NAME = ".hubshare-0123456789abcdef.tmp"


def published_by_an_earlier_version(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr("hubshare.git.verify.own_fault", lambda path: None)
        wanted = Edit(new_id(), world.project.id, "alice", "page", "", "Edit", contents={NAME: "hers", "a": "a"})
        assert publish(world.centre, Edited(world.centre, wanted)).status == "applied"
    world.ask()


def test_a_file_of_the_project_with_a_name_of_ours_is_not_swept_by_anybodys_agent(
    world: World, alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    published_by_an_earlier_version(world, monkeypatch)
    world.settle()
    assert (bob.read(NAME), bob.read("a")) == ("hers", "a")
    bob.write("b", "something else")
    bob.restart()
    world.settle()
    assert world.published()[NAME] and bob.read("b") == alice.read("b") == "something else"
    assert bob.read(NAME) == "hers" and alice.read(NAME) == "hers"
    (alice.root / NAME).unlink()
    world.settle()
    assert NAME not in world.published()
    assert bob.read(NAME) is None


def test_a_persons_own_file_whose_name_looks_like_ours_stays(world: World, alice: Member) -> None:
    alice.write(".hubshare-notes.tmp", "my notes")
    world.settle()
    assert alice.read(".hubshare-notes.tmp") == "my notes"
    assert ".hubshare-notes.tmp" not in world.published()
