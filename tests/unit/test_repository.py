"""A canonical repository stays one that git has nothing to say against, whoever dies while writing it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hubshare.git.objects import BLOB, Object
from hubshare.git.repository import MAIN, Repository

DIES = """
import os, sys
from pathlib import Path
from hubshare.git.objects import BLOB, Object
from hubshare.git.repository import Repository
repository = Repository(Path(sys.argv[1]))
with repository.lock():
    os.fsync = os._exit
    {write}
"""


def fsck(repository: Repository) -> str:
    """What `git fsck` says against it."""
    command = ["git", "-c", "safe.directory=*", "fsck", "--strict", "--full", "--no-dangling"]
    return subprocess.run(command, cwd=repository.path, capture_output=True, text=True).stderr


@pytest.mark.parametrize(
    "write",
    ['repository.add([Object(BLOB, b"never again")])', 'repository.set_ref("refs/hubshare/kept/x", repository.main)'],
)
def test_what_a_killed_writer_left_is_gone_with_the_next_one(tmp_path: Path, write: str) -> None:
    repository = Repository.create(tmp_path / "a.git", "alice", 1, "Create")
    before = repository.main
    died = subprocess.run([sys.executable, "-c", DIES.format(write=write), str(repository.path)])
    assert died.returncode != 0 and list(repository.path.rglob("*.lock")) != [repository.path / "hubshare.lock"]
    with repository.lock():
        assert list(repository.path.rglob("*.lock")) == [repository.path / "hubshare.lock"]
        repository.add([Object(BLOB, b"another")])
    assert (fsck(repository), repository.ref(MAIN)) == ("", before)
    with repository.lock():
        pass
    assert (repository.path / "hubshare.lock").read_bytes() == b""
    repository.close()
