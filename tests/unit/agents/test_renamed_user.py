"""A checkout whose user the Hub calls otherwise: what was on its way goes on, under the new name."""

from __future__ import annotations

import pytest

from hubshare.store.projects import latest
from hubshare.store.users import rename_user
from hubshare.testing.world import Member, World


def rename(world: World, member: Member, new: str) -> None:
    """The Hub and HubShare have another name for somebody whose server was stopped meanwhile."""
    old = member.user
    with world.centre.database.begin() as session:
        rename_user(session, old, new)
    world.bus.inboxes[:] = [(new if user == old else user, inbox) for user, inbox in world.bus.inboxes]
    member.user = new
    member.restart()


@pytest.mark.parametrize("answered", [False, True], ids=["not arrived", "answer lost"])
def test_a_push_that_was_under_way_is_made_anew_in_the_new_name(
    world: World, alice: Member, bob: Member, answered: bool
) -> None:
    bob.write("a", "bob's")
    bob.work()
    assert bob.local.state.pending is not None
    if answered:
        world.apply()
        bob.inbox.clear()
    else:
        world.to_centre.clear()
    rename(world, bob, "robert")
    bob.write("b", "robert's")
    world.ask()
    world.settle()
    assert (alice.read("a"), alice.read("b")) == ("bob's", "robert's")
    assert bob.files() == alice.files() and not bob.conflicts()
    with world.centre.database.read() as session:
        newest = latest(session, world.project.id)
    assert newest is not None and newest.author == "robert"
    assert bob.local.state.refused is None
