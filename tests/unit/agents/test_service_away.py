"""While the service is away: what has to be fetched waits and is named, and everything else goes on in both directions."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hubshare_agents.checkout import requests

from hubshare.errors import Unavailable
from hubshare.git.objects import BLOB, object_id
from hubshare.testing.doubles import DirectClient
from hubshare.testing.world import Member, World
from tests.helpers.centre_fixture import git


class Service:
    """The service, which is there or away.

    Attributes:
        asked: how often something was to be fetched from it while it was away.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.away, self.asked = False, 0
        for name in ("download_update", "download_contents", "upload", "project"):
            monkeypatch.setattr(DirectClient, name, self._unless_away(getattr(DirectClient, name)))

    def _unless_away(self, real: Any) -> Any:
        def call(*args: Any) -> Any:
            if self.away:
                self.asked += 1
                raise Unavailable("The service does not answer.")
            return real(*args)

        return call


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    return Service(monkeypatch)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def alice(world: World) -> Member:
    member = world.join("alice")
    for path in ("a", "b", "c"):
        member.write(path, f"first {path}")
    world.settle()
    return member


@pytest.fixture
def bob(world: World, alice: Member) -> Member:
    member = world.join("bob")
    world.settle()
    assert member.files() == alice.files()
    return member


def large() -> str:
    """Content that is too large to come with a message, and small enough to go with one."""
    return secrets.token_hex(40_000)


def again(world: World, *members: Member) -> None:
    """The service is there again, and everybody finds out."""
    for member in members:
        member.loop.protocol.transfers.try_now()
    world.ask()
    world.settle()


def test_edits_are_pushed_while_a_large_update_waits_for_the_service(
    world: World, alice: Member, bob: Member, service: Service
) -> None:
    alice.write("large", large())
    alice.work()
    world.apply()
    service.away = True
    for number in range(5):
        bob.write("b", f"edit {number}")
        world.settle()
        assert world.published()["b"] == bob.local.index.row("b").agreed, f"edit {number} was not pushed"
    assert "large" not in bob.files() and "cannot be fetched now" in bob.loop.waits
    bob.write("new", "also")
    (bob.root / "c").unlink()
    world.settle()
    assert world.published().keys() == {"a", "b", "large", "new"}
    service.away = False
    again(world, bob)
    assert bob.files() == alice.files() and bob.loop.waits == ""
    assert bob.files().keys() == {"a", "b", "large", "new"} and bob.files()["b"] == "edit 4"
    assert not bob.conflicts()


def test_the_service_is_not_asked_at_every_save_while_it_is_away(
    world: World, alice: Member, bob: Member, service: Service
) -> None:
    alice.write("large", large())
    alice.work()
    world.apply()
    service.away = True
    world.settle()
    asked = service.asked
    bob.loop.protocol.transfers.again_at += 3600
    for number in range(5):
        bob.write("b", f"edit {number}")
        world.settle()
    assert service.asked == asked
    assert bob.loop.protocol.retry_at == bob.loop.protocol.transfers.again_at


def test_a_small_update_comes_while_a_large_one_is_to_be_pushed_without_the_service(
    world: World, alice: Member, bob: Member, service: Service
) -> None:
    service.away = True
    bob.write("huge", secrets.token_hex(100_000))
    with pytest.raises(Unavailable):
        bob.work()
    alice.write("a", "edited by alice")
    alice.work()
    world.apply()
    while bob.inbox:
        bob.deliver()
    bob.loop.protocol.resend_at = 0.0
    with pytest.raises(Unavailable):
        bob.work()
    assert bob.files()["a"] == "edited by alice"
    service.away = False
    again(world, bob)
    assert alice.files() == bob.files() and "huge" in alice.files()


def test_a_conflict_that_is_met_while_the_service_is_away_is_one_afterwards(
    world: World, alice: Member, bob: Member, service: Service
) -> None:
    alice.write("a", large())
    alice.work()
    world.apply()
    service.away = True
    bob.write("a", "bob's")
    bob.write("b", "bob's b")
    world.settle()
    assert bob.files()["a"] == "bob's"
    service.away = False
    again(world, alice, bob)
    assert list(bob.conflicts()) == ["a"] and bob.files()["a"] == "bob's"
    assert alice.files()["b"] == "bob's b" and alice.files()["a"] != "bob's"


