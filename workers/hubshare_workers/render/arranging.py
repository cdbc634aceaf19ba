"""The rows of a table in another order, or some of them. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import itemgetter

#: What may stand between the digits of a number, or behind them.
_WITHIN = str.maketrans({" ": None, "\u00a0": None, "\u202f": None, "'": None, "\u2212": "-"})
_BETWEEN = "\0"


def arranged(
    blocks: Iterable[tuple[int, Iterable[Sequence[str]]]], words: str, column: int, *, comma: bool = False
) -> list[int]:
    """The numbers of rows, from 0, in the order that is asked for.

    Numbers come before texts, compared as such; empty cells come last both ways. Equal ones stay in the order of the file.

    Args:
        blocks: the number of the first row of each, and its rows.
        words: what a cell of each row says, in capitals or not; "" for all rows.
        column: number of the column, from 1, that they are sorted by; less than 0 for downwards; 0 for none.
        comma: whether numbers have a comma before their decimals.
    """
    # No cell has this in it, as far as it is shown: what is looked for lies in one cell.
    words, place = words.casefold().replace(_BETWEEN, ""), abs(column) - 1
    numbers, texts, empty = list[tuple[float, int]](), list[tuple[str, int]](), list[int]()
    for first, rows in blocks:
        for number, row in enumerate(rows, first):
            if words and words not in _BETWEEN.join(row).casefold():
                continue
            value = row[place].strip() if 0 <= place < len(row) else ""
            found = _number(value, comma) if value else math.nan
            if found is None:
                texts.append((value.casefold(), number))
            elif math.isnan(found):
                empty.append(number)
            else:
                numbers.append((found, number))
    downwards = column < 0
    numbers.sort(key=itemgetter(0), reverse=downwards)
    texts.sort(key=itemgetter(0), reverse=downwards)
    filled = chain(texts, numbers) if downwards else chain(numbers, texts)
    return [number for _, number in filled] + empty


def _number(value: str, comma: bool) -> float | None:
    try:
        return float(value)
    except ValueError:
        pass
    plain = value.translate(_WITHIN).removesuffix("%")
    if "," in plain:
        plain = plain.replace(".", "").replace(",", ".") if comma else plain.replace(",", "")
    try:
        return float(plain)
    except ValueError:
        return None
