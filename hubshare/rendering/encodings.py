"""Which encoding a text is in that is neither UTF-8 nor UTF-16: by its mark, else as the writing that its bytes make best."""

from __future__ import annotations

import re

from hubshare.config import KIB

#: What it is in where nothing else fits: nearly any bytes are some text in it.
WESTERN = "windows-1252"
#: As encodings are called, by their names in Python.
NAMES = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16 (big-endian)",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32 (big-endian)",
    WESTERN: "Windows-1252",
    "cp932": "Shift JIS",
    "euc_jp": "EUC-JP",
    "gb18030": "GBK",
    "big5": "Big5",
    "cp949": "EUC-KR",
    "koi8_r": "KOI8-R",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
}
_GUESSED = ["cp932", "euc_jp", "gb18030", "big5", "cp949", "koi8_r", "cp1251", "cp1253", "cp1252"]
_LOOKED_AT = 64 * KIB
_HIGH = re.compile(rb"[\x80-\xff]")
_FOREIGN, _TOGETHER = re.compile(r"[^\x00-\x7f]"), re.compile(r"[^\x00-\x7f]{2,}")
#: So many of the letters of a foreign writing stand beside others. In `25 °C` one stands alone, which is a syllable of Korean.
_MOSTLY = 0.6


def guessed(data: bytes) -> str:
    """Return the encoding of text that is not in UTF-8, one of `NAMES`. Of a line or less it may be wrong.

    Args:
        data: its bytes.
    """
    # It takes 60 ms to load, and few texts need it.
    from charset_normalizer import from_bytes

    first = _HIGH.search(data)
    if first is None:
        return WESTERN
    # From the line with the first of its bytes that is not ASCII, to the end of a line.
    begins = data.rfind(b"\n", max(0, first.start() - _LOOKED_AT // 2), first.start()) + 1
    sample = bytes(data[begins : begins + _LOOKED_AT])
    # The last line may end within a character.
    sample = sample[: sample.rfind(b"\n") + 1] or sample
    best = from_bytes(sample, cp_isolation=_GUESSED, preemptive_behaviour=False).best()
    if best is None or best.encoding not in NAMES:
        return WESTERN
    text = sample.decode(best.encoding, "replace")
    together = sum(map(len, _TOGETHER.findall(text)))
    return best.encoding if together >= _MOSTLY * len(_FOREIGN.findall(text)) else WESTERN


def note(encoding: str) -> str:
    """Return a sentence on how a file was read; "" where that is no guess.

    Args:
        encoding: one of `NAMES`.
    """
    certain = encoding.startswith("utf-")
    return "" if certain else f"This file is not in UTF-8. It is shown as {NAMES[encoding]}, which it seems to be in."
