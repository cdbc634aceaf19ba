"""What is left of a folder after a power loss: only what was flushed, under names that were flushed with their folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class PowerLoss:
    """Watches every `fsync` of this process below a folder; what lies there at the beginning counts as flushed.

    It is harder than any real file system: a name is there only if its folder was flushed after it was put there, and a file
    holds what it held when it was flushed last, which is nothing for one that never was. Databases, which flush without
    Python, are taken as they are.

    Args:
        root: the folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        #: Inode to content, and inode of a folder to (name, inode, mode).
        self._contents: dict[int, bytes] = {}
        self._names: dict[int, list[tuple[str, int, int]]] = {}
        for path in (root, *root.rglob("*")):
            self._flushed(path)

    @classmethod
    @contextmanager
    def watching(cls, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PowerLoss]:
        """Watch until the block ends."""
        made, plain = cls(root), os.fsync

        def fsync(handle: int) -> None:
            plain(handle)
            path = Path(os.readlink(f"/proc/self/fd/{handle}"))
            if path == root or root in path.parents:
                made._flushed(path)

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", fsync)
            yield made

    def _flushed(self, path: Path) -> None:
        found = path.stat()
        if not stat.S_ISDIR(found.st_mode):
            self._contents[found.st_ino] = path.read_bytes()
            return
        names = []
        for name in os.listdir(path):
            try:
                item = (path / name).stat()
            except FileNotFoundError:
                continue  # somebody else's draft, which has gone to its place
            names.append((name, item.st_ino, item.st_mode))
        self._names[found.st_ino] = names

    def image(self, to: Path) -> Path:
        """Write down what would be left now."""
        self._write(self.root.stat().st_ino, self.root, to)
        return to

    def _write(self, inode: int, now: Path, to: Path) -> None:
        to.mkdir(parents=True)
        for name, item, mode in self._names.get(inode, []):
            if stat.S_ISDIR(mode):
                self._write(item, now / name, to / name)
            elif ".sqlite" in name:
                if (now / name).exists():
                    (to / name).write_bytes((now / name).read_bytes())
            else:
                (to / name).write_bytes(self._contents.get(item, b""))
                (to / name).chmod(stat.S_IMODE(mode))
