"""The power goes in the middle: what was acknowledged is on disk, and what is half there is made anew."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hubshare_agents.checkout.state import CheckoutState
from hubshare_agents.checkout.store import StateStore
from hubshare_workers.publish import publish

from hubshare.git.packs import Pack
from hubshare.store.versions import read_branch
from hubshare.testing.doubles import ListLink
from hubshare.testing.world import Member, World
from hubshare.wire.agent import Push, read_from_agent
from tests.helpers.power_image import PowerLoss


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "world")
    yield made
    made.close()


@pytest.fixture
def alice(world: World) -> Member:
    member = world.join("alice")
    member.write("a", "a")
    world.settle()
    return member


def _sound(world: World, image: Path) -> None:
    """The published commit, and all that was ever kept, is whole in what the power loss has left."""
    repository = image / world.repository.path.relative_to(world.place / "centre")
    with world.centre.database.read() as session:
        branch = read_branch(session, world.project.id)
    assert branch is not None
    git = ["git", "-C", str(repository)]
    refs = subprocess.run([*git, "for-each-ref", "--format=%(objectname)"], capture_output=True, text=True, check=True)
    for name in (branch.head, *refs.stdout.split()):
        listed = subprocess.run([*git, "rev-list", "--objects", name], capture_output=True, text=True)
        assert listed.returncode == 0, listed.stderr
    found = subprocess.run([*git, "fsck", "--strict"], capture_output=True, text=True)
    assert found.returncode == 0, found.stdout + found.stderr


def test_what_the_centre_acknowledges_is_on_disk_before_it_says_so(
    world: World, alice: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small pushes, large ones, merges, and what is kept of a conflict."""
    bob = world.join("bob")
    world.settle()
    tell, images = publish._tell, 0
    with PowerLoss.watching(world.place / "centre", monkeypatch) as power:

        def telling(*args: object) -> None:
            nonlocal images
            images += 1
            _sound(world, power.image(tmp_path / f"image-{images}"))
            tell(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(publish, "_tell", telling)
        alice.write("folder/small", "small")
        world.settle()
        for number in range(50):
            alice.write(f"many/{number}", f"{number}")
        world.settle()
        (alice.root / "large").write_bytes(os.urandom(700_000))
        world.settle()
        alice.write("a", "alice's")
        alice.work()
        world.apply()
        bob.write("a", "bob's")
        bob.write("b", "bob's")
        world.settle()
        assert bob.conflicts()
        bob.resolve("ours")
        world.settle()
    assert images >= 6


def test_a_project_that_was_made_is_there_after_a_power_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    centre = tmp_path / "world" / "centre"
    centre.mkdir(parents=True)
    centre.rmdir()
    with PowerLoss.watching(tmp_path, monkeypatch) as power:
        world = World(tmp_path / "world")
        try:
            # What an installation makes once, before anybody is there.
            power._flushed(tmp_path / "world")
            power._flushed(tmp_path)
            _sound(world, power.image(tmp_path / "image") / "world" / "centre")
        finally:
            world.close()


def test_an_update_that_is_kept_for_all_is_whole_after_a_power_loss(
    world: World, alice: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.join("bob")
    world.settle()
    with PowerLoss.watching(world.place / "centre", monkeypatch) as power:
        alice.write("a", "x" * 20 + "".join(map(str, range(40_000))))
        (alice.root / "large").write_bytes(os.urandom(40_000))
        world.settle()
    made = list((world.place / "centre" / "packs").rglob("*.pack"))
    assert made, "it was too large to travel along"
    for path in made:
        content = power._contents.get(path.stat().st_ino)
        assert content == path.read_bytes(), "it was flushed before it got its name"


def test_an_update_that_is_made_for_whoever_asks_is_whole_after_a_power_loss(
    world: World, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.repository.main
    alice.write("a", "newer")
    world.settle()
    with PowerLoss.watching(world.place / "centre", monkeypatch) as power:
        path = world.centre.repositories.update(world.project.id, first, world.repository.main, again=True)
    assert power._contents.get(path.stat().st_ino) == path.read_bytes(), "it was flushed before it got its name"


@pytest.mark.parametrize("size", [10, 200_000])
def test_the_pack_of_a_push_is_on_disk_before_the_agent_counts_on_it(
    world: World, alice: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    sent: list[Push] = []
    with PowerLoss.watching(alice.state, monkeypatch) as power:
        plain = ListLink.send

        async def send(link: ListLink, event: bytes, pack: bytes = b"", age: float | None = None) -> None:
            message = read_from_agent(event, 1 << 20)
            if isinstance(message, Push):
                sent.append(message)
                image = power.image(tmp_path / f"image-{len(sent)}")
                with Pack(image / "packs" / f"{message.id}.pack", limits=None) as found:
                    assert message.commit in found
            await plain(link, event, pack, age)

        monkeypatch.setattr(ListLink, "send", send)
        (alice.root / "new").write_bytes(os.urandom(size))
        world.settle()
    assert sent and "new" in world.published()


def test_the_pack_of_a_push_is_on_disk_before_the_index_says_that_it_is_under_way(
    world: World, alice: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, begun = StateStore.become, list[str]()
    with PowerLoss.watching(alice.state, monkeypatch) as power:

        def become(store: StateStore, state: CheckoutState) -> None:
            if state.pending is not None and state.pending.event.id not in begun:
                begun.append(state.pending.event.id)
                image = power.image(tmp_path / f"image-{len(begun)}")
                with Pack(image / "packs" / f"{begun[-1]}.pack", limits=None) as found:
                    assert state.pending.event.commit in found
            plain(store, state)

        monkeypatch.setattr(StateStore, "become", become)
        alice.write("new", "new")
        world.settle()
    assert begun and "new" in world.published()


@pytest.mark.parametrize("damage", ["empty", "cut", "changed", "gone"])
@pytest.mark.parametrize("mode", ["auto", "manual"])
def test_a_pending_pack_that_was_damaged_is_made_anew_from_the_folder(
    world: World, alice: Member, damage: str, mode: str
) -> None:
    alice.write("b", "b")
    alice.work()
    world.to_centre.clear()
    pending = alice.local.state.pending
    assert pending is not None
    alice.local.close()
    pack = alice.local.pack_path(pending.event.id)
    raw = pack.read_bytes()
    pack.write_bytes({"empty": b"", "cut": raw[:-30], "changed": raw[:40] + b"\0\0" + raw[42:], "gone": b""}[damage])
    if damage == "gone":
        pack.unlink()
    alice.restart()
    alice.set_mode(mode)  # type: ignore[arg-type]
    if mode == "manual":
        assert alice.push()["status"] == "applied"
    else:
        for _ in range(3):
            alice.work()
        world.settle()
    assert "b" in world.published()


def test_a_pending_pack_that_was_damaged_is_not_sent_to_anybody(world: World, alice: Member) -> None:
    alice.write("b", "b")
    alice.work()
    world.to_centre.clear()
    pending = alice.local.state.pending
    assert pending is not None
    pack = alice.local.pack_path(pending.event.id)
    pack.write_bytes(pack.read_bytes()[:-30])
    alice.restart()
    for _ in range(3):
        alice.work()
    sent = [pack for _, (event, pack) in world.to_centre if isinstance(read_from_agent(event, 1 << 20), Push)]
    assert sent
    for raw in sent:
        Pack(raw, limits=None).close()


def test_a_pack_that_the_centre_finds_damaged_is_made_anew_and_a_refusal_is_told(world: World, alice: Member) -> None:
    alice.write("b", "b")
    alice.work()
    user, (event, pack) = world.to_centre.pop()
    world.to_centre.append((user, (event, pack[:-1] + bytes([pack[-1] ^ 1]))))
    world.settle()
    assert "b" in world.published()
    assert not alice.local.state.refused
