"""As what kind a file is shown."""

from __future__ import annotations

import codecs
import posixpath
import re
from enum import StrEnum

from hubshare.config import KIB, MIB


class Kind(StrEnum):
    """What a file is shown as; the value is stable.

    All give a sanitised fragment for a page of ours, but `LIVE`: the whole notebook with its scripts, a document that
    must never be served but under `SANDBOX_CSP`.
    """

    NOTEBOOK = "notebook"
    LIVE = "live"
    MARKDOWN = "markdown"
    CODE = "code"
    TABLE = "table"
    JSON = "json"
    IMAGE = "image"
    PDF = "pdf"
    MEDIA = "media"
    ARCHIVE = "archive"
    BINARY = "binary"
    NOTEBOOK_DIFFERENCE = "notebook-difference"
    TEXT_DIFFERENCE = "text-difference"
    TABLE_DIFFERENCE = "table-difference"
    CONFLICT = "conflict"


#: Largest input in bytes that is rendered; the others look at the beginning only.
LARGEST = {
    Kind.NOTEBOOK: 256 * MIB,
    Kind.LIVE: 32 * MIB,
    Kind.MARKDOWN: 1 * MIB,
    Kind.JSON: 2 * MIB,
    Kind.NOTEBOOK_DIFFERENCE: 32 * MIB,
    Kind.TEXT_DIFFERENCE: 8 * MIB,
    Kind.TABLE_DIFFERENCE: 8 * MIB,
    Kind.CONFLICT: 1 * MIB,
}

#: How much is looked at to know in which encoding a file is.
_LOOKED_AT = 4 * KIB
#: Which share of the second bytes is zero then.
_MOSTLY = 0.75
_CONTROL = re.compile(r"[^\t\n\f\r\x1b -~\xa0-\U0010ffff]")

#: How much of the others is read.
BEGINNING = {
    Kind.CODE: 512 * KIB,
    Kind.TABLE: 512 * MIB,
    Kind.IMAGE: 64 * KIB,
    Kind.PDF: 1 * KIB,
    Kind.MEDIA: 1 * KIB,
    Kind.ARCHIVE: 512 * MIB,
    Kind.BINARY: 128 * KIB,
}

#: What is read piece by piece, and handed over in pieces.
PIECE_BY_PIECE = (Kind.NOTEBOOK, Kind.TABLE, Kind.ARCHIVE)

#: What is no text.
NO_TEXT = frozenset({Kind.IMAGE, Kind.PDF, Kind.MEDIA, Kind.ARCHIVE, Kind.BINARY})

_BY_SUFFIX = {
    ".ipynb": Kind.NOTEBOOK,
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".qmd": Kind.MARKDOWN,
    ".rmd": Kind.MARKDOWN,
    ".csv": Kind.TABLE,
    ".tsv": Kind.TABLE,
    ".parquet": Kind.TABLE,
    ".json": Kind.JSON,
    ".geojson": Kind.JSON,
    ".jsonl": Kind.JSON,
    ".ndjson": Kind.JSON,
    ".png": Kind.IMAGE,
    ".jpg": Kind.IMAGE,
    ".jpeg": Kind.IMAGE,
    ".gif": Kind.IMAGE,
    ".webp": Kind.IMAGE,
    ".svg": Kind.IMAGE,
    ".avif": Kind.IMAGE,
    ".bmp": Kind.IMAGE,
    ".ico": Kind.IMAGE,
    ".pdf": Kind.PDF,
}

#: What the first bytes of an image must be, and what a browser is told that it is.
IMAGES = {
    "image/png": rb"\x89PNG\r\n\x1a\n",
    "image/jpeg": rb"\xff\xd8\xff",
    "image/gif": rb"GIF8[79]a",
    "image/webp": rb"RIFF....WEBP",
    "image/avif": rb"....ftypavi[fs]",
    "image/bmp": rb"BM....\x00\x00\x00\x00",
    "image/x-icon": rb"\x00\x00\x01\x00[^\x00]\x00",
    # What comes before is matched once, and in one way only: an answer takes no longer for all that may be repeated there.
    "image/svg+xml": rb"(?:\xef\xbb\xbf)?(?>\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*+)?>)*+<(?:[\w.-]+:)?svg\b",
}

PARQUET = b"PAR1"

#: What text begins with that is in so wide an encoding. The longer come first, they begin like others.
WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}

