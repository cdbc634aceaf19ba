"""Tables, a page of rows at a time: CSV and TSV (`separated.py`) and Parquet (`parquet.py`), sorted and filtered."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import islice, zip_longest
from typing import Any

from hubshare.config import MIB
from hubshare.rendering.kinds import BEGINNING, PARQUET, Kind
from hubshare.rendering.results import RenderResult
from hubshare_workers.render import parquet, separated
from hubshare_workers.render.arranging import arranged
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.notebook_layout import Buffer
from hubshare_workers.render.separated import PAGE_ROWS, Separated
from hubshare_workers.render.texts import said_of

_MOST_COLUMNS = 200
_MOST_TEXT = 500
#: Places of pages that are kept.
_MOST_STARTS = 1000
_MOST_ABOUT = 4000
#: Larger tables are neither sorted nor filtered.
_ARRANGED_ROWS, _ARRANGED_BYTES, _ARRANGED_VALUES = 1_000_000, 64 * MIB, 10_000_000
_NUMBER = re.compile(r"[-+−]?[\d.,'  ]*\d[.,]?(?:[eE][-+]?\d+)? ?%?|[-+]?(?:nan|inf|NaN|Inf|NA)")


def render(inputs: Sequence[Buffer], options: Mapping[str, Any]) -> RenderResult:
    """One page of a table.

    The first page of text is made by going through all of the table, and says where others begin; these get their own bytes
    alone, behind those of the header. What is sorted or filtered is gone through for each page.

    Meta: `columns` (their names), `types` (Parquet only), `rows` (of the whole table, or how many there are with these words),
    `page`, `pages`, `first` (number of the first row on this page, from 1), `data` (the rows of this page, each a list of
    texts), `columns_cut` (how many columns are not shown), `rows_cut` (how many rows at the end are on no page), `arranges`
    (whether it is small enough to be sorted and filtered), `of` (rows of the whole table, where it is filtered), and for CSV
    `delimiter`, `encoding` and `cut` (whether there is more of it than is looked at); of the first page `about` and `head`
    (where table and rows begin, in bytes), and `step` and `starts`: where every so many pages one begins, and the end.
    """
    data, page = inputs[0], int(options["page"])
    if data[: len(PARQUET)] == PARQUET:
        with parquet.reading():
            return _parquet(data, page, options)
    try:
        return _later(data, page, options) if "start" in options else _separated(data, page, options)
    except csv.Error as error:
        raise Unrenderable("malformed", f"This table cannot be read: {error}.") from None


def _separated(data: Buffer, page: int, options: Mapping[str, Any]) -> RenderResult:
    cut = len(data) > BEGINNING[Kind.TABLE]
    opened = separated.opened(data, options["suffix"], cut)
    starts, count = opened.places()
    facts: dict[str, Any] = {
        "delimiter": opened.delimiter,
        "encoding": opened.encoding,
        "cut": cut,
        "arranges": len(data) <= _ARRANGED_BYTES and count <= _ARRANGED_ROWS,
    }
    if _is_arranged(options):
        _admit(facts["arranges"], count)
        comma = opened.delimiter == ";"
        words = str(options.get("filter", ""))
        order = arranged(opened.blocks(words.casefold()), words, int(options.get("sort", 0)), comma=comma)
        chosen = order[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
        more = facts | ({"of": count} if words else {})
        return _page(opened.header, opened.at(chosen), len(order), page, more, chosen)
    behind = [*starts[1:], len(opened.data)]
    rows = opened.rows(starts[page - 1], behind[page - 1]) if page <= len(starts) else iter(())
    if page == 1 and opened.encoding in separated.IN_PLACE:
        step = 1 + len(starts) // _MOST_STARTS
        places = [*starts[: max(1, -(-count // PAGE_ROWS)) : step], len(data)]
        facts |= {"about": opened.begins, "head": opened.head, "step": step, "starts": places}
    result = _page(opened.header, list(islice(rows, PAGE_ROWS)), count, page, facts)
    if page > 1:
        return result
    above = said_of(opened.encoding) + (_comment(opened.about) if opened.about else "")
    return RenderResult(result.meta, above + result.html)


def _later(data: Buffer, page: int, options: Mapping[str, Any]) -> RenderResult:
    """A page of which only the bytes near it are there, behind the header."""
    cut_out = Separated(
        data, options["encoding"], options["delimiter"], "", int(options["about"]), int(options["head"])
    )
    skipped = int(options["skip"]) * PAGE_ROWS
    kept = list(islice(cut_out.rows(cut_out.head, len(data)), skipped, skipped + PAGE_ROWS))
    facts = {name: options[name] for name in ("delimiter", "encoding", "arranges", "cut")}
    return _page(cut_out.header, kept, int(options["rows"]), page, facts)


def _parquet(data: Buffer, page: int, options: Mapping[str, Any]) -> RenderResult:
    opened = parquet.opened(data)
    count = int(options["rows"]) if "rows" in options else None
    types = {"types": opened.types[:_MOST_COLUMNS]}
    if not _is_arranged(options):
        kept, count = opened.page(page, count)
        cut = max(0, count - parquet.MOST_ROWS)
        return _page(opened.header, kept, count, page, types | {"rows_cut": cut, "arranges": _is_small(opened, count)})
    count = opened.count()
    _admit(_is_small(opened, count), count)
    words = str(options.get("filter", ""))
    order = arranged(opened.blocks(), words, int(options.get("sort", 0)))
    chosen = order[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    more = types | {"arranges": True} | ({"of": count} if words else {})
    return _page(opened.header, opened.at(chosen), len(order), page, more, chosen)


def _is_small(opened: parquet.Opened, count: int) -> bool:
    return count <= _ARRANGED_ROWS and count * len(opened.header) <= _ARRANGED_VALUES


def _is_arranged(options: Mapping[str, Any]) -> bool:
    return "sort" in options or "filter" in options


def _admit(arranges: bool, count: int) -> None:
    if not arranges:
        most = f"up to {_ARRANGED_ROWS:,} rows and {_ARRANGED_BYTES // MIB} MiB"
        raise Unrenderable("too-large", f"Tables of {most} are sorted and filtered here; this one has {count:,} rows.")


def _page(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    count: int,
    page: int,
    more: dict[str, Any],
    numbers: Sequence[int] | None = None,
) -> RenderResult:
    """A page of a table.

    Args:
        numbers: of its rows in the file, from 0, where they are not one after another.
    """
    pages = max(1, -(-(count - more.get("rows_cut", 0)) // PAGE_ROWS))
    if page > pages:
        raise Unrenderable("missing", f"The table has {pages:,} pages; there is no page {page:,}.")
    columns = [_short(name) for name in header[:_MOST_COLUMNS]]
    data = [[_short(value) for value in row[:_MOST_COLUMNS]] for row in rows]
    first = (page - 1) * PAGE_ROWS + 1
    meta = {
        "columns": columns,
        "rows": count,
        "page": page,
        "pages": pages,
        "first": first,
        "data": data,
        "columns_cut": max(0, len(header) - _MOST_COLUMNS),
        "rows_cut": 0,
    }
    shown = range(first, first + len(data)) if numbers is None else [number + 1 for number in numbers]
    return RenderResult(meta | more, "".join(_html(columns, data, shown)))


def _comment(about: str) -> str:
    """What is written before a table."""
    short = about if len(about) <= _MOST_ABOUT else about[:_MOST_ABOUT] + " …"
    return f'<pre class="hs-raw">{escape(short.rstrip())}</pre>'


def _html(columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Iterable[int]) -> Iterator[str]:
    yield '<table class="hs-table"><thead><tr><th></th>'
    right = [_is_of_numbers(row[place] for row in rows if place < len(row)) for place in range(len(columns))]
    sides = [' class="hs-right"' if one else "" for one in right]
    for name, side in zip(columns, sides, strict=True):
        yield f'<th scope="col"{side}>{escape(name)}</th>'
    yield "</tr></thead><tbody>\n"
    for number, row in zip(numbers, rows, strict=True):
        cells = "".join(
            f"<td{side}>{escape(value)}</td>" for value, side in zip_longest(row, sides[: len(row)], fillvalue="")
        )
        yield f'<tr><th scope="row">{number}</th>{cells}</tr>\n'
    yield "</tbody></table>"


def _is_of_numbers(values: Iterable[str]) -> bool:
    """Return whether all values that are there are numbers, with a point or a comma."""
    some = False
    for value in values:
        if value.strip():
            some = True
            if not _NUMBER.fullmatch(value.strip()):
                return False
    return some


def _short(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + " …"
