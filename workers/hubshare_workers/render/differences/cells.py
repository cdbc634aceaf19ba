"""Which cells of two notebooks belong together, and which of them have moved. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from hubshare_workers.render.differences.alignment import align, similar


class Pairs(NamedTuple):
    """The cells of two notebooks, by their places.

    Attributes:
        order: (older, newer), None where there is no such cell, as the difference is read. A cell that has moved stands at both
            places, at the older one without the newer.
        moved: older place to newer one, of cells that stand in another order than those around them.
    """

    order: list[tuple[int | None, int | None]]
    moved: dict[int, int]


def pair(old: Sequence[Any], new: Sequence[Any]) -> Pairs:
    """Pair the cells of two notebooks: by id, else by content, else by likeness between neighbours that belong together."""
    found = _by_id(old, new)
    _by_content(old, new, found)
    _by_likeness(old, new, found)
    places = sorted(found.items(), key=lambda one: one[1])
    steps = align(sorted(found), [before for before, _ in places]).steps
    in_order = sorted(found)
    stay = {before for step in steps if step.same for before in in_order[step.start : step.end]}
    moved = {before: after for before, after in found.items() if before not in stay}
    return Pairs(list(_order(len(old), len(new), found, moved)), moved)


def _order(old: int, new: int, found: dict[int, int], moved: dict[int, int]) -> list[tuple[int | None, int | None]]:
    partner = {after: before for before, after in found.items()}
    made: list[tuple[int | None, int | None]] = []
    come: list[tuple[int | None, int | None]] = []
    at = 0
    for after in range(new):
        before = partner.get(after)
        if before is None or before in moved:
            come.append((before, after))
            continue
        # What has gone, then what stands in its place.
        made += [*((one, None) for one in range(at, before)), *come, (before, after)]
        at, come = before + 1, []
    return [*made, *((one, None) for one in range(at, old)), *come]


def _by_id(old: Sequence[Any], new: Sequence[Any]) -> dict[int, int]:
    """Where ids are there: those that occur once on either side. An id that was given to another cell tells nothing."""
    left, right = (_unique([cell.get("id") for cell in cells]) for cells in (old, new))
    before, after = ({cell.source for cell in cells if cell.source.strip()} for cells in (old, new))
    return {
        left[name]: right[name]
        for name in left.keys() & right.keys()
        if (one := old[left[name]].source) == (other := new[right[name]].source)
        or not (one in after or other in before)
    }


def _unique(names: Sequence[Any]) -> dict[str, int]:
    times = Counter(name for name in names if isinstance(name, str))
    return {name: at for at, name in enumerate(names) if isinstance(name, str) and times[name] == 1}


def _by_content(old: Sequence[Any], new: Sequence[Any], found: dict[int, int]) -> None:
    """First in order, then wherever the same text stands once on either side."""
    left, right = _free(old, new, found)
    keys = [[(cells[at].cell_type, cells[at].source) for at in places] for cells, places in ((old, left), (new, right))]
    for step in align(keys[0], keys[1]).steps:
        if step.same:
            found |= zip(left[step.start : step.end], right[step.begin : step.stop], strict=True)
    left, right = _free(old, new, found)
    texts = [
        _unique([f"{cells[at].cell_type} {cells[at].source}" for at in places])
        for cells, places in ((old, left), (new, right))
    ]
    for key in texts[0].keys() & texts[1].keys():
        if key.partition(" ")[2].strip():
            found[left[texts[0][key]]] = right[texts[1][key]]


def _by_likeness(old: Sequence[Any], new: Sequence[Any], found: dict[int, int]) -> None:
    """What stands in the place of another, and is like it."""
    partner = {after: before for before, after in found.items()}
    runs: dict[int, tuple[list[int], list[int]]] = {}
    for number, (cells, pairs) in enumerate(((old, {at: at for at in found}), (new, partner))):
        last = -1
        for at in range(len(cells)):
            last = pairs.get(at, last)
            if at not in pairs:
                runs.setdefault(last, ([], []))[number].append(at)
    for one, other in runs.values():
        texts = [[cells[at].source for at in places] for cells, places in ((old, one), (new, other))]
        for place, there in similar(*texts):
            if old[one[place]].cell_type == new[other[there]].cell_type:
                found[one[place]] = other[there]


def _free(old: Sequence[Any], new: Sequence[Any], found: dict[int, int]) -> tuple[list[int], list[int]]:
    taken = set(found.values())
    return [at for at in range(len(old)) if at not in found], [at for at in range(len(new)) if at not in taken]
