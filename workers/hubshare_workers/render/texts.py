"""Bytes as text: by their mark, as UTF-16 by its zeros, as UTF-8, else as what they seem to be in."""

from __future__ import annotations

import codecs

from hubshare.rendering.encodings import WESTERN, guessed, note
from hubshare.rendering.kinds import WIDE_MARKS, wide_encoding

_MARKS = {codecs.BOM_UTF8: "utf-8"} | WIDE_MARKS


def text_of(data: bytes, *, cut: bool = False) -> tuple[str, str]:
    """The text, and the encoding that it was read in.

    Args:
        data: the bytes.
        cut: whether they are the beginning of more, so that the last character may be broken.
    """
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), encoding
    if encoding := wide_encoding(data):
        return data.decode(encoding, "replace"), encoding
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(data, final=not cut), "utf-8"
    except UnicodeDecodeError:
        encoding = guessed(data)
        coding = "cp1252" if encoding == WESTERN else encoding
        return codecs.getincrementaldecoder(coding)("replace").decode(data, final=not cut), encoding


def said_of(encoding: str) -> str:
    """A note for the page on how a file was read, as HTML; "" where that is certain."""
    said = note(encoding)
    return f'<p class="hs-note">{said}</p>' if said else ""


def whole_lines(text: str) -> str:
    """A text that was cut off, without its last line, which may be cut as well."""
    return text[: text.rfind("\n") + 1] or text
