"""Large files are kept whole, however git sends them: a difference is put together in as much memory as both its sides."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

from hubshare.config import MIB, Limits
from hubshare.git.pktline import NOTHING
from hubshare.git.quarantine import Quarantine
from hubshare.git.repository import Repository


def git(folder: Path, *args: str) -> str:
    who = ("-c", "user.name=olga", "-c", "user.email=olga@hubshare")
    return subprocess.run(["git", *who, *args], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def differences(repository: Path) -> list[int]:
    """The sizes of the files that a repository keeps as differences from others."""
    form = "--batch-check=%(objecttype) %(objectsize) %(deltabase)"
    lines = git(repository, "cat-file", "--batch-all-objects", form).splitlines()
    found = [line.split() for line in lines]
    return [int(size) for kind, size, base in found if kind == "blob" and base != NOTHING]


def test_large_files_are_kept_whole_and_small_ones_as_they_come(tmp_path: Path) -> None:
    project = Repository.create(tmp_path / "r.git", "olga", 1, "Create olga/x")
    git(tmp_path, "clone", "-q", str(project.path), "clone")
    clone = tmp_path / "clone"
    text = "".join(random.Random(4).choices("abcdefghijklmnop", k=6 * MIB))
    for end in ("", "end"):
        (clone / "large.txt").write_text(text + end)
        (clone / "small.txt").write_text(text[:9000] + end)
        git(clone, "add", "-A")
        git(clone, "commit", "-q", "-m", "Edit")
    git(clone, "repack", "-q", "-a", "-d", "-f")
    sent = differences(clone)
    assert len(sent) == 2 and max(sent) > 6 * MIB - 1, "git does not send differences"
    (pack,) = (clone / ".git/objects/pack").glob("*.pack")
    pushed = tmp_path / "q" / "push.pack"
    pushed.parent.mkdir()
    pushed.write_bytes(pack.read_bytes())
    tip, old = git(clone, "rev-parse", "HEAD"), project.main
    with Quarantine.around(pushed, project, Limits()) as quarantine:
        assert quarantine.new_commits(old, tip)
        accepted = quarantine.pack(old, tip)
        assert accepted.size > 2 * 3 * MIB, "both packs count"
        accepted.install(project)
    found = differences(project.path)
    assert len(found) == 1 and max(found) < 10_000
    assert git(project.path, "cat-file", "blob", f"{tip}:large.txt") == text + "end"
    assert git(project.path, "cat-file", "blob", f"{tip}~1:large.txt") == text
    assert git(project.path, "fsck", "--strict", "--no-dangling") == ""
    project.close()
