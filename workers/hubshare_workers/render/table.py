"""Tables, a page of rows at a time: CSV and TSV by Python's own reader, Parquet by arro3 where the extra is installed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from hubshare.rendering.kinds import PARQUET
from hubshare.rendering.results import RenderResult
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.texts import text_of

PAGE_ROWS = 100
_MOST_COLUMNS = 200
_MOST_TEXT = 500
_SNIFFED = 64 * 1024


def load() -> None:
    """Import the reader of Parquet, where there is one."""
    try:
        import arro3.io  # noqa: F401
    except ImportError:
        return


def render(inputs: Sequence[bytes], options: Mapping[str, Any]) -> RenderResult:
    """One page of a table.

    Meta: `columns` (their names), `types` (Parquet only), `rows` (of the whole table), `page`, `pages`, `first` (number of
    the first row on this page, from 1), `data` (the rows of this page, each a list of texts), `columns_cut` (how many
    columns are not shown), and for CSV `delimiter` and `encoding`.
    """
    data, page = inputs[0], int(options["page"])
    if data.startswith(PARQUET):
        return _parquet(data, page)
    text, encoding = text_of(data)
    dialect = _dialect(text[:_SNIFFED], options["suffix"])
    csv.field_size_limit(2**31 - 1)
    rows = (row for row in csv.reader(io.StringIO(text, newline=""), dialect) if row)
    first = (page - 1) * PAGE_ROWS
    kept: list[list[str]] = []
    try:
        header = next(rows, [])
        count = 0
        for count, row in enumerate(rows, 1):
            if first < count <= first + PAGE_ROWS:
                kept.append(row)
    except csv.Error as error:
        raise Unrenderable("malformed", f"This table cannot be read: {error}.") from None
    return _page(header, kept, count, page, {"delimiter": dialect.delimiter, "encoding": encoding})


def _dialect(sample: str, suffix: str) -> type[csv.Dialect]:
    """How fields are parted. Only the delimiter is guessed: quotes are as in RFC 4180."""

    class Found(csv.excel):
        delimiter = "\t" if suffix == ".tsv" else ","

    lines = [line for line in sample.splitlines()[:50] if line]
    counts = {mark: [line.count(mark) for line in lines] for mark in ",;\t|"}
    # The one that is in most lines equally often, and in the first at all.
    likely = [mark for mark in counts if lines and counts[mark][0]]
    if suffix != ".tsv" and likely:
        Found.delimiter = max(likely, key=lambda mark: (counts[mark].count(counts[mark][0]), counts[mark][0]))
    return Found


def _parquet(data: bytes, page: int) -> RenderResult:
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
        kept, count = _batches(reader, (page - 1) * PAGE_ROWS)
    except (MemoryError, KeyboardInterrupt):
        raise
    except BaseException as error:
        # Over some damage arro3 panics, which is no `Exception` in Python.
        raise Unrenderable("malformed", "This is not a Parquet table that can be read: it is damaged.") from error
    return _page(names, kept, count, page, {"types": types[:_MOST_COLUMNS]})


def _batches(reader: Iterable[Any], first: int) -> tuple[list[list[str]], int]:
    """The rows of the page that begins after row `first`, and how many there are in all."""
    kept: list[list[str]] = []
    count = 0
    for batch in reader:
        for place in range(max(0, first - count), min(batch.num_rows, first + PAGE_ROWS - count)):
            kept.append([_value(batch, column, place) for column in range(min(batch.num_columns, _MOST_COLUMNS))])
        count += batch.num_rows
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
    pages = max(1, -(-count // PAGE_ROWS))
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
    }
    return RenderResult(meta | more, "".join(_html(columns, data, first)))


def _html(columns: Sequence[str], rows: Sequence[Sequence[str]], first: int) -> Iterator[str]:
    yield '<table class="hs-table"><thead><tr><th></th>'
    for name in columns:
        yield f'<th scope="col">{escape(name)}</th>'
    yield "</tr></thead><tbody>\n"
    for number, row in enumerate(rows, first):
        cells = "".join(f"<td>{escape(value)}</td>" for value in row)
        yield f'<tr><th scope="row">{number}</th>{cells}</tr>\n'
    yield "</tbody></table>"


def _short(text: str) -> str:
    return text if len(text) <= _MOST_TEXT else text[:_MOST_TEXT] + " …"
