"""Line endings: a text that was edited in a browser, which knows one kind, gets back those that it had."""

from __future__ import annotations

import re
from collections import Counter
from difflib import SequenceMatcher

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
#: So many lines are compared one by one where a text has several kinds; of more, what changed gets the commonest kind.
_COMPARED = 2000


def split_lines(text: str) -> list[tuple[str, str]]:
    """The lines of a text, each with its ending; the last one has "" where there is none."""
    found = [(match[1], match[2]) for match in _LINE.finditer(text)]
    while found and found[-1] == ("", ""):
        found.pop()
    return found


def keep_endings(before: str, typed: str) -> str:
    """Return what was typed, with the line endings that the text had before.

    Args:
        before: the text that was edited.
        typed: what a form brings of it, whose line endings say nothing.
    """
    old, new = split_lines(before), split_lines(typed)
    kinds = Counter(ending for _, ending in old if ending)
    usual = kinds.most_common(1)[0][0] if kinds else "\n"
    endings = [usual if ending else "" for _, ending in new]
    if len(kinds) > 1:
        was, now = [line for line, _ in old], [line for line, _ in new]
        for start, begin, length in _alike(was, now):
            for place in range(length):
                if endings[begin + place]:
                    endings[begin + place] = old[start + place][1] or usual
    return "".join(line + ending for (line, _), ending in zip(new, endings, strict=True))


def _alike(old: list[str], new: list[str]) -> list[tuple[int, int, int]]:
    """Where runs of the same lines begin in both, and how long they are."""
    shortest = min(len(old), len(new))
    head = next((at for at in range(shortest) if old[at] != new[at]), shortest)
    left = shortest - head
    tail = next((at for at in range(left) if old[-1 - at] != new[-1 - at]), left)
    found = [(0, 0, head), (len(old) - tail, len(new) - tail, tail)]
    middle = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(map(len, middle)) <= _COMPARED:
        blocks = SequenceMatcher(None, *middle, autojunk=False).get_matching_blocks()
        found += [(head + block.a, head + block.b, block.size) for block in blocks]
    return found