def test_an_agent_that_dies_meanwhile_loses_nothing(world: World, alice: Member, bob: Member, service: Service) -> None:
    alice.write("large", large())
    alice.work()
    world.apply()
    service.away = True
    bob.write("b", "one")
    world.settle()
    bob.restart()
    bob.write("b", "two")
    world.settle()
    service.away = False
    again(world, alice, bob)
    assert alice.files() == bob.files() and alice.files()["b"] == "two" and "large" in bob.files()


def test_what_is_on_the_disk_already_is_not_fetched(world: World, alice: Member, bob: Member, service: Service) -> None:
    content = large()
    alice.write("large", content)
    world.settle()
    service.away = True
    (alice.root / "large").rename(alice.root / "renamed")
    alice.write("copy", content)
    world.settle()
    assert bob.files() == alice.files() and bob.files()["copy"] == content
    assert service.asked == 0
    assert list(bob.local.packs.iterdir()) == []


def test_what_is_on_the_disk_is_looked_at_before_it_is_used(
    world: World, alice: Member, bob: Member, service: Service
) -> None:
    content = large()
    alice.write("large", content)
    world.settle()
    alice.write("copy", content)
    alice.work()
    world.apply()
    while bob.inbox:
        bob.deliver()
    # Right before the copy is to be made of it, and unseen.
    bob.loop.looking._dirty.clear()
    (bob.root / "large").write_text("edited")
    bob.do(bob.loop.turn())
    assert bob.files()["copy"] == content


@pytest.mark.parametrize("other", [True, False])
def test_edits_are_pushed_after_a_conflict_that_is_met_while_the_service_is_away(
    world: World, alice: Member, bob: Member, service: Service, other: bool
) -> None:
    theirs = large()
    alice.write("a", theirs)
    alice.work()
    world.apply()
    service.away = True
    bob.write("a", "bob's")
    if other:
        bob.write("b", "bob's b")
    world.settle()
    for number in range(3):
        bob.write("b", f"edit {number}")
        bob.write("a", f"bob's {number}")
        bob.write(f"new {number}", "also")
        world.settle()
        assert world.published()["b"] == bob.local.index.row("b").local, f"edit {number} was not pushed"
        assert f"new {number}" in world.published()
        if number == 1:
            bob.restart()
            world.ask()
    assert alice.files()["a"] == theirs and bob.files()["a"] == "bob's 2"
    assert "cannot be fetched" in bob.plan().held["a"]
    service.away = False
    again(world, alice, bob)
    assert list(bob.conflicts()) == ["a"] and not bob.plan().held
    assert (alice.files()["a"], bob.files()["a"]) == (theirs, "bob's 2")
    bob.resolve("ours")
    world.settle()
    assert alice.files() == bob.files() and bob.files()["a"] == "bob's 2"
    assert bob.local.state.unseen == ()
    names = git(world.repository.path, "rev-list", "--objects", "--no-object-names", "main").decode().split()
    for text in ("bob's", "bob's 0", "bob's 1"):
        assert object_id(BLOB, text.encode()) not in names, "what met a conflict is nobody else's"


def test_a_conflict_that_others_settle_while_the_service_is_away_is_none_afterwards(
    world: World, alice: Member, bob: Member, service: Service
) -> None:
    alice.write("a", large())
    alice.work()
    world.apply()
    service.away = True
    bob.write("a", "bob's")
    bob.write("b", "bob's b")
    world.settle()
    # What was met is not what will be fetched.
    alice.write("a", "bob's")
    world.settle()
    bob.write("c", "bob's c")
    world.settle()
    service.away = False
    again(world, alice, bob)
    assert not bob.conflicts() and alice.files() == bob.files() == {"a": "bob's", "b": "bob's b", "c": "bob's c"}
    bob.write("a", "more of bob's")
    world.settle()
    assert alice.files()["a"] == "more of bob's"


@pytest.mark.parametrize("broken", ["before it is sent", "before the answer"])
def test_a_push_that_breaks_off_says_that_it_goes_on_and_does(
    world: World, alice: Member, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.write("a", "alice's")
    link = alice.loop.protocol._link

    async def cut(event: bytes, pack: bytes = b"", age: float | None = None) -> None:
        link.up.clear()
        if broken == "before it is sent":
            raise Unavailable("HubShare cannot be reached now (Redis: cut).")
        await sent(event, pack, age)

    sent = link.send
    with monkeypatch.context() as patch:
        patch.setattr(link, "send", cut)
        with pytest.raises(Unavailable, match="The push is kept here, and sent again by itself"):
            asyncio.run(requests.push(alice.loop))
    link.up.set()
    alice.loop.protocol.resend_at = 0
    world.settle()
    assert world.published()["a"] == alice.local.index.row("a").agreed and alice.local.state.pending is None
