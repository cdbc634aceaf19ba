"""Which folder is another checkout's: by what it is recognised, wherever it lies, and by nothing that any other folder has."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hubshare_agents.checkout.index import Seen
from hubshare_agents.checkout.neighbours import Neighbour, Neighbours
from hubshare_agents.checkout.places import identity_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "private"
    for name in ("a.txt", "b.txt", "in/c.txt", "in/d.txt"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(name)
        os.utime(made / name, ns=(10**18, 10**18))
    return made


def _neighbour(root: Path, known: bool = True) -> Neighbour:
    """The checkout of a folder as it is now, or one whose folder was never sure."""
    files = {}
    for path in root.rglob("*.txt"):
        found = path.stat()
        files[path.relative_to(root).as_posix()] = Seen(
            found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
        )
    identity = identity_of(root)
    assert identity is not None

    def has(name: str) -> bool:
        return any(path == name or path.startswith(f"{name}/") for path in files)

    return Neighbour(
        "erin/private",
        root,
        frozenset({identity} if known else ()),
        lambda: files,
        lambda: files.items(),
        has,
        files.get,
    )


def _is_its(one: Neighbour, folder: Path, new: bool = True) -> bool:
    identity = identity_of(folder)
    assert identity is not None
    return Neighbours([one]).reason(folder, identity, new) != ""


def test_a_folder_that_was_moved_is_known_by_itself(root: Path, tmp_path: Path) -> None:
    one, moved = _neighbour(root), tmp_path / "moved"
    root.rename(moved)
    assert _is_its(one, moved) and _is_its(one, moved, new=False)
    root.mkdir()
    assert _is_its(one, moved), "also when another one is in its place"
    for path in moved.rglob("*.txt"):
        path.write_text("edited since")
    assert _is_its(one, moved)


def test_a_folder_by_another_name_of_its_place_is_known(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert _is_its(_neighbour(root), tmp_path / "link")


def test_a_number_that_was_used_again_is_not_taken_for_it(root: Path, tmp_path: Path) -> None:
    one, other = _neighbour(root), tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("m")
    shutil.rmtree(root)
    identity = identity_of(other)
    assert identity is not None
    assert not _is_its(one._replace(identities=frozenset({identity})), other)


def test_a_copy_is_it_only_when_it_is_gone_from_its_place(root: Path, tmp_path: Path) -> None:
    one, copy = _neighbour(root), tmp_path / "copy"
    shutil.copytree(root, copy)
    assert not _is_its(one, copy)
    shutil.rmtree(root)
    assert _is_its(one, copy) and not _is_its(one, copy, new=False)
    (copy / "a.txt").write_text("edited")
    (copy / "b.txt").unlink()
    assert _is_its(one, copy), "most of it is there"
    (copy / "in/c.txt").unlink()
    assert not _is_its(one, copy)


@pytest.mark.parametrize("stamp", [10**18 + 5 * 10**9, 10**18 + 10**8 + 1])
def test_a_folder_with_files_of_the_same_names_from_another_time_is_not_it(
    root: Path, tmp_path: Path, stamp: int
) -> None:
    one, other = _neighbour(root), tmp_path / "other"
    shutil.copytree(root, other)
    for path in other.rglob("*.txt"):
        os.utime(path, ns=(stamp, stamp))
    shutil.rmtree(root)
    assert not _is_its(one, other)


@pytest.mark.parametrize("exact", [1_000, 10**9])
def test_a_copy_on_a_disk_with_less_exact_times_is_known(root: Path, tmp_path: Path, exact: int) -> None:
    for path in root.rglob("*.txt"):
        os.utime(path, ns=(10**18 + 123_456_789,) * 2)
    one, copy = _neighbour(root), tmp_path / "copy"
    shutil.copytree(root, copy)
    for path in copy.rglob("*.txt"):
        stamp = path.stat().st_mtime_ns // exact * exact
        os.utime(path, ns=(stamp, stamp))
    shutil.rmtree(root)
    assert _is_its(one, copy)


def _copied(one: Neighbour, folder: Path) -> Callable[[str], tuple[Neighbour, str] | None]:
    return lambda path: Neighbours([one]).copied(path, (folder / path).stat())


def test_a_copied_file_tells_where_its_checkout_is_copied_to(root: Path, tmp_path: Path) -> None:
    one, public = _neighbour(root), tmp_path / "public"
    shutil.copytree(root, public / "deep/t1")
    copied = _copied(one, public)
    assert copied("deep/t1/in/c.txt") == (one, "deep/t1") and copied("deep/t1/a.txt") == (one, "deep/t1")
    (public / "deep/t1/a.txt").write_text("another")
    assert copied("deep/t1/a.txt") is None


def test_a_file_that_was_moved_by_itself_is_no_copy(root: Path, tmp_path: Path) -> None:
    one, public = _neighbour(root), tmp_path / "public"
    (public / "given").mkdir(parents=True)
    (root / "a.txt").rename(public / "given/a.txt")
    assert _copied(one, public)("given/a.txt") is None
