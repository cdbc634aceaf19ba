"""The stash: contents that were replaced in a checkout and exist nowhere else, until they are old."""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from hubshare.sync.trees import Entry
from hubshare_agents.checkout.aging import KEPT_LEAST, STEP_EVERY_SECONDS, next_time
from hubshare_agents.checkout.disk import Disk
from hubshare_agents.checkout.flushing import flush_content, flush_folder_at
from hubshare_agents.checkout.index import CheckoutIndex, Kept
from hubshare_agents.checkout.reading import blob_id

#: Why a version was kept.
WRITTEN_LATER = "written by a program after the file had been replaced"
CUT_SHORT = "left by an operation that was cut short"

_CHUNK = 256 * 1024


class Stash:
    """The folder of kept contents, named by their blob ids; the index says which path each belonged to.

    Args:
        folder: where they lie.
        index: of the checkout.
        disk: the checkout's folder.
    """

    def __init__(self, folder: Path, index: CheckoutIndex, disk: Disk) -> None:
        self._folder, self._index, self._disk = folder, index, disk
        self._looked = time.monotonic()

    def put(self, path: str, entry: Entry, why: str) -> None:
        """Copy what lies at a path, flushed to disk, before it is given up there.

        Args:
            path: in the checkout.
            entry: what was last seen there; what is kept is what is there now.
            why: in words for the person.
        """
        temporary = self._folder / uuid4().hex
        name = self._disk.copy_out(path, entry.mode, temporary)
        self._keep(temporary, path, Entry(entry.mode, name), why)

    def take(self, handle: int, path: str, mode: int, why: str) -> None:
        """Copy the content of an open file, flushed to disk, before it is given up.

        Args:
            handle: a descriptor.
            path: where in the checkout it belongs.
            mode: git's.
            why: in words for the person.
        """
        temporary = self._folder / uuid4().hex
        os.lseek(handle, 0, os.SEEK_SET)
        with temporary.open("wb") as copy:
            while piece := os.read(handle, _CHUNK):
                copy.write(piece)
            copy.flush()
            flush_content(copy.fileno())
        self._keep(temporary, path, Entry(mode, blob_id(temporary)), why)

    def _keep(self, temporary: Path, path: str, entry: Entry, why: str) -> None:
        """Keep a flushed file under its name; that, and which path it belongs to, is on disk when this ends."""
        temporary.replace(self._folder / entry.id)
        flush_folder_at(self._folder)
        with self._index.transaction(durable=True):
            self._index.add_kept(path, entry, None, time.time(), why)

    def stream(self, kept: Kept) -> Generator[bytes]:
        """The content of a kept version, in pieces.

        Raises:
            OSError: when it cannot be read; nothing has been given then.
        """
        return _pieces((self._folder / kept.entry.id).open("rb"))

    def forget(self, days: int, centre: float | None) -> None:
        """Forget now and then what was kept for longer than this, but never the newest ones.

        Args:
            centre: what the centre's clock says, in seconds since 1970; None while that is not known.
        """
        if time.monotonic() - self._looked < STEP_EVERY_SECONDS:
            return
        self._looked = time.monotonic()
        reached = next_time(self._index.aged(), time.time(), centre)
        if reached is None:
            return
        self._index.age(reached)
        for name in self._index.forget_kept(reached - days * 86_400, KEPT_LEAST):
            (self._folder / name).unlink(missing_ok=True)


def _pieces(content: BinaryIO) -> Generator[bytes]:
    with content:
        while piece := content.read(_CHUNK):
            yield piece