#: What the first bytes of a recording must be, and what a browser is told that it is.
_RECORDINGS = {
    "audio/mp4": rb"....ftypM4[AB] ",
    "video/mp4": rb"....ftyp(?:isom|iso[2-9]|mp4[12]|avc1|M4V |qt  |dash|MSNV|3gp[4-7]|f4v )",
    "video/webm": rb"\x1aE\xdf\xa3.{1,60}webm",
    "video/ogg": rb"OggS.{20,80}\x80theora",
    "audio/ogg": rb"OggS",
    "audio/mpeg": rb"ID3[\x02-\x04]",
    "audio/flac": rb"fLaC",
    "audio/wav": rb"RIFF....WAVE",
}
#: Without anything before it: by the name as well, since many a file begins like this.
_MP3 = rb"\xff[\xe2-\xff][\x10-\xef]"

#: Documents, of which nobody wants to know that they are archives.
_DOCUMENTS = (".docx", ".xlsx", ".xlsm", ".pptx", ".odt", ".ods", ".odp", ".epub")
_TARS = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz")
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")


def kind_of(name: str, size: int, head: bytes) -> Kind:
    """What a file is best shown as.

    Args:
        name: of the file; only its suffix counts.
        size: in bytes.
        head: its first bytes, 4 KiB or all.
    """
    kind = _BY_SUFFIX.get(posixpath.splitext(name.lower())[1])
    if kind == Kind.IMAGE and image_type(head) is None:
        kind = None
    if kind == Kind.PDF and not head.startswith(b"%PDF-"):
        kind = None
    if kind in (Kind.MARKDOWN, Kind.JSON, Kind.TABLE):
        parquet = name.lower().endswith(".parquet")
        # What is read from its end cannot be cut.
        as_named = head.startswith(PARQUET) and size <= BEGINNING[Kind.TABLE] if parquet else _is_text(head)
        if size > LARGEST.get(kind, size) or not as_named:
            kind = None
    if kind is None:
        kind = Kind.CODE if _is_text(head) else Kind.IMAGE if image_type(head) else _without_text(name, size, head)
    return kind


def _without_text(name: str, size: int, head: bytes) -> Kind:
    name = name.lower()
    if media_type(name, head):
        return Kind.MEDIA
    is_zip = head.startswith((b"PK\3\4", b"PK\5\6")) and not name.endswith(_DOCUMENTS)
    is_tar = head[257:262] == b"ustar" or (name.endswith(_TARS) and head.startswith(_COMPRESSED))
    # What is read from its end cannot be cut.
    return Kind.ARCHIVE if is_tar or (is_zip and size <= BEGINNING[Kind.ARCHIVE]) else Kind.BINARY


def media_type(name: str, head: bytes) -> str | None:
    """The media type of a recording that browsers play.

    Args:
        name: of the file.
        head: its first bytes.
    """
    if name.lower().endswith(".mp3") and re.match(_MP3, head, re.DOTALL):
        return "audio/mpeg"
    return next((kind for kind, first in _RECORDINGS.items() if re.match(first, head, re.DOTALL)), None)


def image_type(head: bytes) -> str | None:
    """The media type of an image that browsers show, by its first bytes."""
    if encoding := wide_encoding(head):
        head = head.decode(encoding, "ignore").removeprefix("\ufeff").encode()
    return next((name for name, first in IMAGES.items() if re.match(first, head, re.DOTALL)), None)


def wide_encoding(head: bytes) -> str:
    """Return the encoding of text in two or four bytes a character, such as `utf-16-le` or `utf-32-be`; "" where it is none.

    Known by its mark; without one, in two bytes, by zeros in nearly every second byte and hardly any other, as in mostly
    Latin text.

    Args:
        head: the first bytes of a file, 4 KiB or all.
    """
    head = bytes(head[:_LOOKED_AT])
    for mark, encoding in WIDE_MARKS.items():
        if head.startswith(mark):
            return encoding
    for encoding, high, low in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if len(high) > 1 and low.count(0) <= len(low) // 10 and high.count(0) >= len(high) * _MOSTLY:
            try:
                text = codecs.getincrementaldecoder(encoding)().decode(head)
            except UnicodeDecodeError:
                continue
            # Numbers of two bytes look alike, but for what they would say.
            if not _CONTROL.search(text):
                return encoding
    return ""


def _is_text(head: bytes) -> bool:
    if wide_encoding(head):
        return True
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b\b" for byte in head)
    return b"\0" not in head and controls <= len(head) // 50
