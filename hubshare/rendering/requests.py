"""The request for a rendering.

It names content by the ids of blobs, so a result never changes and can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hubshare.config import KIB
from hubshare.rendering.kinds import Kind

#: Part of every key: raise it when the output of any renderer changes, and all is rendered anew.
RENDERER = 36

#: Of longer text the beginning is shown until all of it is made: so many bytes.
BEGINS_BYTES, _LONG_BYTES = 64 * KIB, 192 * KIB
#: Characters of what a table is filtered by.
_MOST_WORDS = 200


@dataclass(frozen=True)
class RenderRequest:
    """One rendering that is asked for.

    Args:
        kind: what it is to be shown as.
        blobs: the git ids of the contents: one; for a difference the older and the newer one, "" for none.
        options: what else the result depends on, see `OPTIONS`.
    """

    kind: Kind
    blobs: tuple[str, ...]
    options: dict[str, str | int] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Names the result."""
        parts = [RENDERER, self.kind, self.blobs, sorted(self.options.items())]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def ranges(self, size: int) -> list[tuple[int, int]]:
        """Which bytes of the blob it is made of: of a table `head` at the beginning, and all from `start` to `end`.

        Args:
            size: of the blob, or as much of it as is looked at.
        """
        start, end, head = (
            int(self.options.get(name, none)) for name, none in (("start", 0), ("end", size), ("head", 0))
        )
        return [(0, min(head, start)), (start, min(end, size))]

    def encode(self) -> str:
        """As JSON, for the queue."""
        return json.dumps({"kind": self.kind, "blobs": self.blobs, "options": self.options})

    @classmethod
    def decode(cls, text: str) -> RenderRequest:
        """The request that `encode` wrote."""
        found = json.loads(text)
        return cls(Kind(found["kind"]), tuple(found["blobs"]), found["options"])


#: The kinds that show what differs between two contents.
DIFFERENCES = (Kind.TEXT_DIFFERENCE, Kind.NOTEBOOK_DIFFERENCE, Kind.TABLE_DIFFERENCE)


def make_request(
    kind: Kind,
    *blobs: str,
    name: str = "",
    page: int = 1,
    split: bool = False,
    spaces: bool = True,
) -> RenderRequest:
    """The request for a rendering, with just the options that matter to its kind, so that equal ones are made once.

    Args:
        kind: see `kind_of`.
        blobs: one id; two for a difference.
        name: of the file; code is coloured by it, tables are read by its suffix, and what is no text is named by it.
        page: of a table, from 1.
        split: a difference is shown side by side.
        spaces: white space counts in a difference.
    """
    base = posixpath.basename(name)[-100:]
    if kind in DIFFERENCES:
        options: dict[str, str | int] = {"suffix": posixpath.splitext(base.lower())[1]}
        options |= {"layout": "split"} if split else {}
        return RenderRequest(kind, blobs, options if spaces else options | {"spaces": "ignore"})
    if kind in (Kind.CODE, Kind.BINARY, Kind.ARCHIVE):
        return RenderRequest(kind, blobs, {"name": base})
    if kind == Kind.TABLE:
        options = {"suffix": posixpath.splitext(base.lower())[1], "page": max(1, page)}
        return RenderRequest(kind, blobs, options)
    return RenderRequest(kind, blobs)


def beginning_request(wanted: RenderRequest, size: int) -> RenderRequest | None:
    """The request for the beginning of a long text, which is there long before all of it; None where it is not long.

    Args:
        wanted: the request for all of it.
        size: of the blob, in bytes.
    """
    if wanted.kind not in (Kind.CODE, Kind.MARKDOWN) or size <= _LONG_BYTES:
        return None
    return RenderRequest(wanted.kind, wanted.blobs, wanted.options | {"beginning": BEGINS_BYTES})


