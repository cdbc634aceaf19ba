"""Files that are not shown: what they are, by their first bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hubshare.rendering.kinds import image_type
from hubshare.rendering.results import RenderResult

_FIRST_BYTES = (
    (b"\x89HDF\r\n\x1a\n", "HDF5 data"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"PK\x03\x04", "a ZIP archive, or a document in one"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"BZh", "bzip2-compressed data"),
    (b"\xfd7zXZ\x00", "xz-compressed data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard-compressed data"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet table"),
    (b"ARROW1", "an Arrow table"),
    (b"\x7fELF", "a program or library for Linux"),
    (b"MZ", "a program for Windows"),
    (b"\x80\x02", "pickled Python objects"),
    (b"\x80\x04", "pickled Python objects"),
    (b"\x80\x05", "pickled Python objects"),
    (b"CDF\x01", "netCDF data"),
    (b"CDF\x02", "netCDF data"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"BM", "a bitmap image"),
    (b"OggS", "Ogg audio or video"),
    (b"ID3", "MP3 audio"),
    (b"fLaC", "FLAC audio"),
    (b"\x1aE\xdf\xa3", "Matroska or WebM video"),
    (b"%PDF-", "a PDF document"),
    (b"wOF2", "a font"),
)


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """What a file is. Meta: `what`, in words."""
    what = what_is(inputs[0])
    return RenderResult({"what": what}, f'<p class="hs-note">This file is {what}; it can be downloaded.</p>')


def what_is(head: bytes) -> str:
    """What a file is, in words that follow "is"."""
    if not head:
        return "empty"
    if head[4:8] == b"ftyp":
        return "MP4 video or audio"
    if head[257:262] == b"ustar":
        return "a tar archive"
    if media_type := image_type(head):
        return f"an image ({media_type})"
    return next((what for first, what in _FIRST_BYTES if head.startswith(first)), "binary data")
