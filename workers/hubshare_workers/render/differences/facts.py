"""What two versions of a text differ in besides their lines: encoding, line ends, the end of the last line."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator, Sequence

from hubshare.rendering.encodings import NAMES
from hubshare_workers.render.differences.lines import Line
from hubshare_workers.render.differences.unseen import changed, seen
from hubshare_workers.render.texts import text_of

#: Of a value so many characters are told.
MOST_VALUE = 120
_CALLED = {"LF": "LF (Unix)", "CRLF": "CRLF (Windows)", "CR": "CR (old Mac)"}


def differing(inputs: Sequence[bytes], lines: Sequence[Sequence[Line]]) -> Iterator[str]:
    """What differs, as HTML notes; nothing where one of the two is no file.

    Args:
        inputs: both versions.
        lines: of each.
    """
    if not all(inputs):
        return
    asked = (
        ("Encoding", [_encoding(data) for data in inputs]),
        ("Line ends", [_ends(side) for side in lines]),
        ("Line end at the end of the file", ["yes" if side and side[-1].ends else "no" for side in lines]),
    )
    for name, (before, after) in asked:
        if before != after:
            yield fact(name, before, after)


def fact(name: str, before: str, after: str) -> str:
    """One thing that was something else before, as HTML."""
    old, new = changed(before, after, MOST_VALUE)
    return f'<p class="hs-note hs-fact"><span>{seen(name)}:</span> {old} → {new}</p>'


def note(text: str) -> str:
    """A sentence, as HTML."""
    return f'<p class="hs-note">{seen(text)}</p>'


def _encoding(data: bytes) -> str:
    name = text_of(data)[1]
    # The mark is usual in UTF-16, and unusual in UTF-8.
    if name == "utf-8" and data.startswith(codecs.BOM_UTF8):
        return NAMES[name] + " with byte order mark"
    if name.startswith("utf-16") and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return NAMES[name] + " without byte order mark"
    return NAMES[name]


def _ends(lines: Sequence[Line]) -> str:
    found = Counter(line.ends for line in lines if line.ends)
    if len(found) == 1:
        return _CALLED[next(iter(found))]
    return ", ".join(f"{_CALLED[name]} in {number:,}" for name, number in sorted(found.items())) or "none"
