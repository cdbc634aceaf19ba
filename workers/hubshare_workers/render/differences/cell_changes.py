"""What differs of two versions of one cell, as HTML: source, outputs, attachments, metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from hubshare_workers.render import notebook
from hubshare_workers.render.differences.facts import MOST_VALUE, fact, note
from hubshare_workers.render.differences.lines import Looks, compare
from hubshare_workers.render.pictures import shown

#: So many values of metadata are told.
_MOST_VALUES = 40
#: What is shown in a way of its own, or means nothing to anybody.
_SHOWN = frozenset({"cell_type", "source", "outputs", "metadata", "attachments", "execution_count", "id"})


class CellChanges:
    """Compares cells of two notebooks.

    Args:
        before, after: what knows how parts of each look.

    Attributes:
        runs, ids, spaces: how many cells differ in that alone, which is told of all together.
    """

    def __init__(self, before: notebook.Page, after: notebook.Page, looks: Looks) -> None:
        self._before, self._after, self._looks = before, after, looks
        self.runs = self.ids = self.spaces = 0

    @property
    def told(self) -> int:
        """Of how many cells is told together with others."""
        return self.runs + self.ids + self.spaces

    def between(self, old: Any, new: Any) -> Iterator[str]:
        """What differs of two versions of a cell; what is told of many cells together is counted alone."""
        found = False
        if old.cell_type != new.cell_type:
            yield fact("Type", old.cell_type, new.cell_type)
            found = True
        if old.source != new.source:
            lines = compare(old.source, new.source, self._looks)
            inside = lines.html or ("" if lines.quiet else note("Its source differs in how lines end."))
            self.spaces += not inside
            found |= bool(inside)
            yield inside + "".join(map(note, lines.notes))
        for part in (*self._attachments(old, new), *values("Metadata", old.metadata, new.metadata)):
            found = True
            yield part
        rest = ({name: cell[name] for name in cell.keys() - _SHOWN} for cell in (old, new))
        for part in values("Cell", *rest):
            found = True
            yield part
        if spelled(_unnumbered(old)) != spelled(_unnumbered(new)):
            found = True
            shown = [parts(cell, page) for cell, page in ((old, self._before), (new, self._after))]
            yield self._two("Outputs", *map(_stacked, shown))
            yield from _alike(old, new, *shown)
        elif not found:
            self.runs += spelled(_numbers(old)) != spelled(_numbers(new))
            self.ids += old.get("id") != new.get("id") and spelled(_numbers(old)) == spelled(_numbers(new))

    def added(self, cell: Any) -> str:
        """A cell that only the newer notebook has."""
        return (
            compare("", cell.source, self._looks).html + self._attached(cell) + self._folded_outputs(cell, self._after)
        )

    def removed(self, cell: Any) -> str:
        """A cell that only the older notebook has."""
        return (
            compare(cell.source, "", self._looks).html + self._attached(cell) + self._folded_outputs(cell, self._before)
        )

    def _folded_outputs(self, cell: Any, page: notebook.Page) -> str:
        return folded("Outputs", outputs(cell, page))

    def _attached(self, cell: Any) -> str:
        return "".join(self._attachments({}, cell))

    def _attachments(self, old: Any, new: Any) -> Iterator[str]:
        before, after = (_bundles(cell) for cell in (old, new))
        for name in sorted(before.keys() | after.keys()):
            if spelled(before.get(name)) != spelled(after.get(name)):
                what = "added" if name not in before else "removed" if name not in after else "changed"
                sides = [_attachment(side.get(name)) for side in (before, after)]
                yield self._two(f"Attachment {name[:MOST_VALUE]} {what}", *sides)

    def _two(self, title: str, before: str, after: str) -> str:
        """Both versions of what is no text, beside each other; folded, since they may be long."""
        sides = ((note("Before"), before), (note("After"), after))
        shown = "".join(f"<div>{name}{side or note('None.')}</div>" for name, side in sides)
        return folded(title, f'<div class="hs-pair">{shown}</div>')


def values(title: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """What differs of two dictionaries, name by name, as deep as these go."""
    found = list(_leaves((), before, after))
    for path, one, other in found[:_MOST_VALUES]:
        yield fact(f"{title} {'.'.join(path)}"[:MOST_VALUE], _told(one), _told(other))
    if len(found) > _MOST_VALUES:
        yield note(f"{title}: {len(found) - _MOST_VALUES:,} more values differ.")


_NONE = object()


def _leaves(path: tuple[str, ...], before: Any, after: Any) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict) and len(path) < 4:
        for name in sorted({*map(str, before), *map(str, after)}):
            yield from _leaves((*path, name), before.get(name, _NONE), after.get(name, _NONE))
    elif before is _NONE or after is _NONE or spelled(before) != spelled(after):
        yield path, before, after


def spelled(value: Any) -> str:
    """A value so that what differs differs: 1 is not 1.0, nor True."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _told(value: Any) -> str:
    if value is _NONE:
        return "not there"
    return value if isinstance(value, str) else spelled(value)


def outputs(cell: Any, page: notebook.Page) -> str:
    """All outputs of a cell."""
    return _stacked(parts(cell, page))


def parts(cell: Any, page: notebook.Page) -> list[str]:
    """Each output of a cell, as HTML."""
    return [_part(page, one) for one in cell.get("outputs", ())]


def _stacked(shown: Sequence[str]) -> str:
    return "".join(f'<div class="hs-output"><div></div><div>{one}</div></div>' for one in shown)


def _alike(old: Any, new: Any, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    """What differs of outputs that look the same: forms of them that are not shown, how they are shown, what kind they are."""
    pairs = zip(_unnumbered(old), _unnumbered(new), before, after, strict=False)
    for number, (one, other, here, there) in enumerate(pairs, 1):
        if here == there:
            yield from values(f"Output {number}", one, other)


def folded(title: str, inside: str) -> str:
    """What is not looked at by everybody, or nothing of nothing."""
    if not inside:
        return ""
    return f'<details class="hs-outputs"><summary>{escape(title)}</summary>{inside}</details>'


def _part(page: notebook.Page, output: Any) -> str:
    """An output, or a word in its place."""
    try:
        return page.output(output)
    except (AttributeError, KeyError, TypeError, ValueError):
        return note("This output is damaged.")


def _unnumbered(cell: Any) -> list[Any]:
    """The outputs without the numbers of their runs."""
    return [{name: one[name] for name in one if name != "execution_count"} for one in cell.get("outputs", ())]


def _numbers(cell: Any) -> list[Any]:
    return [cell.get("execution_count"), *(one.get("execution_count") for one in cell.get("outputs", ()))]


def _bundles(cell: Any) -> dict[str, Any]:
    found = cell.get("attachments")
    return {str(name): found[name] for name in found} if isinstance(found, dict) else {}


def _attachment(bundle: Any) -> str:
    """What is attached, as a picture where it is one."""
    if not isinstance(bundle, dict):
        return ""
    said = []
    for kind, data in bundle.items():
        text = "".join(map(str, data)) if isinstance(data, list) else str(data)
        picture = shown(kind, text) if kind in notebook.PICTURES else None
        said.append((picture or "") + note(f"{kind}, {len(text):,} characters"))
    return "".join(said)
