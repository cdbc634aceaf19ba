"""Zips as people and their enemies make them."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping

#: What Unix notes of a file: its kind and mode.
LINK, FIFO, PROGRAM = stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o644, stat.S_IFREG | 0o755


def zipped(
    files: Mapping[str, bytes], modes: Mapping[str, int] | None = None, how: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A zip of some files.

    Args:
        modes: name to the mode that Unix notes; those that are not here say nothing.
        how: method of compression.
    """
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", how) as made:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = how
            # 3 is Unix, 0 what does not know modes.
            info.create_system = 3 if modes else 0
            info.external_attr = (modes or {}).get(name, 0) << 16
            made.writestr(info, content)
    return target.getvalue()


def patched(data: bytes, old: bytes, new: bytes, times: int = -1) -> bytes:
    """A zip in which some bytes are others, as no program writes it."""
    assert len(old) == len(new) and old in data
    return data.replace(old, new, times)


def directory_of(data: bytes) -> int:
    """Where the directory of a zip begins."""
    return data.index(b"PK\1\2")


def with_field(data: bytes, field: int, value: bytes) -> bytes:
    """A zip whose directory says something else of its first file.

    Args:
        field: where that stands in an entry of the directory (APPNOTE 4.3.12).
    """
    at = directory_of(data) + field
    return data[:at] + value + data[at + len(value) :]
