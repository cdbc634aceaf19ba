"""The numbered cases of docs/reference/merging.md: what is open in JupyterLab."""

from __future__ import annotations

from hubshare_agents.checkout.pause import Pause
from hubshare_agents.checkout.status import describe

from hubshare.testing.world import Member, World
from tests.helpers.open_documents import OpenText, jupyter

UNSAVED = "it is open in JupyterLab with edits that are not saved; save or close it there"
DELETED = "it was deleted in the project and is open in JupyterLab; close it there, or save an edit to keep it"


def held(member: Member) -> dict[str, str]:
    """What `hubshare status` says is left alone."""
    return describe(member.local, Pause(), "", "").held


def test_41_open_and_saved(world: World, alice: Member, bob: Member) -> None:
    with jupyter(bob.state) as rooms:
        rooms.append(OpenText(bob.root / "a"))
        alice.write("a", "alice's")
        world.settle()
        assert (bob.read("a"), rooms[0].document.text) == ("alice's", "alice's")
        assert held(bob) == {}


def test_42_open_and_not_saved(world: World, alice: Member, bob: Member) -> None:
    with jupyter(bob.state) as rooms:
        rooms.append(OpenText(bob.root / "a"))
        rooms[0].document.text = "typed"
        alice.write("a", "alice's")
        alice.write("b", "alice's")
        world.settle()
        assert (bob.read("a"), bob.read("b"), rooms[0].document.text) == ("first a", "alice's", "typed")
        assert held(bob) == {"a": UNSAVED}
        rooms[0].save()
        world.settle()
        assert bob.conflicts() == {"a": "edited on both sides"}
        assert held(bob) == {}
        assert (bob.read("a"), rooms[0].document.text) == ("typed", "typed")


def test_42_closed_without_being_saved(world: World, alice: Member, bob: Member) -> None:
    with jupyter(bob.state) as rooms:
        rooms.append(OpenText(bob.root / "a"))
        rooms[0].document.text = "typed"
        alice.write("a", "alice's")
        world.settle()
        rooms.clear()
        world.settle()
        assert bob.read("a") == "alice's"


def test_43_deleted_there_and_open_here(world: World, alice: Member, bob: Member) -> None:
    with jupyter(bob.state) as rooms:
        rooms += [OpenText(bob.root / "a"), OpenText(bob.root / "b")]
        for path in ("a", "b"):
            (alice.root / path).unlink()
        world.settle()
        assert held(bob) == {"a": DELETED, "b": DELETED}
        assert (bob.read("a"), bob.read("b")) == ("first a", "first b")
        rooms[0].watched = False
        rooms[1].document.text = "kept"
        rooms[1].save()
        world.settle()
        assert bob.read("a") is None
        assert (bob.read("b"), bob.conflicts()) == ("kept", {"b": "edited here, deleted there"})
