"""An update that would fill up the disk is not begun; what is small goes on, and the person is told what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hubshare_agents.checkout import status
from hubshare_agents.checkout.pause import Pause
from hubshare_agents.link.transfers import Transfers
from hubshare_agents.room import Replaced, Room
from hypothesis import given
from hypothesis import strategies as st

from hubshare.config import MIB
from hubshare.errors import DiskFull, Paused
from hubshare.testing.world import Member, World

SIZES = st.integers(0, 200 * MIB)


@given(
    st.dictionaries(st.text(max_size=5), st.builds(Replaced, SIZES, SIZES), max_size=20),
    st.builds(Room, st.integers(0, 1 << 30), st.integers(0, 64 * MIB)),
)
def test_what_is_chosen_never_fills_the_disk(files: dict[str, Replaced], room: Room) -> None:
    chosen = room.fitting(files)
    growth = sum(files[path].growth for path in chosen)
    assert growth <= max(room.free - room.reserve, MIB) and growth <= room.free
    if (
        sum(max(sizes.growth, 0) for sizes in files.values()) + max([0, *map(min, files.values())])
        <= room.free - room.reserve
    ):
        assert chosen == files.keys()


@given(st.integers(0, 1 << 40))
def test_a_disk_that_is_all_but_full_takes_small_files(free: int) -> None:
    fits = Room(free, free).fitting({"small": Replaced(0, min(free // 2, MIB)), "large": Replaced(0, free + 1)})
    assert fits == {"small"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def has_room(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Gives bob's folder a disk of its own, on which so much is free now."""

    def to(free: int) -> None:
        root = world.members[0].root
        size = free + _held(root)
        monkeypatch.setattr(Room, "at", classmethod(lambda cls, folder: cls(size - _held(root), 2 * MIB)))

    return to


def _held(folder: Path) -> int:
    return sum(found.stat().st_size for found in folder.rglob("*") if found.is_file())


@pytest.fixture
def fetched(world: World) -> list[str]:
    """What bob's agent has fetched, as it is fetched."""
    bob = world.join("bob")
    names: list[str] = []
    client = bob.loop.protocol.transfers._client

    def noting(name: str, real: Callable[..., None]) -> Callable[..., None]:
        def call(*args: Any) -> None:
            names.append(name)
            real(*args)

        return call

    for name in ("download_contents", "download_update"):
        setattr(client, name, noting(name, getattr(client, name)))
    return names


def test_what_there_is_no_room_for_waits_and_the_rest_goes_on(
    world: World, fetched: list[str], has_room: Callable[[int], None]
) -> None:
    alice = world.join("alice")
    bob = world.members[0]
    alice.write("a.txt", "first")
    world.settle()
    has_room(12 * MIB)
    for number in range(200):
        # A little to send, and twenty times what there is room for.
        alice.write(f"b/{number}", "x" * MIB)
    alice.write("a.txt", "second")
    with pytest.raises(
        Paused, match=r"full but for 12\.0 MiB: the update takes 19\d\.0 MiB more, and 2\.0 MiB stay free"
    ):
        world.settle()
    assert bob.read("a.txt") == "second"
    assert len(bob.files()) <= 11 and sum(map(len, bob.files().values())) <= 11 * MIB
    assert not [name for name in bob.files() if name.endswith(".tmp")]
    _tells(bob)
    # What is known not to fit is not fetched again and again, and edits go on.
    before = len(fetched)
    bob.write("own.txt", "own")
    for _ in range(3):
        with pytest.raises(Paused, match="The disk is full but for"):
            bob.work()
        while world.to_centre:
            world.apply()
        while bob.inbox:
            bob.deliver()
    assert len(fetched) == before and "own.txt" in world.published()
    has_room(1024 * MIB)
    world.settle()
    assert bob.files() == alice.files() and len(bob.files()) == 202


def _tells(bob: Member) -> None:
    """Status says what the update needs, and what to do."""
    with pytest.raises(DiskFull) as error:
        bob.pull()
    told = status.describe(bob.local, Pause.of(error.value), "", "")
    assert "Free some space and run `hubshare pull`" in told.paused and len(told.incoming) > 180


def test_a_file_that_is_replaced_takes_only_what_it_grows_and_its_room_beside_it(
    world: World, fetched: list[str], has_room: Callable[[int], None]
) -> None:
    alice = world.join("alice")
    bob = world.members[0]
    for number in range(20):
        alice.write(str(number), f"{number}" * MIB)
    world.settle()
    has_room(6 * MIB)
    for number in range(20):
        alice.write(str(number), f"{number + 1}" * MIB)
    world.settle()
    assert bob.files() == alice.files()


class Sender:
    """Sends a pack and says how large it is, as the service does."""

    def __init__(self, size: int) -> None:
        self.size, self.sent = size, 0

    def download_contents(
        self, project: str, commit: str, paths: list[str], target: BinaryIO, progress: Callable[[int, int], None]
    ) -> None:
        while self.sent < self.size:
            self.sent += target.write(bytes(MIB))
            progress(self.sent, self.size)


def test_what_is_too_large_for_the_disk_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Room, "at", classmethod(lambda cls, folder: cls(10 * MIB, 2 * MIB)))
    sender = Sender(100 * MIB)
    transfers = Transfers(sender, "1" * 32, tmp_path)  # type: ignore[arg-type]
    with pytest.raises(DiskFull, match=r"full but for 10\.0 MiB: the update takes 99\.0 MiB more.*Nothing was fetched"):
        asyncio.run(transfers.contents("1" * 40, ["a"], lambda done, total: None))
    assert sender.sent == MIB and list(tmp_path.iterdir()) == []
