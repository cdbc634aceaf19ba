"""Uploads: large packs on their way in. Resumable: an upload continues at the byte where it broke off."""

from __future__ import annotations

import os
import re
from pathlib import Path

from hubshare.errors import Clash, NotFound, TooLarge
from hubshare.names import key_part


class Uploads:
    """The uploads of all users, one file each; an upload is its user's alone.

    Args:
        folder: where they lie until they are applied.
        most: largest upload in bytes.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = folder, most

    def path(self, user: str, name: str) -> Path:
        """Where an upload lies."""
        if not re.fullmatch(r"[0-9a-f]{32}", name):
            raise NotFound("There is no such upload.")
        return self._folder / key_part(user) / name

    def size(self, user: str, name: str) -> int:
        """How many bytes have arrived; 0 for one that has not begun."""
        path = self.path(user, name)
        return path.stat().st_size if path.exists() else 0

    def append(self, user: str, name: str, offset: int, piece: bytes) -> int:
        """Add a piece at `offset`; return the size after it.

        Raises:
            Clash: when the upload has another size than `offset`; ask for it and go on from there.
            TooLarge: over the limit.
        """
        path = self.path(user, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if offset + len(piece) > self._most:
            raise TooLarge(f"An upload has at most {self._most:,} bytes: push fewer or smaller files at once.")
        with path.open("ab") as file:
            if file.tell() != offset:
                raise Clash(f"The upload holds {file.tell():,} bytes, not {offset:,}: go on from there.")
            file.write(piece)
            return file.tell()

    def finish(self, user: str, name: str) -> None:
        """Flush an upload to disk."""
        handle = os.open(self.path(user, name), os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
