"""The numbered cases of docs/reference/merging.md: what is open in windows of JupyterLab in which one edits alone."""

from __future__ import annotations

import pytest
from hubshare_agents.checkout import unsaved
from hubshare_agents.checkout.pause import Pause
from hubshare_agents.checkout.status import describe

from hubshare.errors import Clash
from hubshare.testing.world import Member, World
from tests.helpers.open_documents import TextInWindow, jupyter

UNSAVED = "it is open in JupyterLab with edits that are not saved; save or close it there"
DELETED = "it was deleted in the project and is open in JupyterLab; close it there, or save an edit to keep it"


def held(member: Member) -> dict[str, str]:
    """What `hubshare status` says is left alone."""
    return describe(member.local, Pause(), "", "").held


def kept(member: Member, path: str) -> set[str]:
    """The versions of a file that `hubshare restore` can bring back."""
    stash = member.local.stash
    return {b"".join(stash.stream(one)).decode() for one in member.local.index.kept(path) if one.commit is None}


def replaced(world: World, alice: Member, bob: Member) -> None:
    """Have Alice's version come to Bob's disk while nobody could say that he edits the file."""
    alice.write("a", "alice's")
    world.settle()
    assert bob.read("a") == "alice's"


def test_58_a_window_without_edits(world: World, alice: Member, bob: Member) -> None:
    with jupyter(bob.state) as open_there:
        shown = TextInWindow(bob.root / "a")
        open_there.append(shown.document)
        alice.write("a", "alice's")
        world.settle()
        assert (bob.read("a"), shown.text, shown.told, held(bob)) == ("alice's", "alice's", [], {})


def test_59_a_window_with_edits(world: World, alice: Member, bob: Member) -> None:
    with jupyter(bob.state) as open_there:
        shown = TextInWindow(bob.root / "a")
        open_there.append(shown.document)
        shown.type("typed")
        alice.write("a", "alice's")
        alice.write("b", "alice's")
        world.settle()
        assert (bob.read("a"), bob.read("b"), shown.text) == ("first a", "alice's", "typed")
        assert (set(shown.told), held(bob)) == ({"waits"}, {"a": UNSAVED})
        shown.save()
        world.settle()
        assert (bob.read("a"), held(bob)) == ("typed", {})
        assert bob.conflicts() == {"a": "edited on both sides"}


def test_59_the_same_file_in_two_windows(world: World, alice: Member, bob: Member) -> None:
    with jupyter(bob.state) as open_there:
        idle, typing = TextInWindow(bob.root / "a"), TextInWindow(bob.root / "a")
        open_there += [idle.document, typing.document]
        typing.type("typed")
        alice.write("a", "alice's")
        world.settle()
        assert (bob.read("a"), idle.text, typing.text) == ("first a", "first a", "typed")
        assert set(typing.told) == set(idle.told) == {"waits"}


def test_60_deleted_there_and_in_a_window_here(world: World, alice: Member, bob: Member) -> None:
    with jupyter(bob.state) as open_there:
        shown = TextInWindow(bob.root / "a")
        open_there.append(shown.document)
        (alice.root / "a").unlink()
        world.settle()
        assert (bob.read("a"), set(shown.told), held(bob)) == ("first a", {"deleted"}, {"a": DELETED})
        open_there.clear()
        world.settle()
        assert (bob.read("a"), held(bob)) == (None, {})


def test_61_saved_over_a_newer_version(world: World, alice: Member, bob: Member) -> None:
    replaced(world, alice, bob)
    unsaved.save_beside(bob.local, "a", b"typed")
    world.settle()
    assert bob.conflicts() == {"a": "edited on both sides"}
    assert (bob.read("a"), alice.read("a")) == ("typed", "alice's")
    bob.resolve("theirs", "a")
    assert (bob.read("a"), kept(bob, "a")) == ("alice's", {"typed"})


def test_61_saved_over_what_a_program_has_written(world: World, alice: Member, bob: Member) -> None:
    replaced(world, alice, bob)
    bob.write("a", "a program's")
    with pytest.raises(Clash, match="both versions are kept"):
        unsaved.save_beside(bob.local, "a", b"typed")
    assert (bob.read("a"), kept(bob, "a")) == ("a program's", {"typed", "a program's"})


def test_62_edits_that_are_given_up(world: World, alice: Member, bob: Member) -> None:
    replaced(world, alice, bob)
    unsaved.keep(bob.local, "a", b"typed")
    world.settle()
    assert (bob.read("a"), bob.conflicts(), kept(bob, "a")) == ("alice's", {}, {"typed"})
