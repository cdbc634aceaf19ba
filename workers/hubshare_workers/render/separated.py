"""Text of separated values: how it is parted, where its rows begin, and the rows of a page of it.

Rows are those of Python's `csv`. Where they begin is found in the bytes, which is many times faster than to read them;
then any page is a range of the file.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from hubshare.config import KIB, MIB
from hubshare.rendering.encodings import NAMES, WESTERN, guessed
from hubshare.rendering.kinds import wide_encoding
from hubshare_workers.render.failing import Unrenderable
from hubshare_workers.render.notebook_layout import Buffer
from hubshare_workers.render.texts import text_of

PAGE_ROWS = 100
csv.field_size_limit(2**31 - 1)
_SNIFFED = 64 * KIB
#: So much is looked at at a time.
_WINDOW = 4 * MIB
#: What is in another encoding than these is read whole, up to so many bytes, and made UTF-8.
IN_PLACE = ("utf-8", WESTERN)
_MOST_WIDE = 64 * MIB
#: As Excel is told what parts fields; lines of comment before a table; what is quoted.
_SEPARATOR = re.compile(r"sep=([\t -~])\r?\n", re.IGNORECASE)
_COMMENT = re.compile(r"(?:[#%][^\r\n]*(?:\r\n|\r|\n))+")
_MARKS = ",;\t|"
_QUOTED = re.compile(r'"[^"]*"')


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
    opened = _opened(text, suffix)
    rows = list(_rows(text[opened.begins :], opened.delimiter))
    return Reading(opened.delimiter, opened.about), rows


@dataclass(frozen=True)
class Separated:
    """A text of separated values.

    Attributes:
        data: its bytes, in Windows-1252 or UTF-8.
        encoding: of the file.
        about: the comment before the table.
        begins: where the table begins, in bytes.
        head: where its rows begin, behind the header.
    """

    data: Buffer
    encoding: str
    delimiter: str
    about: str
    begins: int
    head: int

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        return next(self.rows(self.begins, self.head), [])

    def rows(self, start: int, end: int) -> Iterator[list[str]]:
        """The rows between two places, of which the first is the beginning of one.

        Raises:
            csv.Error: when it is no table.
        """
        return _rows(self._text(start, end), self.delimiter)

    def places(self) -> tuple[array[int], int]:
        """Where each page begins, in bytes, and how many rows there are."""
        starts, count, at, size = array("Q", [self.head]), 0, self.head, len(self.data)
        patterns = _Patterns(self.delimiter)
        while at < size:
            end = min(at + _WINDOW, size)
            window = self.data[at:end]
            last = len(window) if end == size else window.rfind(b"\n") + 1
            if b'"' in window or not last:
                # A row may go on behind the window.
                steps, behind = patterns.quoted, size
            else:
                steps, end = patterns.bare if b"\r" in window else patterns.plain, at + last
                behind = end
            while at < end:
                # Many at once from where a page begins; one by one where few are left.
                many = PAGE_ROWS if count % PAGE_ROWS == 0 else 1
                found = steps[many].match(self.data, at, behind)
                if found is None and many > 1:
                    many, found = 1, steps[1].match(self.data, at, behind)
                if found is None:
                    # Nothing but blank lines, or a row with a quote that is never closed.
                    count += self.data[at:behind].strip(b"\r\n") != b""
                    at = behind
                else:
                    count, at = count + many, found.end()
                    if count % PAGE_ROWS == 0:
                        starts.append(at)
        return starts, count

    def blocks(self, words: str = "") -> Iterator[tuple[int, Iterator[list[str]]]]:
        """The rows by pages: the number of the first of them, from 0, and all.

        Args:
            words: pages that certainly do not say this are left out.
        """
        starts, _ = self.places()
        bare = words if '"' not in words else ""
        for page, start in enumerate(starts):
            end = starts[page + 1] if page + 1 < len(starts) else len(self.data)
            text = self._text(start, end)
            if bare in text.casefold():
                yield page * PAGE_ROWS, _rows(text, self.delimiter)

    def at(self, numbers: Sequence[int]) -> list[list[str]]:
        """Some rows, by their numbers from 0."""
        starts, _ = self.places()
        pages = {number // PAGE_ROWS for number in numbers}
        read = {
            page: list(self.rows(starts[page], starts[page + 1] if page + 1 < len(starts) else len(self.data)))
            for page in pages
        }
        return [read[number // PAGE_ROWS][number % PAGE_ROWS] for number in numbers]

    def _text(self, start: int, end: int) -> str:
        coding = "cp1252" if self.encoding == "windows-1252" else "utf-8"
        return self.data[start:end].decode(coding, "replace")


class _Patterns:
    """How one gets past so many rows: where quotes count, where there are none, and where lines end in line feeds alone."""

    def __init__(self, delimiter: str) -> None:
        mark = re.escape(delimiter.encode())
        field = rb'(?:"[^"]*+(?:""[^"]*+)*+"[^%s\r\n]*+|[^"%s\r\n][^%s\r\n]*+)?+' % (mark, mark, mark)
        row = rb"[\r\n]*+(?=[^\r\n])%s(?:%s%s)*+(?=[\r\n]|\Z)" % (field, mark, field)
        self.quoted, self.bare, self.plain = (
            {many: re.compile(rb"(?:%s){%d}" % (one, many)) for many in (1, PAGE_ROWS)}
            for one in (row, rb"[\r\n]*+[^\r\n]++", rb"\n*+[^\n]++")
        )


def opened(data: Buffer, suffix: str, cut: bool) -> Separated:
    """A text of separated values, as it is found out to be.

    Args:
        suffix: of the file's name.
        cut: whether there is more of it.
    """
    begins, encoding = 0, _encoding(data, cut)
    if encoding not in IN_PLACE:
        if len(data) > _MOST_WIDE:
            raise Unrenderable(
                "too-large", f"A table in {NAMES[encoding]} of more than 64 MiB is not shown. It can be downloaded."
            )
        data = text_of(data[:], cut=cut)[0].encode(errors="replace")
    elif data[:3] == codecs.BOM_UTF8:
        begins = len(codecs.BOM_UTF8)
    coding = "cp1252" if encoding == "windows-1252" else "utf-8"
    # A character may be cut at the end.
    sample = data[begins : begins + _SNIFFED].decode(coding, "ignore")
    found = _opened(sample, suffix)
    begins += len(sample[: found.begins].encode(coding, "replace"))
    made = Separated(data, encoding, found.delimiter, found.about, begins, begins)
    first = _Patterns(found.delimiter).quoted[1].match(data, begins)
    return replace(made, head=first.end() if first else len(data))


def _encoding(data: Buffer, cut: bool) -> str:
    if wide := wide_encoding(data[:_SNIFFED]):
        return wide
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for at in range(0, len(data), _WINDOW):
            decoder.decode(data[at : at + _WINDOW], final=at + _WINDOW >= len(data) and not cut)
    except UnicodeDecodeError:
        return guessed(data[:_MOST_WIDE])
    return "utf-8"


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    return (row for row in csv.reader(io.StringIO(text, newline=""), _parted_by(delimiter)) if row)


class _Opened(NamedTuple):
    """What is before a table, where that begins, and how it is parted."""

    about: str
    begins: int
    delimiter: str


def _opened(text: str, suffix: str) -> _Opened:
    """Take apart what is before a table (Excel's `sep=;`, lines of comment) and the table.

    Args:
        text: the beginning of it, or all.
    """
    sample = text[:_SNIFFED]
    if declared := _SEPARATOR.match(sample):
        return _Opened("", declared.end(), declared[1])
    about = _COMMENT.match(sample)
    end = about.end() if about else 0
    if not about and (headed := _headed(sample)):
        return _Opened(text[: headed[0]], *headed)
    found = _guessed(sample[end:], suffix)
    if about:
        # The last of these lines may be the header.
        last = about[0].rstrip("\r\n").rpartition("\n")[2]
        following = sample[end:].partition("\n")[0]
        if last.count(found) == following.count(found) > 0:
            end -= len(about[0]) - len(about[0].rstrip("\r\n")) + len(last)
    return _Opened(text[:end], end, found)


def _headed(sample: str) -> tuple[int, str] | None:
    """Where a table begins that some lines of text stand above, and how it is parted; None where there are none.

    What instruments and offices write above has no delimiter in its first line, and the rest has the same number of them in
    each: two or more, or one behind a blank line. Else a column of text with commas in it would be one of these.
    """
    lines = sample.splitlines(keepends=True)
    # The last may be cut.
    lines = lines[:-1][:50] if len(sample) == _SNIFFED else lines[:50]
    bare = [_QUOTED.sub("", line) for line in lines]
    if not bare or any(mark in bare[0] for mark in _MARKS):
        return None
    found = list[tuple[int, int, str]]()
    for mark in _MARKS:
        begins, last = len(bare), 0
        for place in reversed(range(len(bare))):
            if bare[place].strip():
                last = last or bare[place].count(mark)
                if not last or bare[place].count(mark) != last:
                    break
                begins = place
        rows = sum(bool(line.strip()) for line in bare[begins:])
        if rows > 2 and (last > 1 or not bare[begins - 1].strip()):
            found.append((begins, -last, mark))
    if not found:
        return None
    begins, _, mark = min(found)
    return sum(map(len, lines[:begins])), mark


def _parted_by(mark: str) -> type[csv.Dialect]:
    class Found(csv.excel):
        delimiter = mark

    return Found


def _guessed(sample: str, suffix: str) -> str:
    """How fields are parted. Only the delimiter is guessed: quotes are as in RFC 4180, and what is in them does not count."""
    lines = [_QUOTED.sub("", line) for line in sample.splitlines()[:50] if line]
    counts = {mark: [line.count(mark) for line in lines] for mark in _MARKS}
    # The one that is in most lines equally often, and in the first at all.
    likely = [mark for mark in counts if lines and counts[mark][0]]
    if suffix == ".tsv":
        return "\t"
    return max(likely, key=lambda mark: (counts[mark].count(counts[mark][0]), counts[mark][0]), default=",")