def arranged_request(first: RenderRequest, sort: int, words: str) -> RenderRequest:
    """The request for the first page of a table that is sorted or filtered; the same where it is neither.

    Args:
        first: the request for the first page of the table as it is.
        sort: number of the column, from 1, that the rows are in the order of; less than 0 for downwards; 0 for none.
        words: what a cell of each row must say; longer ones are cut.
    """
    options = first.options | ({"sort": sort} if sort else {}) | ({"filter": words[:_MOST_WORDS]} if words else {})
    return RenderRequest(first.kind, first.blobs, options)


def page_request(first: RenderRequest, facts: Mapping[str, Any], page: int) -> RenderRequest | None:
    """The request for a page of a table or a part of a notebook, by what is known from the first one; None where there is none.

    Args:
        first: the request for the first page.
        facts: the meta of its result, see `hubshare_workers.render.table` and `notebook_parts`.
        page: from 1.
    """
    if page > pages_of(facts):
        return None
    if page <= 1:
        return first
    if first.kind is Kind.NOTEBOOK:
        place = page - 1
        options: dict[str, str | int] = {
            "part": page,
            "start": facts["starts"][place],
            "end": facts["ends"][place],
            "cell": facts["firsts"][place],
            "taken": facts["taken"].get(str(page), "{}"),
        }
        return RenderRequest(first.kind, first.blobs, options | _language(facts))
    options = {**first.options, "page": page, "rows": facts["rows"]}
    step, starts = facts.get("step", 1), facts.get("starts")
    if starts is not None:
        # Before the first of the places one reads on behind the header.
        place, skip = divmod(page - 1, step)
        options |= {"head": facts["head"], "about": facts["about"], "skip": skip}
        options |= {"start": starts[place], "end": starts[place + 1]}
        options |= {name: facts[name] for name in ("encoding", "delimiter", "arranges", "cut")}
    return RenderRequest(first.kind, first.blobs, options)


def pages_of(facts: Mapping[str, Any]) -> int:
    """How many pages a table has, or parts a notebook.

    Args:
        facts: the meta of its first page.
    """
    return int(facts["pages"]) if "pages" in facts else len(facts.get("starts", "1"))


def part_of(facts: Mapping[str, Any], cell: int) -> int:
    """The part of a notebook that a cell is in; the last one where there is no such cell.

    Args:
        facts: the meta of its first part.
        cell: its number, from 1.
    """
    return max(1, bisect_right(facts.get("firsts", [1]), cell))


def part_with(facts: Mapping[str, Any], cell_id: str) -> int | None:
    """The part of a notebook in parts that the cell of an id is in; None where there is no such cell.

    Args:
        facts: the meta of its first part.
        cell_id: as the file has it.
    """
    # Looked for among all ids of a part at once, which takes no time to take apart.
    return next((part for part, ids in enumerate(facts.get("ids", ()), 1) if f" {cell_id} " in f" {ids} "), None)


def parts_by_cell(facts: Mapping[str, Any]) -> dict[str, int]:
    """Return by its id the part that each cell of a notebook in parts is in; of two with the same id the first one's.

    Args:
        facts: the meta of its first part.
    """
    numbered = reversed(list(enumerate(facts.get("ids", ()), 1)))
    return {cell_id: part for part, ids in numbered for cell_id in ids.split()}


def output_request(
    first: RenderRequest, facts: Mapping[str, Any], part: Mapping[str, Any], cell: int, output: int
) -> RenderRequest | None:
    """The request for the whole of an output that was cut; None where none was.

    Args:
        first: the request for the first part of the notebook.
        facts: the meta of its result.
        part: the meta of the part that the cell is in.
        cell: its number, from 1.
        output: the number of the output in it, from 1.
    """
    for one in part.get("long", []):
        if (one["cell"], one["output"]) == (cell, output) and "start" in one:
            options: dict[str, str | int] = {"output": output, "start": one["start"], "end": one["end"]}
            return RenderRequest(first.kind, first.blobs, options | _language(facts))
    return None


def _language(facts: Mapping[str, Any]) -> dict[str, str | int]:
    return {"language": facts["language"], "lexer": facts["lexer"]}
