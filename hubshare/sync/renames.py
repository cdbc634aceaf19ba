"""Which files of a change are others under a new name: the same content, or most of its lines. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Mapping

from hubshare.sync.trees import Side

#: This part of the larger one has to be in both.
_LIKE = 0.5


def unchanged(changes: Mapping[str, tuple[Side, Side]]) -> dict[str, str]:
    """Old path to new one, of what is there under another path now as it was; where several are alike, by their names.

    Args:
        changes: path to what is there before and after.
    """
    gone, named = dict[Side, deque[str]](), dict[tuple[Side, str], deque[str]]()
    for path, (before, after) in sorted(changes.items()):
        if after is None and before is not None:
            gone.setdefault(before, deque()).append(path)
            named.setdefault((before, _name(path)), deque()).append(path)
    moved: dict[str, str] = {}
    for path, (before, after) in sorted(changes.items()):
        if before is None and after in gone:
            old = _first(named.get((after, _name(path)), deque()), moved) or _first(gone[after], moved)
            if old:
                moved[old] = path
    return moved


def _first(paths: deque[str], taken: Collection[str]) -> str:
    """The first of some paths that is not taken, or "": thousands that are alike are gone through once."""
    while paths and paths[0] in taken:
        paths.popleft()
    return paths[0] if paths else ""


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def edited(gone: Mapping[str, bytes], new: Mapping[str, bytes]) -> dict[str, str]:
    """Old path to new one, of what was renamed and edited at once: the likest first.

    Args:
        gone, new: path to content, of a few files: each is compared with each.
    """
    left, right = ({path: Counter(data.splitlines()) for path, data in side.items()} for side in (gone, new))
    likeness = sorted(
        ((_like(one, other), old, path) for old, one in left.items() for path, other in right.items()), reverse=True
    )
    found: dict[str, str] = {}
    for like, old, path in likeness:
        if like >= _LIKE and old not in found and path not in found.values():
            found[old] = path
    return found


def _like(one: Counter[bytes], other: Counter[bytes]) -> float:
    """How much of the larger file is in both, by lines, from 0 to 1."""
    both, larger = _size(one & other), max(_size(one), _size(other))
    return both / larger if larger else 0.0


def _size(lines: Counter[bytes]) -> int:
    return sum(len(line) * times for line, times in lines.items())
