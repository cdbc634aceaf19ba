"""Contents that are on this disk already: of files with another name, and of kept versions. What is here is not fetched."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import uuid4

from hubshare.git.objects import BLOB, Object, start_id
from hubshare_agents.checkout.disk import Disk
from hubshare_agents.checkout.index import CheckoutIndex

_CHUNK = 256 * 1024


class LocalContents:
    """Copies of contents, found by their ids and checked against them; used as a pack is.

    Args:
        folder: for the copies, which go with `close`.
        kept: the folder of kept versions.
        index, disk: of the checkout.
        wanted: ids.
    """

    def __init__(self, folder: Path, kept: Path, index: CheckoutIndex, disk: Disk, wanted: Iterable[str]) -> None:
        self._folder, self._kept, self._index, self._disk = folder, kept, index, disk
        self._copies: dict[str, Path] = {}
        try:
            for name in wanted:
                if name not in self._copies and (copy := self._find(name)) is not None:
                    self._copies[name] = copy
        except BaseException:
            self.close()
            raise

    def __contains__(self, name: str) -> bool:
        return name in self._copies

    def size(self, name: str) -> int:
        """Return how many bytes one content has."""
        return self._copies[name].stat().st_size

    def read(self, name: str) -> Object:
        """Return one content."""
        return Object(BLOB, self._copies[name].read_bytes())

    def stream(self, name: str) -> Iterator[bytes]:
        """Give one content in pieces."""
        with self._copies[name].open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece

    def close(self) -> None:
        """Remove the copies."""
        for copy in self._copies.values():
            copy.unlink(missing_ok=True)
        self._copies.clear()

    def _find(self, name: str) -> Path | None:
        copy = self._folder / f"{uuid4().hex}.in"
        try:
            if (self._kept / name).is_file() and _id_of(self._kept / name) == name:
                os.link(self._kept / name, copy)
                return copy
            for path, mode in self._index.holding(name):
                if self._disk.copy_out(path, mode, copy) == name:
                    return copy
        except OSError:
            # Gone meanwhile, or no room: it is fetched.
            pass
        copy.unlink(missing_ok=True)
        return None


def _id_of(file: Path) -> str:
    digest = start_id(BLOB, file.stat().st_size)
    with file.open("rb") as content:
        while piece := content.read(_CHUNK):
            digest.update(piece)
    return digest.hexdigest()
