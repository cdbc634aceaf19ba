"""Room on the disk: what could wait is refused before the disk is full, so that what is published still fits."""

from __future__ import annotations

import shutil
from pathlib import Path

from hubshare.config import MIB
from hubshare.errors import Unavailable

#: So much stays free, in bytes, or this part of the disk if that is less.
_FREE_BYTES, _FREE_PART = 1024 * MIB, 0.02


def check_room(folder: Path, more: int = 0) -> None:
    """Look whether a folder's disk has room for something that may be refused.

    Args:
        more: bytes that are about to be written.

    Raises:
        Unavailable: when too little would be left.
    """
    total, _, free = shutil.disk_usage(folder)
    if free - more < min(_FREE_BYTES, int(total * _FREE_PART)):
        raise Unavailable(
            "The disk of this Hub is almost full, so it takes in nothing large: tell an admin of the Hub, and try again later. "
            "Nothing is lost."
        )
