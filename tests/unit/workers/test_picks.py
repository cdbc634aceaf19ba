"""Picks and restores that are made at the centre, on a page for example: what they publish and what the checkouts then hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hubshare_workers.context import Context
from hubshare_workers.publish import jobs
from sqlalchemy import select

from hubshare.bus.replies import Reply
from hubshare.git.objects import tree_entry
from hubshare.jobs.payloads import Edit
from hubshare.store.models import Conflict
from hubshare.testing.world import Member, World
from hubshare.wire.agent import Pick, PickedPath, Sync, new_id

Sides = tuple[tuple[int, str] | None, tuple[int, str] | None]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world", brake=5)
    yield made
    made.close()


@pytest.fixture
def alice(world: World) -> Member:
    member = world.join("alice")
    for path in ("a", "b"):
        member.write(path, f"first {path}")
    world.settle()
    return member


@pytest.fixture
def bob(world: World, alice: Member) -> Member:
    """Has a conflict with alice about `a`."""
    member = world.join("bob")
    world.settle()
    alice.write("a", "alice's")
    alice.work()
    world.apply()
    member.write("a", "bob's")
    world.settle()
    assert member.conflicts() and rows(world)
    return member


def rows(world: World) -> list[Conflict]:
    with world.centre.database.read() as session:
        return list(session.scalars(select(Conflict)))


def side(world: World, commit: str, path: str) -> tuple[int, str] | None:
    repository = world.centre.repositories.open(world.project.id)
    return tree_entry(repository.tree, repository.commit(commit).tree, path)


def sides(world: World, row: Conflict) -> Sides:
    """Of a conflict: ours, theirs."""
    return side(world, row.snapshot, row.path), side(world, world.repository.main, row.path)


def pick(world: World, member: Member, row: Conflict, of: Sides) -> None:
    """`theirs` is picked on a page: what the service keeps and tells."""
    ids = {"ours": of[0][1] if of[0] else None, "theirs": of[1][1] if of[1] else None}
    with world.centre.database.begin() as session:
        session.get_one(Conflict, row.id).picked = ids
    event = Pick(project=world.project.id, checkout=row.checkout_id, paths=[PickedPath(path=row.path, **ids)])
    member.inbox.append((event, b""))


def edit(world: World, user: str, **what: Any) -> Reply:
    """An edit, carried out by its job; what whoever waits for it is told."""
    wanted = Edit(id=new_id(), project=world.project.id, user=user, door="page", token="", message="Edit", **what)
    return carry_out(world, wanted)


def carry_out(world: World, wanted: Edit) -> Reply:
    jobs.edit(Context(world.centre, None), wanted)  # type: ignore[arg-type]
    return world.replies[wanted.id]


def test_theirs_is_put_in_place_and_ours_is_kept(world: World, alice: Member, bob: Member) -> None:
    (row,) = rows(world)
    pick(world, bob, row, sides(world, row))
    world.settle()
    assert (bob.read("a"), bob.conflicts(), rows(world)) == ("alice's", {}, [])
    assert [kept.path for kept in bob.local.index.kept()] == ["a"], "bob's version can be restored"


def test_theirs_is_put_in_place_in_a_manual_checkout_too(world: World, alice: Member, bob: Member) -> None:
    bob.set_mode("manual")
    (row,) = rows(world)
    pick(world, bob, row, sides(world, row))
    world.settle()
    assert (bob.read("a"), bob.conflicts(), rows(world)) == ("alice's", {}, [])


def test_a_pick_waits_for_an_agent_that_is_not_there(world: World, alice: Member, bob: Member) -> None:
    (row,) = rows(world)
    pick(world, bob, row, sides(world, row))
    bob.inbox.clear()
    bob.restart()
    world.settle()
    assert bob.read("a") == "bob's"
    world.to_centre.append(("bob", (Sync(checkouts=[bob.checkout]).encode(), b"")))
    world.settle()
    assert (bob.read("a"), rows(world)) == ("alice's", [])


def test_a_pick_is_of_what_was_seen_when_ours_is_edited_again(world: World, alice: Member, bob: Member) -> None:
    (row,) = rows(world)
    seen = sides(world, row)
    bob.write("a", "bob's, once more")
    pick(world, bob, row, seen)
    world.settle()
    assert bob.read("a") == "bob's, once more" and bob.conflicts()


def test_a_pick_is_of_what_was_seen_when_theirs_moves_on(world: World, alice: Member, bob: Member) -> None:
    (row,) = rows(world)
    seen = sides(world, row)
    alice.write("a", "alice's, once more")
    alice.work()
    world.settle()
    pick(world, bob, row, seen)
    world.settle()
    assert bob.read("a") == "bob's" and bob.conflicts()


def test_ours_is_published_and_the_conflict_is_over_everywhere(world: World, alice: Member, bob: Member) -> None:
    (row,) = rows(world)
    ours, theirs = sides(world, row)
    edited = edit(world, "bob", changes={"a": ours}, seen={"a": theirs}, conflicts=[row.id])
    assert edited.reason == ""
    world.settle()
    assert (alice.read("a"), bob.read("a"), bob.conflicts(), rows(world)) == ("bob's", "bob's", {}, [])
    bob.write("a", "bob goes on")
    world.settle()
    assert alice.read("a") == "bob goes on", "the path is not held back any more"


def test_ours_is_refused_when_theirs_has_moved_on(world: World, alice: Member, bob: Member) -> None:
    (row,) = rows(world)
    ours, theirs = sides(world, row)
    alice.write("a", "alice's, once more")
    alice.work()
    world.settle()
    edited = edit(world, "bob", changes={"a": ours}, seen={"a": theirs}, conflicts=[row.id])
    assert edited.reason == "clash"
    world.settle()
    assert alice.read("a") == "alice's, once more" and bob.conflicts() and rows(world)


def test_a_version_is_restored_as_a_new_one(world: World, alice: Member) -> None:
    first = world.repository.main
    alice.write("a", "spoilt")
    alice.write("new", "new")
    (alice.root / "b").unlink()
    world.settle()
    assert int(edit(world, "alice", restore=first, below="a").message) > 1
    world.settle()
    assert alice.files() == {"a": "first a", "new": "new"}
    edited = edit(world, "alice", restore=first)
    world.settle()
    assert alice.files() == {"a": "first a", "b": "first b"}
    again = edit(world, "alice", restore=first)
    assert again == ("", edited.message), "nothing to do"


def test_restoring_many_deletions_asks_first(world: World, alice: Member) -> None:
    first = world.repository.main
    for number in range(6):
        alice.write(f"new-{number}", "x")
    world.settle()
    assert edit(world, "alice", restore=first).reason == "paused"
    assert edit(world, "alice", restore=first, confirmed=True).reason == ""


@pytest.mark.parametrize("role", ["reader", None])
def test_who_may_not_push_cannot_restore(world: World, alice: Member, role: str | None) -> None:
    first = world.repository.main
    alice.write("a", "newer")
    world.settle()
    if role:
        world.join("carol", role)
    edited = edit(world, "carol", restore=first)
    assert edited.reason == ("forbidden" if role else "not-found")
    assert world.published()["a"] != side(world, first, "a")


def test_what_was_never_published_cannot_be_restored(world: World, alice: Member, bob: Member) -> None:
    (row,) = rows(world)
    assert edit(world, "alice", restore=row.snapshot).reason == "not-found"


NOTEBOOK = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}'


def test_a_text_that_was_edited_on_a_page_is_published(world: World, alice: Member) -> None:
    seen = side(world, world.repository.main, "a")
    edited = edit(world, "alice", contents={"a": "from a page\n", "sub/new.ipynb": NOTEBOOK}, seen={"a": seen})
    assert edited.reason == ""
    world.settle()
    assert alice.files() == {"a": "from a page\n", "b": "first b", "sub/new.ipynb": NOTEBOOK}
    again = edit(world, "alice", contents={"a": "another\n"}, seen={"a": seen})
    assert again.reason == "clash" and world.published()["a"] != seen


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        (".git/config", "x", "bad-path"),
        ("../out", "x", "bad-path"),
        ("a/b", "x", "clash"),
        ("n.ipynb", "not a notebook", "invalid"),
        ("n.ipynb", '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}', "invalid"),
        ("n.ipynb", "[" * 100_000, "invalid"),
        ("large", "x" * (2 * 1024 * 1024 + 1), "too-large"),
    ],
)
def test_what_is_edited_on_a_page_passes_the_same_checks(
    world: World, alice: Member, path: str, text: str, reason: str
) -> None:
    edited = edit(world, "alice", contents={path: text})
    assert edited.reason == reason


@pytest.mark.parametrize("mode", ["auto", "manual"])
def test_a_conflict_is_settled_by_a_third_content(world: World, alice: Member, bob: Member, mode: str) -> None:
    bob.set_mode(mode)
    (row,) = rows(world)
    ours, theirs = sides(world, row)
    edited = edit(world, "bob", contents={"a": "of both"}, seen={"a": theirs})
    assert edited.reason == ""
    pick(world, bob, row, (ours, side(world, world.repository.main, "a")))
    world.settle()
    assert (alice.read("a"), bob.read("a"), bob.conflicts(), rows(world)) == ("of both", "of both", {}, [])
    assert [kept.path for kept in bob.local.index.kept()] == ["a"], "bob's version can be restored"
