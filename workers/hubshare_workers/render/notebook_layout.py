"""Where the cells of a notebook lie in its file; and how they are parted, to be shown bit by bit.

The file is read through a window, so that memory holds one cell at a time.
"""

from __future__ import annotations

import json
import mmap
import re
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubshare.config import MIB

#: A file, or a part of one: in memory, or mapped into it.
Buffer = bytes | mmap.mmap

#: A part has so many cells, or ends with the cell with which it has so many bytes; a larger cell than that is one of its own.
PART_CELLS, PART_BYTES, _LARGE_BYTES = 100, 1 * MIB, 4 * MIB
#: Up to this a notebook is shown as a whole.
WHOLE_CELLS, WHOLE_BYTES = 200, 2 * MIB
#: Cells and parts beyond are on no page.
MOST_CELLS, MOST_PARTS = 50_000, 1000
#: Characters of the cells' ids that are remembered.
MOST_IDS = 1 * MIB
_WINDOW = 1 * MIB
_SPACE = re.compile(r"[ \t\r\n]*+")
#: As nbformat 4.5 has them.
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Layout:
    """A notebook's cells by their places.

    Attributes:
        starts, ends: of each cell, in bytes.
        texts: which cells are Markdown, from 0.
        ids: of the cells, by their numbers from 0, as far as they have one and there is room.
        about: what the file says beside its cells: `metadata`, `nbformat`, `nbformat_minor`.
        total: how many cells there are; more than there are places of when there are too many.
    """

    starts: array[int]
    ends: array[int]
    texts: array[int]
    ids: Mapping[int, str]
    about: Mapping[str, Any]
    total: int

    @property
    def is_whole(self) -> bool:
        """Whether it is small enough to be shown at once."""
        return self.total <= WHOLE_CELLS and self.ends[-1] - self.starts[0] <= WHOLE_BYTES

    def parts(self) -> list[int]:
        """The cell, from 0, that each part begins with."""
        found = [0]
        for cell in range(1, len(self.starts)):
            full = cell - found[-1] >= PART_CELLS or self.ends[cell - 1] - self.starts[found[-1]] > PART_BYTES
            if full or self.ends[cell] - self.starts[cell] > _LARGE_BYTES:
                if len(found) == MOST_PARTS:
                    break
                found.append(cell)
        return found


def layout(data: Buffer) -> Layout:
    """Where the cells of a notebook of format 4 lie.

    Raises:
        ValueError: it is none, or no JSON.
        RecursionError: it is nested too deeply.
    """
    window = _Window(data)
    starts, ends, texts, total = array("Q"), array("Q"), array("Q"), 0
    about: dict[str, Any] = {}
    ids, room = dict[int, str](), MOST_IDS
    window.take("{")
    for _ in window.each("}"):
        name, _, _ = window.value()
        if not isinstance(name, str):
            raise ValueError("a name that is no text")
        window.take(":")
        if name != "cells":
            about[name], _, _ = window.value()
            continue
        starts, ends, texts, total = array("Q"), array("Q"), array("Q"), 0
        ids, room = {}, MOST_IDS
        window.take("[")
        for total, _ in enumerate(window.each("]"), 1):
            cell, start, end = window.value()
            if total <= MOST_CELLS:
                if isinstance(cell, dict) and cell.get("cell_type") == "markdown":
                    texts.append(total - 1)
                name = cell.get("id") if isinstance(cell, dict) else None
                if isinstance(name, str) and _ID.fullmatch(name) and len(name) < room:
                    ids[total - 1] = name
                    room -= len(name) + 1
                starts.append(start)
                ends.append(end)
    window.finish()
    if about.get("nbformat") != 4 or not starts:
        raise ValueError("no cells as of format 4")
    return Layout(starts, ends, texts, ids, about, total)


class _Window:
    """A moving view of a file of JSON.

    Bytes are read as Latin-1, one character each: brackets and quotes are where they are, texts are not as they should be.
    """

    def __init__(self, data: Buffer) -> None:
        self._data, self._size = data, len(data)
        # The place of the window in the file, and how far one is within it.
        self._start, self._at = (3 if data[:3] == _BYTE_ORDER_MARK else 0), 0
        self._text = ""
        self._scan = json.JSONDecoder(strict=False).raw_decode
        self._move(_WINDOW)

    def value(self) -> tuple[Any, int, int]:
        """The next value, where it begins in the file, and where it ends.

        Raises:
            ValueError: there is none.
        """
        self._skip_space()
        if self._at * 2 > len(self._text):
            self._move(_WINDOW)
        while True:
            try:
                found, end = self._scan(self._text, self._at)
            except ValueError:
                if self._is_last:
                    raise
            else:
                # A number at the edge may go on.
                if end < len(self._text) or self._is_last:
                    begun, self._at = self._at, end
                    return found, self._start + begun, self._start + end
            self._move(4 * len(self._text))

    def take(self, mark: str) -> None:
        """Go past a sign that must be next.

        Raises:
            ValueError: it is another one.
        """
        if self._next() != mark:
            raise ValueError(f"no {mark} at byte {self._start + self._at}")
        self._at += 1

    def each(self, last: str) -> Iterator[None]:
        """Stand before each of the values that are parted by commas, and then behind the sign that ends them."""
        if self._next() != last:
            yield
            while self._next() == ",":
                self.take(",")
                yield
        self.take(last)

    def finish(self) -> None:
        """Make sure that nothing follows.

        Raises:
            ValueError: something does.
        """
        if self._next():
            raise ValueError(f"more at byte {self._start + self._at}")

    @property
    def _is_last(self) -> bool:
        return self._start + len(self._text) >= self._size

    def _next(self) -> str:
        self._skip_space()
        return self._text[self._at : self._at + 1]

    def _skip_space(self) -> None:
        while True:
            found = _SPACE.match(self._text, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._text) or self._is_last:
                return
            self._move(_WINDOW)

    def _move(self, size: int) -> None:
        """Have the window begin where one is."""
        self._start, self._at = self._start + self._at, 0
        self._text = self._data[self._start : self._start + size].decode("latin-1")
