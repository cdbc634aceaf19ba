"""A difference by line as HTML, in one column or side by side, with what changed inside a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rapidfuzz.distance import Indel

from hubshare_workers.render.differences.alignment import Step, align, similar
from hubshare_workers.render.differences.unseen import differ_at, look_alike, seen

#: Lines around a change; changed lines that are shown in all, each so many characters for one; characters of one.
_CONTEXT, MOST_ROWS, _ROW, _MOST_LINE = 3, 5000, 200, 2000
#: Of a longer line is shown what comes so soon before the first change.
_BEFORE = 200
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_SPACES = re.compile(r"\s+")
_LINE = re.compile(r"([^\r\n]*)(\r\n|\n|\r|$)")
_SPLIT = (
    '<table class="hs-code hs-difference-lines hs-split"><colgroup><col class="hs-number"><col><col class="hs-number"><col>'
    "</colgroup>"
)
_ENDS = {"\n": "LF", "\r\n": "CRLF", "\r": "CR", "": ""}


class Line(NamedTuple):
    """A line and how it ends: `LF`, `CRLF`, `CR`, or "" at the end of a text without."""

    text: str
    ends: str


@dataclass(frozen=True)
class Looks:
    """How a difference is laid out.

    Attributes:
        split: the two versions side by side; else one below the other.
        spaces: whether white space counts.
    """

    split: bool = False
    spaces: bool = True


@dataclass(frozen=True)
class Lines:
    """A difference by line.

    Attributes:
        added, removed: how many lines; `html` may not show them all.
        quiet: how many lines differ in nothing but white space that does not count.
        notes: what is not shown, in sentences.
    """

    added: int
    removed: int
    quiet: int
    html: str
    notes: list[str]

    @property
    def differ(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.added or self.removed or self.notes)


def lines_of(text: str) -> list[Line]:
    """The lines of a text, as editors count them: other characters that part lines somewhere are in them."""
    found = [Line(line[1], _ENDS[line[2]]) for line in _LINE.finditer(text)]
    # The pattern matches once more behind the last line end.
    return found[:-1] if found and found[-1] == Line("", "") else found


def compare(old: str, new: str, looks: Looks = Looks()) -> Lines:
    """The changed lines of two texts, with some around them."""
    return compare_lines(lines_of(old), lines_of(new), looks)


def compare_lines(old: Sequence[Line], new: Sequence[Line], looks: Looks) -> Lines:
    """The same of lines. How lines end counts where a text has several ways, so that a changed one is seen."""
    ends = len({line.ends for line in (*old, *new) if line.ends}) > 1
    mixed = ends and any(len({line.ends for line in side if line.ends}) > 1 for side in (old, new))
    left, right = ([_key(line, looks, mixed) for line in side] for side in (old, new))
    steps, left_out = align(left, right, lambda item: not any(map(str.isalnum, str(item))))
    table = _Table(old, new, looks, mixed)
    added = removed = quiet = 0
    for step in steps:
        if step.same:
            quiet += sum(old[step.start + at].text != new[step.begin + at].text for at in range(step.end - step.start))
        else:
            removed, added = removed + step.end - step.start, added + step.stop - step.begin
    body = "".join(table.rows(steps))
    notes = [f"{table.hidden:,} more changed lines are not shown."] if table.hidden else []
    if any(left_out):
        notes.append(f"The last {left_out[0]:,} lines before and {left_out[1]:,} after were too many to be compared.")
    begin = _SPLIT if looks.split else '<table class="hs-code hs-difference-lines">'
    html = f"{begin}<tbody>\n{body}</tbody></table>" if body else ""
    return Lines(added, removed, quiet, html, notes)


def _key(line: Line, looks: Looks, ends: bool) -> str:
    text = line.text if looks.spaces else _SPACES.sub("", line.text)
    # A text cannot hold the second part before its end.
    return f"{text}\r{line.ends}" if ends and looks.spaces and line.ends else text


class _Table:
    """The rows of a difference.

    Attributes:
        hidden: changed lines for which there was no room.
    """

    def __init__(self, old: Sequence[Line], new: Sequence[Line], looks: Looks, ends: bool) -> None:
        self._old, self._new, self._looks, self._ends = old, new, looks, ends
        self._room = MOST_ROWS
        self.hidden = 0

    def rows(self, steps: Sequence[Step]) -> Iterator[str]:
        """All rows: each change with some lines around it, and between them where one is."""
        for number, step in enumerate(steps):
            if not step.same:
                if number == 0:
                    yield self._gap(step.begin)
                yield from self._changed(step)
                continue
            size, last = step.end - step.start, number == len(steps) - 1
            after = min(_CONTEXT, size) if number else 0
            before = 0 if last else min(_CONTEXT, size - after)
            yield from self._equal(step, step.start, step.start + after)
            if not last and (size > after + before or not number):
                yield self._gap(step.stop - before)
            yield from self._equal(step, step.end - before, step.end)

    def _equal(self, step: Step, start: int, end: int) -> Iterator[str]:
        if self._room <= 0:
            return
        for at in range(start, end):
            other = step.begin + at - step.start
            text = self._text(self._new[other])
            before = self._text(self._old[at])
            if self._looks.split:
                yield _row("equal", _cell("", at, before) + _cell("", other, text))
            else:
                yield _row("equal", _number(at) + _number(other) + _sign("", text))

    def _changed(self, step: Step) -> Iterator[str]:
        old, new = self._fitting(self._old[step.start : step.end]), self._fitting(self._new[step.begin : step.stop])
        if len(old) == len(new):
            pairs = {at: at for at in range(len(old))}
        else:
            pairs = dict(similar([line.text for line in old], [line.text for line in new]))
        left = [self._text(line) for line in old]
        right = [self._text(line) for line in new]
        for at, other in pairs.items():
            left[at], right[other] = _marked(old[at].text, new[other].text)
            left[at] += self._end(old[at])
            right[other] += self._end(new[other])
        if not self._looks.split:
            for at, text in enumerate(left):
                yield _row("removed", _number(step.start + at) + _number(None) + _sign("removed", text))
            for at, text in enumerate(right):
                yield _row("added", _number(None) + _number(step.begin + at) + _sign("added", text))
            return
        at = other = 0
        for mine, partner in [*pairs.items(), (len(left), len(right))]:
            # What has no partner stands beside nothing.
            while at < mine or other < partner:
                here, there = at < mine, other < partner
                yield _row(
                    "changed",
                    (_cell("removed", step.start + at, left[at]) if here else _cell("", None, ""))
                    + (_cell("added", step.begin + other, right[other]) if there else _cell("", None, "")),
                )
                at, other = at + here, other + there
            if mine < len(left):
                yield _row(
                    "changed",
                    _cell("removed", step.start + mine, left[mine])
                    + _cell("added", step.begin + partner, right[partner]),
                )
                at, other = mine + 1, partner + 1

    def _fitting(self, side: Sequence[Line]) -> Sequence[Line]:
        """As many lines as there is room for."""
        for at, line in enumerate(side):
            if self._room <= 0:
                self.hidden += len(side) - at
                return side[:at]
            self._room -= 1 + min(len(line.text), _MOST_LINE) // _ROW
        return side

    def _gap(self, line: int) -> str:
        return f'<tr class="hs-gap"><td colspan="4">line {line + 1:,}</td></tr>\n' if self._room > 0 else ""

    def _text(self, line: Line) -> str:
        return _shown(line.text) + self._end(line)

    def _end(self, line: Line) -> str:
        return f' <span class="hs-unseen">{line.ends}</span>' if self._ends and line.ends else ""


def _marked(old: str, new: str) -> tuple[str, str]:
    """Both versions of a line as HTML, with what only one of them has marked."""
    cut = 0
    if max(len(old), len(new)) > _MOST_LINE:
        cut = max(0, differ_at(old, new) - _BEFORE)
    first, second = (_WORDS.findall(text[cut : cut + _MOST_LINE]) for text in (old, new))
    left, right = ["… "] * bool(cut), ["… "] * bool(cut)
    alike = look_alike("".join(first), "".join(second))
    same_at_all = alike or Indel.normalized_similarity(first, second) > 0.3
    for op in Indel.opcodes(first, second):
        before, after = "".join(first[op.src_start : op.src_end]), "".join(second[op.dest_start : op.dest_end])
        mark = op.tag != "equal" and same_at_all
        left.append(_span(before, mark, alike))
        right.append(_span(after, mark, alike))
    for side, text in ((left, old), (right, new)):
        if len(text) > cut + _MOST_LINE:
            side.append(" …")
    return "".join(left), "".join(right)


def _span(text: str, mark: bool, alike: bool) -> str:
    return f'<span class="hs-inner">{seen(text, changed=True, alike=alike)}</span>' if mark and text else seen(text)


def _shown(text: str) -> str:
    return seen(text if len(text) <= _MOST_LINE else text[:_MOST_LINE] + " …")


def _row(sort: str, cells: str) -> str:
    return f'<tr class="hs-{sort}">{cells}</tr>\n'


def _number(at: int | None) -> str:
    return f'<td class="hs-number">{"" if at is None else at + 1}</td>'


def _sign(sort: str, text: str) -> str:
    sign = {"added": "+", "removed": "−"}.get(sort, " ")
    return f'<td class="hs-sign">{sign}</td><td><pre>{text}</pre></td>'


def _cell(sort: str, at: int | None, text: str) -> str:
    """One side of a row of two."""
    name = f' class="hs-{sort}"' if sort else ' class="hs-beside"' if at is None else ""
    return f"{_number(at)}<td{name}><pre>{text}</pre></td>"
