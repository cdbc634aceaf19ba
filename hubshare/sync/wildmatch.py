"""Git's ignore patterns, read as git reads them.

Source: git's `dir.c` (`add_patterns_from_buffer`, `parse_path_pattern`, `last_matching_pattern_from_list`) and `wildmatch.c`.
A pattern becomes a regular expression over bytes that goes back over no star twice, so that none takes long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"
_SPECIAL = b"*?[\\"
#: A longer pattern can match no path.
_PATTERN_BYTES = 4096
#: What git's `[:name:]` stand for; of ASCII, as in the C locale.
_CLASSES = {
    b"alnum": rb"0-9A-Za-z",
    b"alpha": rb"A-Za-z",
    b"blank": rb" \t",
    b"cntrl": rb"\x00-\x1f\x7f",
    b"digit": rb"0-9",
    b"graph": rb"!-~",
    b"lower": rb"a-z",
    b"print": rb" -~",
    b"punct": rb"!-/:-@\[-`{-~",
    b"space": rb" \t\n\r",
    b"upper": rb"A-Z",
    b"xdigit": rb"0-9A-Fa-f",
}
_STAR, _DEEP, _FOLDERS = "star", "deep", "folders"
#: An expression for characters, or one of the three above: within a name, over names, and whole folders or none.
_Token = bytes | str


class Pattern(NamedTuple):
    """One line of an ignore file.

    Attributes:
        line: as it was written.
        negated: it takes back what a line above it leaves out.
        folders_only: it is for folders and not for files.
        by_name: it is matched with the last name of a path, otherwise with the whole path.
        expression: what has to match all of that.
    """

    line: bytes
    negated: bool
    folders_only: bool
    by_name: bool
    expression: bytes


def parse(data: bytes) -> Iterator[Pattern]:
    """The patterns of an ignore file; lines that match nothing are passed over, as git does."""
    for line in data.removeprefix(_BOM).split(b"\n"):
        text = _without_spaces(line.removesuffix(b"\r").partition(b"\0")[0])
        if text and not text.startswith(b"#") and (pattern := _pattern(text)):
            yield pattern


def _without_spaces(line: bytes) -> bytes:
    """A line without the spaces at its end, but for one behind a backslash."""
    end = at = 0
    while at < len(line):
        escaped = line[at : at + 1] == b"\\"
        at += 2 if escaped else 1
        if escaped or line[at - 1 : at] != b" ":
            end = at
    return line[:end]


def _pattern(line: bytes) -> Pattern | None:
    negated = line.startswith(b"!")
    body = line[1:] if negated else line
    folders_only = body.endswith(b"/")
    body = body.removesuffix(b"/")
    by_name = b"/" not in body
    # Git compares what is before the first special character by itself: a `**` right behind it begins a pattern.
    fixed = next((at for at, byte in enumerate(body) if byte in _SPECIAL), len(body))
    if not by_name and body.startswith(b"/"):
        body, fixed = body[1:], max(fixed - 1, 0)
    if not body or len(body) > _PATTERN_BYTES:
        return None
    tokens = _tokens(body[fixed:], by_name)
    if tokens is None:
        return None
    expression = _expression([re.escape(body[:fixed]), *tokens])
    return Pattern(line, negated, folders_only, by_name, expression)


def _tokens(text: bytes, by_name: bool) -> list[_Token] | None:
    """The parts of a pattern; None when it can match nothing."""
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        byte = text[at : at + 1]
        if byte == b"*":
            end = at
            while text[end : end + 1] == b"*":
                end += 1
            bounded = (at == 0 or text[at - 1 : at] == b"/") and (
                end == len(text) or text[end : end + 1] == b"/" or text[end : end + 2] == b"\\/"
            )
            if by_name or end - at == 1 or not bounded:
                tokens.append(_STAR)
            elif text[end : end + 1] == b"/":
                tokens.append(_FOLDERS)
                end += 1
            else:
                tokens.append(_DEEP)
            at = end
        elif byte == b"[":
            found = _set(text, at + 1)
            if found is None:
                return None
            expression, at = found
            tokens.append(expression)
        elif byte == b"\\":
            if at + 1 == len(text):
                return None
            tokens.append(re.escape(text[at + 1 : at + 2]))
            at += 2
        else:
            tokens.append(rb"[^/]" if byte == b"?" else re.escape(byte))
            at += 1
    return tokens


def _set(text: bytes, at: int) -> tuple[bytes, int] | None:
    """The expression of a `[…]` that begins before `at`, and where it ends; None when it matches nothing."""
    negated = text[at : at + 1] in (b"!", b"^")
    at += negated
    parts: list[bytes] = []
    before = b""
    first = True
    while first or text[at : at + 1] != b"]":
        first = False
        byte = text[at : at + 1]
        if not byte:
            return None
        if byte == b"\\":
            at += 1
            before = text[at : at + 1]
            if not before:
                return None
            parts.append(re.escape(before))
        elif byte == b"-" and before and text[at + 1 : at + 2] not in (b"", b"]"):
            at += 1
            if text[at : at + 1] == b"\\":
                at += 1
            last = text[at : at + 1]
            if not last:
                return None
            if before <= last:
                parts.append(re.escape(before) + b"-" + re.escape(last))
            before = b""
        elif byte == b"[" and text[at + 1 : at + 2] == b":":
            end = text.find(b"]", at + 2)
            if end < 0:
                return None
            if end - at < 3 or text[end - 1 : end] != b":":
                before = byte
                parts.append(rb"\[")
            elif (known := _CLASSES.get(text[at + 2 : end - 1])) is not None:
                parts.append(known)
                before, at = b"", end
            else:
                return None
        else:
            before = byte
            parts.append(re.escape(byte))
        at += 1
    inner = b"".join(parts)
    if negated:
        return b"[^/" + inner + b"]", at + 1
    return (b"(?!/)[" + inner + b"]" if inner else rb"(?!)"), at + 1


def _expression(tokens: list[_Token]) -> bytes:
    """The regular expression of a pattern.

    What follows a star is taken where it is found first: the next star takes in all that a later place would. So is what
    follows a `**`, up to the next one. Only the last of each is looked for at every place.
    """
    groups: list[tuple[str, list[_Token]]] = [("", [])]
    for token in tokens:
        if token in (_DEEP, _FOLDERS):
            groups.append((str(token), []))
        else:
            groups[-1][1].append(token)
    *firsts, last = [(_lead(kind), inner) for kind, inner in groups]
    return (
        b"".join(b"(?>" + lead + _within_names(inner, False) + b")" for lead, inner in firsts)
        + last[0]
        + _within_names(last[1], True)
    )


def _lead(kind: str) -> bytes:
    return {"": b"", _DEEP: b".*?", _FOLDERS: b"(?:.*?/)??"}[kind]


def _within_names(tokens: list[_Token], at_end: bool) -> bytes:
    chunks: list[list[bytes]] = [[]]
    for token in tokens:
        if isinstance(token, str):
            chunks.append([])
        else:
            chunks[-1].append(token)
    first, *others = [b"".join(chunk) for chunk in chunks]
    if not others:
        return first
    made = [first, *(b"(?>[^/]*?" + chunk + b")" for chunk in others[:-1])]
    made.append(b"[^/]*" + others[-1] if at_end else b"(?>[^/]*?" + others[-1] + b")")
    return b"".join(made)
