"""Tables in Parquet, by arro3, where the extra is installed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.notebook_layout import Buffer
from hubshare_workers.render.separated import PAGE_ROWS

_MOST_COLUMNS = 200
#: Rows that are on pages: each is looked for from the beginning, and a few bytes may stand for many rows.
MOST_ROWS = 1_000_000


def load() -> None:
    """Import the reader of Parquet, where there is one."""
    try:
        import arro3.io  # noqa: F401
    except ImportError:
        return


@contextmanager
def reading() -> Iterator[None]:
    """Have what is damaged be said to be, while it is read."""
    try:
        yield
    except (MemoryError, KeyboardInterrupt, Unrenderable):
        raise
    except BaseException as error:
        # Over some damage arro3 panics, which is no `Exception` in Python.
        raise Unrenderable("malformed", "This is not a Parquet table that can be read: it is damaged.") from error


@dataclass(frozen=True)
class Opened:
    """A table in Parquet.

    Attributes:
        header, types: names and types of its columns.
    """

    data: Buffer
    header: list[str]
    types: list[str]

    def page(self, page: int, count: int | None) -> tuple[list[list[str]], int]:
        """The rows of a page, and how many there are in all, which is found out unless it is known."""
        first = (page - 1) * PAGE_ROWS
        kept, seen = _batches(_reader(self.data), first, to_its_end=count is None) if first < MOST_ROWS else ([], first)
        return kept, seen if count is None else count

    def count(self) -> int:
        """How many rows there are."""
        return sum(batch.num_rows for batch in _reader(self.data))

    def blocks(self) -> Iterator[tuple[int, list[tuple[str, ...]]]]:
        """All rows: the number of the first one of each block, from 0, and its rows."""
        first = 0
        for batch in _reader(self.data):
            yield first, list(zip(*(_column(batch, column) for column in range(batch.num_columns)), strict=True))
            first += batch.num_rows

    def at(self, numbers: Sequence[int]) -> list[list[str]]:
        """Some rows, by their numbers from 0."""
        wanted, found, first = sorted(numbers, reverse=True), dict[int, list[str]](), 0
        for batch in _reader(self.data):
            while wanted and wanted[-1] < first + batch.num_rows:
                number = wanted.pop()
                found[number] = _row(batch, number - first)
            first += batch.num_rows
            if not wanted:
                break
        return [found[number] for number in numbers]


def opened(data: Buffer) -> Opened:
    """A table.

    Raises:
        Unrenderable: it is damaged, or the extra is not installed.
    """
    schema = _reader(data).schema
    names = list(schema.names)
    return Opened(data, names, [_type(schema.field(place).type) for place in range(len(names))])


def _reader(data: Buffer) -> Any:
    try:
        from arro3.io import read_parquet
    except ImportError:
        raise Unrenderable(
            "missing", "Parquet cannot be shown on this Hub: its admin has to install the extra `parquet`."
        ) from None
    return read_parquet(data)


def _batches(reader: Iterable[Any], first: int, to_its_end: bool) -> tuple[list[list[str]], int]:
    """The rows of the page that begins after row `first`, and how many rows were seen."""
    kept: list[list[str]] = []
    count = 0
    for batch in reader:
        for place in range(max(0, first - count), min(batch.num_rows, first + PAGE_ROWS - count)):
            kept.append(_row(batch, place))
        count += batch.num_rows
        if len(kept) == PAGE_ROWS and not to_its_end:
            break
    return kept, count


def _row(batch: Any, place: int) -> list[str]:
    return [_value(batch, column, place) for column in range(min(batch.num_columns, _MOST_COLUMNS))]


def _column(batch: Any, column: int) -> list[str]:
    try:
        return [_text(value) for value in batch.column(column).to_pylist()]
    except Exception:
        # Such as a time zone that this machine does not know, in one of them.
        return [_value(batch, column, place) for place in range(batch.num_rows)]


def _type(found: Any) -> str:
    """The name of a column's type, without the library's own around it."""
    return str(found).strip().removeprefix("arro3.core.DataType<").removesuffix(">")


def _value(batch: Any, column: int, place: int) -> str:
    try:
        value = batch.column(column)[place].as_py()
    except Exception as error:
        # Such as a time zone that this machine does not know.
        return f"({type(error).__name__})"
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else repr(value) if isinstance(value, bytes) else str(value)
