"""The numbered cases of files that a program has open; more of them in `tests/unit/agents/test_open_when_replaced.py`."""

from __future__ import annotations

from hubshare.testing.world import Member, World


def look_again(member: Member) -> None:
    """The time has come at which the agent looks at the files that were open."""
    if member.local.taken_out.again_at:
        member.local.taken_out.again_at = 1e-9
    member.work()


def test_44_a_program_goes_on_writing(world: World, alice: Member, bob: Member) -> None:
    with (bob.root / "a").open("a") as log:
        alice.write("a", "alice's")
        world.settle()
        assert bob.read("a") == "alice's"
        log.write(", epoch 1")
    look_again(bob)
    assert bob.read("a") == "first a, epoch 1"
    assert bob.conflicts() == {"a": "edited on both sides"}


def test_45_its_place_holds_something_newer(world: World, alice: Member, bob: Member) -> None:
    with (bob.root / "a").open("a") as log:
        alice.write("a", "alice's")
        world.settle()
        bob.write("a", "bob's own, since")
        bob.work()
        log.write(", epoch 1")
    look_again(bob)
    world.settle()
    assert alice.read("a") == bob.read("a") == "bob's own, since"
    (kept,) = [one for one in bob.local.index.kept("a") if one.commit is None]
    assert b"".join(bob.local.stash.stream(kept)) == b"first a, epoch 1"
