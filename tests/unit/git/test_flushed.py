"""What a repository or an upload is said to hold is there after a power loss."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubshare.git.objects import BLOB, TREE, Commit, Object, write_tree
from hubshare.git.packs import Pack, pack_of
from hubshare.git.repack import PACKS_MOST, STAYS_SECONDS
from hubshare.git.repository import MAIN, Repository
from hubshare.sync.trees import FILE
from hubshare.uploads import Uploads
from tests.helpers.power_image import PowerLoss

#: A pack of more objects than this stays one.
IN_PACK = 40


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    made = Repository.create(tmp_path / "a.git", "alice", 1, "Create")
    yield made
    made.close()


def pushed(repository: Repository, number: int, files: int) -> list[Object]:
    """The objects of a push of so many new files."""
    blobs = [Object(BLOB, b"push %d, file %d" % (number, at)) for at in range(files)]
    tree = Object(TREE, write_tree({f"{at}.txt": (FILE, blob.id) for at, blob in enumerate(blobs)}))
    return [*blobs, tree, Commit(tree.id, (repository.main,), "alice", number, "Push").encode()]


def sound(image: Path) -> bool:
    """Whether what the power loss has left holds all that its refs lead to."""
    command = ["git", "-c", "safe.directory=*", "fsck", "--strict", "--full", "--no-dangling"]
    found = subprocess.run(command, cwd=image, capture_output=True, text=True)
    return found.returncode == 0 and not found.stderr


@pytest.mark.parametrize("files", [3, IN_PACK])
def test_what_came_by_git_is_on_disk_when_it_was_taken_in(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    items = pushed(repository, 1, files)
    given = Repository.create(tmp_path / "quarantine.git", "alice", 1, "Create")
    given.add(items)
    names = "".join(f"{item.id}\n" for item in items).encode()
    packing = ["git", "-c", "safe.directory=*", "pack-objects", "-q", str(tmp_path / "accepted")]
    name = subprocess.run(packing, cwd=given.path, input=names, capture_output=True, check=True).stdout.decode().strip()
    with PowerLoss.watching(repository.path, monkeypatch) as power:
        repository.install_files(tmp_path / f"accepted-{name}.pack", [item.id for item in items], given)
        repository.set_ref(MAIN, items[-1].id)
        image = power.image(tmp_path / "image")
    found = Repository(image)
    assert found.main == items[-1].id and [found.read(item.id) for item in items] == items
    assert sound(image)
    found.close()
    given.close()


@pytest.mark.parametrize("packer", ["git", "no git"])
def test_what_was_put_together_is_on_disk_before_the_packs_go_that_it_was_made_of(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packer: str
) -> None:
    if packer == "no git":
        monkeypatch.setattr(shutil, "which", lambda name: None)
    items = list[Object]()
    for number in range(PACKS_MOST + 2):
        items += pushed(repository, number, IN_PACK)
        repository.install(Pack(pack_of(items[-IN_PACK - 2 :]), None))
        repository.set_ref(MAIN, items[-1].id)
    with PowerLoss.watching(repository.path, monkeypatch) as power:
        repository.maintain(1e9)
        repository.maintain(1e9 + STAYS_SECONDS + 60)
        image = power.image(tmp_path / "image")
    left = {path.name for path in (repository.path / "objects" / "pack").iterdir()}
    for path in (image / "objects" / "pack").iterdir():
        # What was deleted may be gone from the disk before anything that was not flushed has come to it.
        if path.name not in left:
            path.unlink()
    found = Repository(image)
    assert all(found._objects.read(item.id) == item for item in items)
    assert len(left) < 2 * PACKS_MOST and sound(image)
    found.close()


def test_an_upload_that_is_finished_is_whole_after_a_power_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, name, content = tmp_path / "uploads", "a" * 32, os.urandom(10_000)
    folder.mkdir()
    uploads = Uploads(folder, 1 << 20)
    with PowerLoss.watching(folder, monkeypatch) as power:
        uploads.append("alice", name, 0, content[:6000])
        uploads.append("alice", name, 6000, content[6000:])
        uploads.finish("alice", name)
        image = power.image(tmp_path / "image")
    left = Uploads(image, 1 << 20)
    assert left.complete("alice", name) and left.path("alice", name).read_bytes() == content
