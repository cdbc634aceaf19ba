"""Which encoding a text is in that is neither UTF-8 nor UTF-16: by its mark, else as the writing that its bytes make best."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterable

from hubshare.config import KIB

#: What it is in where nothing else fits: nearly any bytes are some text in it.
WESTERN = "windows-1252"
_EASTERN = {"cp932": "Shift JIS", "euc_jp": "EUC-JP", "gb18030": "GBK", "big5": "Big5", "cp949": "EUC-KR"}
#: Those with letters of A to Z and some with accents: which one it is only shows in these.
_LATIN = {
    "cp1250": "Windows-1250",
    "iso8859_2": "ISO-8859-2",
    "cp1254": "Windows-1254",
    "iso8859_9": "ISO-8859-9",
    "cp1257": "Windows-1257",
    "iso8859_13": "ISO-8859-13",
    "cp1258": "Windows-1258",
}
_OTHER = {
    "koi8_r": "KOI8-R",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
    "iso8859_7": "ISO-8859-7",
    "cp1255": "Windows-1255",
    "iso8859_8": "ISO-8859-8",
    "cp1256": "Windows-1256",
    "iso8859_6": "ISO-8859-6",
    "cp874": "Windows-874",
}
#: As encodings are called, by their names in Python.
NAMES = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16 (big-endian)",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32 (big-endian)",
    WESTERN: "Windows-1252",
} | _EASTERN | _LATIN | _OTHER  # fmt: skip
_LOOKED_AT = 64 * KIB
_HIGH = re.compile(rb"[\x80-\xff]")
#: Words that have such letters: the English between them, as in source code, says nothing. They are looked for where one
#: begins: from each letter of a long one on it took minutes.
_WORDS = re.compile(rb"(?<![A-Za-z])[A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*(?: [A-Za-z]*[\x80-\xff][A-Za-z\x80-\xff]*)*")
_FOREIGN, _TOGETHER = re.compile(r"[^\x00-\x7f]"), re.compile(r"[^\x00-\x7f]{2,}")
#: So many of the letters of a foreign writing stand beside others. In `25 °C` one stands alone, which is a syllable of Korean.
_MOSTLY = 0.6
#: So many of them are letters: what is no text is half lines and frames in KOI8-R.
_LETTERS = 0.75
#: How much likelier than Western another one with letters of A to Z must be, and how many letters there must be beside these.
_LIKELIER, _ENOUGH = 1.2, 3
#: What is used rather, where a text is the same in both.
_RATHER = {
    "iso8859_2": "cp1250",
    "iso8859_7": "cp1253",
    "iso8859_9": "cp1254",
    "iso8859_8": "cp1255",
    "iso8859_6": "cp1256",
}
_RATHER |= {"iso8859_13": "cp1257"}
#: An accented capital letter at the beginning of a Greek word, which is a sign in Windows-1253.
_ISO_GREEK = re.compile(rb"\xb6[\xc0-\xfe]")


def guessed(data: bytes) -> str:
    """Return the encoding of text that is not in UTF-8, one of `NAMES`. Of a line or less it may be wrong.

    Args:
        data: its bytes.
    """
    # It takes 60 ms to load, and few texts need it.
    import chardet

    first = _HIGH.search(data)
    if first is None:
        return WESTERN
    # From the line with the first of its bytes that is not ASCII, to the end of a line.
    begins = data.rfind(b"\n", max(0, first.start() - _LOOKED_AT // 2), first.start()) + 1
    sample = bytes(data[begins : begins + _LOOKED_AT])
    # The last line may end within a character.
    sample = sample[: sample.rfind(b"\n") + 1] or sample
    if len(set(_HIGH.findall(sample))) < _ENOUGH:
        return WESTERN
    lines = b"".join(line for line in sample.splitlines(keepends=True) if _HIGH.search(line))
    best = _called(chardet.detect(lines, include_encodings=_named(NAMES))["encoding"])
    if best in _EASTERN and _is_together(lines, best):
        return best
    words = b"\n".join(_WORDS.findall(sample))
    found = chardet.detect_all(words, ignore_threshold=True, include_encodings=_named(NAMES.keys() - _EASTERN))
    likely = {_called(one["encoding"]): one["confidence"] for one in reversed(found)}
    best = max(likely, key=lambda one: likely[one], default=WESTERN)
    rather = _RATHER.get(best, best)
    if words.decode(rather, "replace") == words.decode(best, "replace"):
        best = rather
    if best in _OTHER:
        if not _is_together(words, best):
            return WESTERN
        return "iso8859_7" if best == "cp1253" and _ISO_GREEK.search(words) else best
    is_likely = best in _LATIN and max(likely.values()) >= _LIKELIER * likely.get(WESTERN, 0.0)
    return best if is_likely else WESTERN


def _named(encodings: Iterable[str]) -> list[str]:
    """Encodings as chardet calls them."""
    return [one.replace("_", "-") for one in encodings if not one.startswith("utf-")]


def _called(name: str | None) -> str:
    """An encoding as we call it, one of `NAMES`; "" for another one."""
    if name is None:
        return ""
    try:
        python = codecs.lookup(name).name.replace("-", "_")
    except LookupError:
        return ""
    python = {"shift_jis": "cp932", "gbk": "gb18030", "gb2312": "gb18030", "euc_kr": "cp949", "tis_620": "cp874"}.get(
        python, python
    )
    return WESTERN if python in ("cp1252", "iso8859_1") else python if python in NAMES else ""


def _is_together(sample: bytes, encoding: str) -> bool:
    """Return whether there are letters of a foreign writing, rather than signs, and these are in words."""
    text = sample.decode(encoding, "replace")
    foreign = _FOREIGN.findall(text)
    letters = sum(unicodedata.category(one)[0] in "LM" for one in foreign)
    together = sum(map(len, _TOGETHER.findall(text)))
    return together >= _MOSTLY * len(foreign) and letters >= _LETTERS * len(foreign)


def note(encoding: str) -> str:
    """Return a sentence on how a file was read; "" where that is no guess.

    Args:
        encoding: one of `NAMES`.
    """
    if encoding.startswith("utf-"):
        return ""
    unsure = " Letters with accents may be others." if encoding in _LATIN or encoding == WESTERN else ""
    return f"This file is not in UTF-8. It is shown as {NAMES[encoding]}, which it seems to be in.{unsure}"
