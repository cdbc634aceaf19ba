"""Links in what is shown a part at a time: to cells and headings in other parts, whole outputs, tables in another order."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape, unescape
from typing import Any
from urllib.parse import quote, unquote, urlencode

from hubshare.names import size
from hubshare.rendering.links import named
from hubshare.rendering.requests import pages_of, part_of, parts_by_cell

_CELL = re.compile(r'(<div class="hs-cell hs-cell-[a-z]+" id="cell-(\d+)">)')
_CUT = re.compile(r'(<p class="hs-note hs-cut" id="cell-(\d+)-output-(\d+)">[^<]*)</p>')
_ANCHOR = re.compile(r'\bhref="#([^"]+)"')
_COLUMN = re.compile(r'<th scope="col"( class="hs-right")?>([^<]*)</th>')


@dataclass(frozen=True)
class Parts:
    """A notebook of which one part is shown.

    Attributes:
        address: of the page.
        facts: the meta of its first part.
        number: of the part that is shown, from 1.
    """

    address: str
    facts: Mapping[str, Any]
    number: int

    @property
    def count(self) -> int:
        """How many parts there are."""
        return pages_of(self.facts)

    @property
    def firsts(self) -> Sequence[int]:
        """The number of the first cell of each part."""
        found: Sequence[int] = self.facts.get("firsts", [1])
        return found

    def cells(self, part: int) -> tuple[int, int]:
        """The numbers of the first and the last cell of a part."""
        behind = self.firsts[part] if part < self.count else self.facts["cells"] + 1
        return self.firsts[part - 1], behind - 1

    def to(self, part: int, anchor: str = "") -> str:
        """Where a part is shown, or something in it."""
        where = f"#{quote(anchor)}" if anchor else ""
        return where if anchor and part == self.number else f"{self.address}?part={part}{where}"

    def headings(self) -> list[dict[str, Any]]:
        """The outline of all parts, each heading with its `address`."""
        return [
            entry | {"address": self.to(entry.get("part", 1), entry["anchor"])}
            for entry in self.facts.get("outline", [])
        ]

    def linked(self, html: str, permanent: str, long: Sequence[Mapping[str, int]]) -> str:
        """The HTML of the part with links from its cells to themselves, to other parts, and to outputs that were cut.

        Args:
            permanent: address of the page of this version.
            long: the outputs that were cut, see `hubshare_workers.render.notebook`.
        """
        query = f"?part={self.number}" if self.number > 1 else ""
        sizes = {(one["cell"], one["output"]): one["size"] for one in long if "start" in one}

        def cell(found: re.Match[str]) -> str:
            return (
                f'{found[1]}<a class="hs-cell-link" href="{permanent}{query}#cell-{found[2]}" '
                f'aria-label="Permanent link to cell {found[2]}">¶</a>'
            )

        def cut(found: re.Match[str]) -> str:
            whole = sizes.get((int(found[2]), int(found[3])))
            if whole is None:
                return found[0]
            address = escape(f"{self.address}?part={self.number}&output={found[2]}.{found[3]}")
            return (
                f'{found[1]} <a href="{address}" hx-get="{address}" hx-target="closest .hs-output" hx-swap="outerHTML" '
                f'hx-select="#output-{found[2]}-{found[3]}">Show all of it ({size(whole)})</a></p>'
            )

        html = _CUT.sub(cut, _CELL.sub(cell, html))
        if self.count == 1:
            return html
        outline = self.facts["outline"]
        lies_in = {named(f"heading={entry['text']}"): entry.get("part", 1) for entry in reversed(outline)}
        lies_in |= {entry["anchor"]: entry.get("part", 1) for entry in outline}
        # Of so many ids none is looked for from the beginning for each of so many links.
        parts_of_cells = cache(lambda: parts_by_cell(self.facts))

        def anchor(found: re.Match[str]) -> str:
            name = unquote(unescape(found[1]))
            if numbered := re.fullmatch(r"cell-(\d{1,9})", name):
                part = part_of(self.facts, int(numbered[1]))
            elif name.startswith("cell-id-"):
                part = parts_of_cells().get(name.removeprefix("cell-id-"), self.number)
            else:
                part = lies_in.get(name, self.number)
            return found[0] if part == self.number else f'href="{escape(self.to(part, name))}"'

        return _ANCHOR.sub(anchor, html)


@dataclass(frozen=True)
class Arrangement:
    """How the rows of a table are asked for.

    Attributes:
        sort: number of the column that they are sorted by, from 1; less than 0 for downwards, 0 for none.
        words: what they are filtered by.
    """

    sort: int = 0
    words: str = ""

    def query(self, sort: int | None = None, page: int = 1) -> str:
        """The query of a page's address, with the question mark."""
        wanted = self.sort if sort is None else sort
        values = {"page": page if page > 1 else "", "sort": wanted or "", "filter": self.words}
        return "?" + urlencode({name: value for name, value in values.items() if value != ""})

    def linked(self, html: str) -> str:
        """The HTML of a table whose heads of columns lead to another order: up, down, as it is in the file."""
        number = 0

        def head(found: re.Match[str]) -> str:
            nonlocal number
            number += 1
            sorts, sign, then = "", "", number
            if abs(self.sort) == number:
                up = self.sort > 0
                sorts, sign, then = ("ascending", " ▲", -number) if up else ("descending", " ▼", 0)
            said = f' aria-sort="{sorts}"' if sorts else ""
            name = found[2].strip() or f"({number})"
            return f'<th scope="col"{found[1] or ""}{said}><a href="{escape(self.query(then))}">{name}</a>{sign}</th>'

        return _COLUMN.sub(head, html)
