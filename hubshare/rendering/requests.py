"""The request for a rendering.

It names content by the ids of blobs, so a result never changes and can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hubshare.rendering.kinds import Kind

#: Part of every key: raise it when the output of any renderer changes, and all is rendered anew.
RENDERER = 12


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
    kind: Kind, *blobs: str, name: str = "", page: int = 1, split: bool = False, spaces: bool = True
) -> RenderRequest:
    """The request for a rendering, with just the options that matter to its kind, so that equal ones are made once.

    Args:
        kind: see `kind_of`.
        blobs: one id; two for a difference.
        name: of the file; code is coloured by it, and tables are read by its suffix.
        page: of a table, from 1.
        split: a difference is shown side by side.
        spaces: white space counts in a difference.
    """
    base = posixpath.basename(name)[-100:]
    if kind in DIFFERENCES:
        options: dict[str, str | int] = {"suffix": posixpath.splitext(base.lower())[1]}
        options |= {"layout": "split"} if split else {}
        return RenderRequest(kind, blobs, options if spaces else options | {"spaces": "ignore"})
    if kind == Kind.CODE:
        return RenderRequest(kind, blobs, {"name": base})
    if kind == Kind.TABLE:
        return RenderRequest(kind, blobs, {"suffix": posixpath.splitext(base.lower())[1], "page": max(1, page)})
    return RenderRequest(kind, blobs)


def page_request(first: RenderRequest, facts: Mapping[str, Any], page: int) -> RenderRequest | None:
    """The request for a page of a table, by what is known from the first one; None for a page that there is not.

    Args:
        first: the request for the first page.
        facts: the meta of its result, see `hubshare_workers.render.table`.
        page: from 1.
    """
    if page > facts["pages"]:
        return None
    if page <= 1:
        return first
    options: dict[str, str | int] = {**first.options, "page": page, "rows": facts["rows"]}
    step, starts = facts.get("step", 1), facts.get("starts")
    if starts is not None:
        place, skip = divmod(page - 1, step)
        # Before the first of the places one reads on behind the header.
        options |= {"start": starts[place - 1], "skip": skip} if place else {"start": 0, "skip": skip}
    return RenderRequest(first.kind, first.blobs, options)
