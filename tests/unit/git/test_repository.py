"""A canonical repository stays one that git has nothing to say against, whoever dies while writing it."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hubshare.errors import Unavailable
from hubshare.git.objects import BLOB, Commit, Object
from hubshare.git.repository import MAIN, Repository

DIES = """
import os, sys
from pathlib import Path
from hubshare.errors import Unavailable
from hubshare.git.objects import BLOB, Commit, Object
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
def test_what_a_killed_writer_leaves_is_in_nobodys_way_and_goes_in_time(tmp_path: Path, write: str) -> None:
    repository = Repository.create(tmp_path / "a.git", "alice", 1, "Create")
    before, held = repository.main, set(repository.path.rglob("*"))
    died = subprocess.run([sys.executable, "-c", DIES.format(write=write), str(repository.path)])
    assert died.returncode != 0
    made = set(repository.path.rglob("*")) - held
    left = [path for path in made if path.is_file() and not path.name.startswith("hubshare.lock")]
    assert left and fsck(repository) == ""
    repository.add([Object(BLOB, b"another"), Object(BLOB, b"never again")])
    repository.set_ref("refs/hubshare/kept/x", before)
    assert (fsck(repository), repository.ref(MAIN)) == ("", before)
    repository.maintain()
    assert all(path.exists() for path in left), "somebody may be writing it at this moment"
    for path in left:
        os.utime(path, (1, 1))
    repository.maintain()
    assert not any(path.exists() for path in left)
    assert (fsck(repository), repository.ref(MAIN)) == ("", before)
    repository.close()


def test_several_objects_are_flushed_and_are_there_for_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository.create(tmp_path / "a.git", "alice", 1, "Create")
    objects = [Object(BLOB, b"%d" % number) for number in range(20)]
    flushed: list[int] = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (flushed.append(handle), real(handle)))
    repository.add(objects)
    folders = {item.id[:2] for item in objects}
    assert len(flushed) == len(objects) + len(folders) + 1, "each file, each folder, and the folder of the folders"
    other = Repository(repository.path)
    assert [other.read(item.id) for item in objects] == objects
    flushed.clear()
    repository.add(objects)
    assert len(flushed) == len(folders), "what is there is not written again"
    repository.close()
    other.close()


def test_a_branch_that_is_not_what_is_published_is_put_right(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path / "a.git", "alice", 1, "Create")
    head, branch = repository.main, repository.path / MAIN
    for spoilt in (b"", b"\xff\xfe", b"0" * 40, None):
        branch.unlink() if spoilt is None else branch.write_bytes(spoilt)
        repository.mirror(head)
        assert (repository.main, fsck(repository)) == (head, "")
    repository.close()


def test_a_branch_that_holds_something_else_is_put_right_and_nothing_is_lost(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path / "a.git", "alice", 1, "Create")
    first = repository.main
    tree = repository.commit(first).tree
    commits = [Commit(tree, (first,), "alice", number, "x").encode() for number in (2, 3)]
    later = Commit(tree, (commits[0].id,), "alice", 4, "x").encode()
    repository.add([*commits, later])
    ours, theirs = (commit.id for commit in commits)
    for held, published, left, kept in [
        (first, ours, ours, None),  # behind
        (theirs, ours, ours, theirs),  # beside
        (later.id, ours, later.id, None),  # ahead: the database has gone back
    ]:
        repository.set_ref(MAIN, held)
        repository.mirror(published)
        assert repository.main == left
        assert kept is None or repository.ref(f"refs/hubshare/kept/{kept}") == kept
    assert repository.ahead_of(first) == [ours, later.id] and repository.ahead_of(later.id) == []
    assert repository.ahead_of(theirs) == [] and fsck(repository) == ""
    repository.close()


def test_a_lock_that_is_held_is_waited_for_and_not_for_ever(tmp_path: Path) -> None:
    repository = Repository.create(tmp_path / "a.git", "alice", 1, "Create")
    with repository.lock(), pytest.raises(Unavailable, match="busy"), repository.lock(0.05):
        raise AssertionError("two have the lock")
    with repository.lock(0):
        pass
    repository.close()


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS])
def test_a_file_system_without_locks_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def refused(*_: object) -> None:
        raise OSError(code, "no locks here")

    repository = Repository.create(tmp_path / "a.git", "alice", 1, "Create")
    monkeypatch.setattr(fcntl, "flock", refused)
    with repository.lock(), repository.lock():
        repository.add([Object(BLOB, b"x")])
    repository.close()


def test_a_repository_that_a_killed_process_had_begun_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.git"
    (path / "objects").mkdir(parents=True)
    repository = Repository.create(path, "alice", 1, "Create")
    again = Repository.create(path, "bob", 2, "Create")
    assert repository.main == again.main and fsck(again) == ""
    assert [found.name for found in tmp_path.glob("*.new")] == []
    repository.close()
    again.close()
