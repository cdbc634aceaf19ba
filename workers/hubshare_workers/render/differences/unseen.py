"""Texts in a difference, so that nothing of what differs hides: neither a character nor the end of a long text. Pure."""

from __future__ import annotations

import re
import unicodedata
from html import escape

#: What shows nothing, or has the rest of the line show as something else. Besides controls these are the code points that
#: Unicode calls ignorable by default (DerivedCoreProperties.txt).
_UNSEEN = (
    "\0-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
#: What looks like a common space, or makes one sign of two or picks its look: many texts have them, so they are named where
#: they differ.
_ALIKE = "\xa0\u0300-\u036f\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\ufe00-\ufe0f"
#: Letters of Cyrillic and Greek, and those of Latin that they look like.
_FOREIGN = "АаВЕеКМНОоРрСсТУуХхІіЈјЅѕһԁԛԝΑΒΕΖΗΙΚΜΝΟοΡρΤΥΧν"
_LATIN = str.maketrans(_FOREIGN, "AaBEeKMHOoPpCcTYyXxIiJjSshdqwABEZHIKMNOoPpTYXv")
_LOOKS_LATIN, _WORD, _LATIN_LETTER = re.compile(f"[{_FOREIGN}]"), re.compile(r"\w+"), re.compile("[A-Za-z]")
_ANYWHERE, _IN_A_CHANGE = re.compile(f"[{_UNSEEN}]"), re.compile(f"[{_UNSEEN}{_ALIKE}]")


def seen(text: str, changed: bool = False, alike: bool = False) -> str:
    """Return a text as HTML in which nothing hides.

    Args:
        changed: whether it differs from another one, so that what only looks alike is named as well.
        alike: whether it looks like the other one, so that its letters are named too; else those among Latin ones are.
    """
    html = escape(text)
    if changed and _LOOKS_LATIN.search(html):
        html = _WORD.sub(
            lambda word: _LOOKS_LATIN.sub(_named, word[0]) if alike or _LATIN_LETTER.search(word[0]) else word[0], html
        )
    return (_IN_A_CHANGE if changed else _ANYWHERE).sub(_named, html)


def look_alike(old: str, new: str) -> bool:
    """Return whether two texts that differ look the same, but for spaces and signs that are named anyway."""
    return _plain(old) == _plain(new)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(_LATIN)


def _named(found: re.Match[str]) -> str:
    return f'<span class="hs-unseen">U+{ord(found[0]):04X}</span>'


def differ_at(old: str, new: str) -> int:
    """Return the place of the first character in which two texts differ; where one begins with the other, its end."""
    either = enumerate(zip(old, new, strict=False))
    return next((at for at, (one, other) in either if one != other), min(len(old), len(new)))


def excerpts(old: str, new: str, most: int) -> tuple[str, str]:
    """Return what is shown of two texts that differ: all, or so many characters of each from a little before they do."""
    if max(len(old), len(new)) <= most:
        return old, new
    cut = max(0, differ_at(old, new) - most // 4)
    before, after = (
        f"{'… ' if cut else ''}{text[cut : cut + most]}{' …' if len(text) > cut + most else ''}" for text in (old, new)
    )
    return before, after


def changed(old: str, new: str, most: int) -> tuple[str, str]:
    """Return two versions of a short text as HTML; each keeps the direction of its writing to itself.

    Args:
        most: characters that are shown of each.
    """
    alike = look_alike(old, new)
    before, after = (seen(text, changed=True, alike=alike) for text in excerpts(old, new, most))
    return f'<del dir="auto">{before}</del>', f'<ins dir="auto">{after}</ins>'
