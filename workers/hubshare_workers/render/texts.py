"""Bytes as text: by their mark, as UTF-16 by its zeros, as UTF-8, else as Windows-1252, which takes all but a few bytes."""

from __future__ import annotations

import codecs

from hubshare.rendering.kinds import wide_encoding

_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


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
        return data.decode("cp1252", "replace"), "windows-1252"


def whole_lines(text: str) -> str:
    """A text that was cut off, without its last line, which may be cut as well."""
    return text[: text.rfind("\n") + 1] or text
