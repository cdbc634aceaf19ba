"""A large file between real processes: neither the agents nor the workers, nor git for them, take more memory for it."""

from __future__ import annotations

import filecmp
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.config import KIB, MIB
from hubshare.embedded.redis import RedisServer
from hubshare.testing.centre import TestCentre, wait_until
from tests.helpers.centre_fixture import Home, Homes
from tests.helpers.git_client import GitUser, tip
from tests.helpers.large_file_story import fill

_SIZE, _MOST_MIB = 40 * MIB, 28
_LIMITS = {"HUBSHARE_MAX_FILE_BYTES": str(1024 * MIB)}


@pytest.fixture(scope="module")
def roomy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestCentre]:
    """A centre that takes large files."""
    folder = tmp_path_factory.mktemp("roomy")
    with RedisServer(folder / "redis") as server, TestCentre(folder / "data", server.url, _LIMITS) as made:
        yield made


@pytest.fixture
def people(roomy: TestCentre, tmp_path: Path) -> Iterator[tuple[Home, Home]]:
    homes = Homes(tmp_path, roomy)
    yield homes("alice"), homes("bob")
    homes.stop()


class Processes:
    """Processes, and how far the memory of each has grown at its peak.

    Args:
        pids: name to id.
    """

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._before = {name: self._status(pid, "VmRSS") for name, pid in pids.items()}
        for pid in pids.values():
            # Forget the highest size so far, see proc(5).
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def grown(self) -> dict[str, float]:
        """Name to MiB."""
        return {name: (self._status(pid, "VmHWM") - self._before[name]) / MIB for name, pid in self._pids.items()}

    @staticmethod
    def _status(pid: int, name: str) -> int:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * KIB for line in lines if line.startswith(f"{name}:"))


def watched(centre: TestCentre, *homes: Home) -> Processes:
    """The worker, the agents, and this process, in which the service runs."""
    assert centre.workers is not None
    agents = {home.user: home.process.pid for home in homes if home.process is not None}
    return Processes({"service": os.getpid(), "worker": centre.workers.pid} | agents)


@pytest.mark.parametrize("kind", ["random", "text"])
def test_a_large_file_is_shared_updated_and_restored(roomy: TestCentre, people: tuple[Home, Home], kind: str) -> None:
    alice, bob = people
    made, _ = alice.share(f"large-{kind}", {"small.txt": "small"}, **{"with": ["bob:writer"]})
    here = bob.checkout(f"alice/large-{kind}", f"large-{kind}")
    for version in ("first", "second"):
        fill(made / "large.bin", _SIZE, kind, version)
        processes = watched(roomy, alice, bob)
        alice.ask("push", folder=str(made))
        bob.ask("pull", folder=str(here))
        _small(processes)
        assert filecmp.cmp(made / "large.bin", here / "large.bin", shallow=False)
    processes = watched(roomy, alice, bob)
    bob.ask("restore", folder=str(here), path="large.bin", version="v2")
    assert not filecmp.cmp(made / "large.bin", here / "large.bin", shallow=False)
    bob.ask("push", folder=str(here))
    alice.ask("pull", folder=str(made))
    _small(processes)
    assert filecmp.cmp(made / "large.bin", here / "large.bin", shallow=False)


def _small(processes: Processes) -> None:
    grown = processes.grown()
    assert {name: mib for name, mib in grown.items() if mib > _MOST_MIB} == {}


def test_a_large_file_is_pushed_by_git_and_checked_out(
    roomy: TestCentre, people: tuple[Home, Home], tmp_path: Path
) -> None:
    alice, _ = people
    olga = GitUser(tmp_path, roomy, "olga")
    project = olga.create(alice="reader")
    clone = olga.clone(project)
    olga.commit(clone, {"small.txt": "small"})
    olga("push", "-q", cwd=clone)
    here = alice.checkout(project, "by-git")
    fill(clone / "large.bin", _SIZE, "random", "by git")
    made = olga.commit(clone, {})
    processes = watched(roomy, alice)
    olga("push", "-q", cwd=clone)
    wait_until(lambda: tip(olga, project) == made, "it is published")
    alice.ask("pull", folder=str(here))
    _small(processes)
    assert filecmp.cmp(clone / "large.bin", here / "large.bin", shallow=False)
