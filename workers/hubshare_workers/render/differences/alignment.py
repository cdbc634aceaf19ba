"""Which parts of two sequences belong together, in bounded time and memory. Pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import NamedTuple

from rapidfuzz.distance import Indel, LCSseq

#: Of what differs so much of either side is compared: 20,000 against 20,000 take a second and 50 MB.
MOST = 20_000
#: How far ahead a similar one is looked for, and how similar it has to be, from 0 to 1.
_AHEAD, _SIMILAR = 12, 0.5
#: So much of a text counts for that.
_LOOKED_AT = 2000


class Step(NamedTuple):
    """A run that both sides have, or one in whose place the newer side has another; ranges as of slices."""

    same: bool
    start: int
    end: int
    begin: int
    stop: int


class Alignment(NamedTuple):
    """Two sequences, run by run.

    Attributes:
        steps: in order; of two that follow each other never both are alike.
        left_out: how many of either side were too many to be compared; they are in no step.
    """

    steps: list[Step]
    left_out: tuple[int, int]


def align(
    old: Sequence[Hashable], new: Sequence[Hashable], weak: Callable[[Hashable], bool] | None = None
) -> Alignment:
    """Align two sequences by a longest common subsequence.

    Args:
        weak: says of an item that it tells nothing, as an empty line: a few of these alone do not part one change in two.
    """
    most = min(len(old), len(new))
    head = next((at for at in range(most) if old[at] != new[at]), most)
    most -= head
    tail = next((at for at in range(most) if old[-1 - at] != new[-1 - at]), most)
    first, second = old[head : len(old) - tail], new[head : len(new) - tail]
    left_out = max(0, len(first) - MOST), max(0, len(second) - MOST)
    first, second = _numbered(first[:MOST], second[:MOST])
    found = [Step(True, 0, head, 0, head)]
    found += [
        Step(op.tag == "equal", op.src_start + head, op.src_end + head, op.dest_start + head, op.dest_end + head)
        for op in LCSseq.opcodes(first, second)
    ]
    if not any(left_out):
        found.append(Step(True, len(old) - tail, len(old), len(new) - tail, len(new)))
    return Alignment(_joined(found, old, weak), left_out)


def similar(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pairs of what one side has in place of the other that are versions of one another; in order, crossing nowhere."""
    at = 0
    for place, text in enumerate(old):
        for other in range(at, min(len(new), at + _AHEAD)):
            if _likeness(text, new[other]) >= _SIMILAR:
                yield place, other
                at = other + 1
                break


def _likeness(first: str, second: str) -> float:
    if not first.strip() or not second.strip():
        return 0.0
    return Indel.normalized_similarity(first[:_LOOKED_AT], second[:_LOOKED_AT], score_cutoff=_SIMILAR)


def _numbered(first: Sequence[Hashable], second: Sequence[Hashable]) -> tuple[list[int], list[int]]:
    """By small numbers: what is compared by its hash alone could be made to look alike."""
    numbers: dict[Hashable, int] = {}
    left, right = ([numbers.setdefault(item, len(numbers)) for item in side] for side in (first, second))
    return left, right


def _joined(steps: Sequence[Step], old: Sequence[Hashable], weak: Callable[[Hashable], bool] | None) -> list[Step]:
    """Neighbours of a kind as one, with the weak between two changes."""
    made: list[Step] = []
    for number, step in enumerate(steps):
        if step.start == step.end and step.begin == step.stop:
            continue
        same = step.same
        between = 0 < number < len(steps) - 1 and made and not made[-1].same and not steps[number + 1].same
        if same and weak is not None and between and step.end - step.start <= 2:
            same = not all(weak(item) for item in old[step.start : step.end])
        if made and made[-1].same == same:
            made[-1] = Step(same, made[-1].start, step.end, made[-1].begin, step.stop)
        else:
            made.append(Step(same, *step[1:]))
    return made
