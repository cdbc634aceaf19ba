"""Tables, a page of rows at a time: CSV and TSV by Python's own reader, Parquet by arro3 where the extra is installed."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import islice, zip_longest
from typing import Any, NamedTuple

from hubshare.rendering.kinds import PARQUET
from hubshare.rendering.results import RenderResult
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.texts import text_of

PAGE_ROWS = 100
_MOST_COLUMNS = 200
_MOST_TEXT = 500
csv.field_size_limit(2**31 - 1)
#: Places of pages that are kept.
_MOST_STARTS = 1000
_SNIFFED = 64 * 1024
#: As Excel is told what parts fields; lines of comment before a table, of which so many characters are shown; what is quoted.
_SEPARATOR = re.compile(r"sep=([^\r\n])\r?\n", re.IGNORECASE)
_COMMENT = re.compile(r"(?:[#%][^\r\n]*(?:\r\n|\r|\n))+")
_MOST_ABOUT = 4000
_QUOTED = re.compile(r'"[^"]*"')
_NUMBER = re.compile(r"[-+−]?[\d.,'  ]*\d[.,]?(?:[eE][-+]?\d+)? ?%?|[-+]?(?:nan|inf|NaN|Inf|NA)")
#: Rows of a Parquet table that are on pages: each is looked for from the beginning, and a few bytes may stand for many rows.
_PARQUET_ROWS = 1_000_000


def load() -> None:
    """Import the reader of Parquet, where there is one."""
    try:
        import arro3.io  # noqa: F401
    except ImportError:
        return


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """One page of a table.

    The first page is made by reading all of the table, and says where others begin; these are read from there.

    Meta: `columns` (their names), `types` (Parquet only), `rows` (of the whole table), `page`, `pages`, `first` (number of
    the first row on this page, from 1), `data` (the rows of this page, each a list of texts), `columns_cut` (how many
    columns are not shown), `rows_cut` (how many rows at the end are on no page), and for CSV `delimiter` and `encoding`; of
    the first page `step` and `starts`: the place in the text at which every so many pages one begins, from the second of
    these on.
    """
    data, page = inputs[0], int(options["page"])
    if data.startswith(PARQUET):
        return _parquet(data, page, options.get("rows"))
    text, encoding = text_of(data)
    about, text, dialect = _opened(text, options["suffix"])
    facts: dict[str, Any] = {"delimiter": dialect.delimiter, "encoding": encoding}
    try:
        if "rows" in options:
            header, kept, count = _from(text, dialect, page, options)
        else:
            header, kept, count, starts = _through(text, dialect, page)
            if page == 1:
                facts |= _thinned(starts)
    except csv.Error as error:
        raise Unrenderable("malformed", f"This table cannot be read: {error}.") from None
    result = _page(header, kept, count, page, facts)
    return RenderResult(result.meta, _comment(about) + result.html) if about and page == 1 else result


class Reading(NamedTuple):
    """How a table was read.

    Attributes:
        about: the comment before it.
    """

    delimiter: str
    about: str


def rows_of(text: str, suffix: str) -> tuple[Reading, list[list[str]]]:
    """All rows of a table, the header first.

    Raises:
        csv.Error: when it is none.
    """
    about, text, dialect = _opened(text, suffix)
    return Reading(dialect.delimiter, about), [row for row in csv.reader(iter(_Lines(text)), dialect) if row]


class _Lines:
    """The lines of a text, and how far they have been taken."""

    def __init__(self, text: str) -> None:
        self._lines, self.at = io.StringIO(text, newline=""), 0

    def go_to(self, at: int) -> None:
        """Go on from a place in the text."""
        self.at = self._lines.seek(at)

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.at += len(line)
            yield line


def _through(text: str, dialect: type[csv.Dialect], page: int) -> tuple[list[str], list[list[str]], int, list[int]]:
    """The header, the rows of a page, how many there are in all, and where in the text each page but the first one begins."""
    lines, kept, starts, first = _Lines(text), list[list[str]](), list[int](), (page - 1) * PAGE_ROWS
    rows = (row for row in csv.reader(iter(lines), dialect) if row)
    header = next(rows, [])
    count = 0
    for count, row in enumerate(rows, 1):
        if first < count <= first + PAGE_ROWS:
            kept.append(row)
        if count % PAGE_ROWS == 0:
            starts.append(lines.at)
    return header, kept, count, starts


def _thinned(starts: Sequence[int]) -> dict[str, Any]:
    """As many places as are kept: of every so many pages one."""
    step = 1 + len(starts) // _MOST_STARTS
    return {"step": step, "starts": list(starts[step - 1 :: step])}


def _from(
    text: str, dialect: type[csv.Dialect], page: int, options: Mapping[str, Any]
) -> tuple[list[str], list[list[str]], int]:
    """The header and the rows of a page, of which it is known how many there are and near where they begin."""
    lines = _Lines(text)
    header = next((row for row in csv.reader(iter(lines), dialect) if row), [])
    if start := int(options["start"]):
        lines.go_to(start)
    rows = (row for row in csv.reader(iter(lines), dialect) if row)
    skipped = int(options["skip"]) * PAGE_ROWS
    return header, list(islice(rows, skipped, skipped + PAGE_ROWS)), int(options["rows"])


class _Opened(NamedTuple):
    """A text of separated values, taken apart.

    Attributes:
        about: the comment before the table.
        table: the rest.
    """

    about: str
    table: str
    dialect: type[csv.Dialect]


def _opened(text: str, suffix: str) -> _Opened:
    """Take apart what is before a table (Excel's `sep=;`, lines of comment) and the table."""
    sample = text[:_SNIFFED]
    if declared := _SEPARATOR.match(sample):
        return _Opened("", text[declared.end() :], _parted_by(declared[1]))
    about = _COMMENT.match(sample)
    end = about.end() if about else 0
    found = _guessed(sample[end:], suffix)
    if about:
        # The last of these lines may be the header.
        last = about[0].rstrip("\r\n").rpartition("\n")[2]
        following = sample[end:].partition("\n")[0]
        if last.count(found.delimiter) == following.count(found.delimiter) > 0:
            end -= len(about[0]) - len(about[0].rstrip("\r\n")) + len(last)
    return _Opened(text[:end], text[end:], found)


def _parted_by(mark: str) -> type[csv.Dialect]:
    class Found(csv.excel):
        delimiter = mark

    return Found


def _guessed(sample: str, suffix: str) -> type[csv.Dialect]:
    """How fields are parted. Only the delimiter is guessed: quotes are as in RFC 4180, and what is in them does not count."""
    lines = [_QUOTED.sub("", line) for line in sample.splitlines()[:50] if line]
    counts = {mark: [line.count(mark) for line in lines] for mark in ",;\t|"}
    # The one that is in most lines equally often, and in the first at all.
    likely = [mark for mark in counts if lines and counts[mark][0]]
    if suffix == ".tsv":
        return _parted_by("\t")
    best = max(likely, key=lambda mark: (counts[mark].count(counts[mark][0]), counts[mark][0]), default=",")
    return _parted_by(best)


def _parquet(data: bytes, page: int, count: int | None) -> RenderResult:
    """A page of a Parquet table; how many rows there are is found out unless it is known."""
    try:
        from arro3.io import read_parquet
    except ImportError:
        raise Unrenderable(
            "missing", "Parquet cannot be shown on this Hub: its admin has to install the extra `parquet`."
        ) from None
    try:
        reader = read_parquet(data)
        names = list(reader.schema.names)
        types = [_type(reader.schema.field(place).type) for place in range(len(names))]
        first = (page - 1) * PAGE_ROWS
        kept, seen = _batches(reader, first, to_its_end=count is None) if first < _PARQUET_ROWS else ([], first)
    except (MemoryError, KeyboardInterrupt):
        raise
    except BaseException as error:
        # Over some damage arro3 panics, which is no `Exception` in Python.
        raise Unrenderable("malformed", "This is not a Parquet table that can be read: it is damaged.") from error
    count = seen if count is None else count
    cut = max(0, count - _PARQUET_ROWS)
    return _page(names, kept, count, page, {"types": types[:_MOST_COLUMNS], "rows_cut": cut})


def _batches(reader: Iterable[Any], first: int, to_its_end: bool) -> tuple[list[list[str]], int]:
    """The rows of the page that begins after row `first`, and how many rows were seen."""
    kept: list[list[str]] = []
    count = 0
    for batch in reader:
        for place in range(max(0, first - count), min(batch.num_rows, first + PAGE_ROWS - count)):
            kept.append([_value(batch, column, place) for column in range(min(batch.num_columns, _MOST_COLUMNS))])
        count += batch.num_rows
        if len(kept) == PAGE_ROWS and not to_its_end:
            break
    return kept, count


def _type(found: Any) -> str:
    """The name of a column's type, without the library's own around it."""
    return str(found).strip().removeprefix("arro3.core.DataType<").removesuffix(">")


def _value(batch: Any, column: int, place: int) -> str:
    try:
        value = batch.column(column)[place].as_py()
    except Exception as error:
        # Such as a time zone that this machine does not know.
        return f"({type(error).__name__})"
    if isinstance(value, str):
        return value
    return "" if value is None else repr(value) if isinstance(value, bytes) else str(value)


def _page(header: Sequence[str], rows: list[list[str]], count: int, page: int, more: dict[str, Any]) -> RenderResult:
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
    return RenderResult(meta | more, "".join(_html(columns, data, first)))


def _comment(about: str) -> str:
    """What is written before a table."""
    short = about if len(about) <= _MOST_ABOUT else about[:_MOST_ABOUT] + " …"
    return f'<pre class="hs-raw">{escape(short.rstrip())}</pre>'


def _html(columns: Sequence[str], rows: Sequence[Sequence[str]], first: int) -> Iterator[str]:
    yield '<table class="hs-table"><thead><tr><th></th>'
    right = [_is_of_numbers(row[place] for row in rows if place < len(row)) for place in range(len(columns))]
    sides = [' class="hs-right"' if one else "" for one in right]
    for name, side in zip(columns, sides, strict=True):
        yield f'<th scope="col"{side}>{escape(name)}</th>'
    yield "</tr></thead><tbody>\n"
    for number, row in enumerate(rows, first):
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
