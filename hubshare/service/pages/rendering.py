"""What workers have rendered, put into a page; or its place in the page until they have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from markupsafe import Markup

from hubshare.names import count
from hubshare.operations.caller import Caller
from hubshare.operations.project_view import ProjectView
from hubshare.operations.renderings import Renderings
from hubshare.rendering.kinds import Kind, kind_of
from hubshare.rendering.links import resolve_links
from hubshare.rendering.requests import (
    RenderRequest,
    arranged_request,
    beginning_request,
    output_request,
    page_request,
    pages_of,
    part_of,
    part_with,
)
from hubshare.rendering.results import RenderResult, failure
from hubshare.service.pages.addresses import Addresses
from hubshare.service.pages.part_links import Arrangement, Parts
from hubshare.service.pages.view import here
from hubshare.service.web.asker import asker_of
from hubshare.sync.trees import LINK

#: How long a page waits for a rendering before it is sent without it: most are made in this time.
_PATIENCE = 0.3
#: Bytes by which the kind of a file is known.
HEAD = 4096
#: Of what one reads the beginning of, all is asked for after this time, and every second from then on.
_BEGINNING_MILLISECONDS = 400
_OUTPUT = re.compile(r"(\d{1,9})\.(\d{1,9})")
_TOO_LONG = (
    "This table is too long to be sorted or filtered here: up to 1,000,000 rows and 64 MiB are. It can be downloaded."
)


@dataclass(frozen=True)
class Shown:
    """A rendering as far as there is one.

    Attributes:
        kind: what it is shown as.
        html: the fragment; None when there is none, for `error` or because it is not made yet. With `again` the beginning.
        meta: facts, by kind.
        error: why there is none, in a sentence.
        again: address of the page that asks again, when it is not made yet.
        wait: milliseconds until then.
        parts: of a notebook, which part this is.
        arrangement: of a table, in which order it is.
    """

    kind: Kind
    html: Markup | None = None
    meta: dict[str, Any] | None = None
    error: str | None = None
    again: str = ""
    wait: int = 0
    parts: Parts | None = None
    arrangement: Arrangement = field(default_factory=Arrangement)


def show(
    request: Request, caller: Caller, place: ProjectView, wanted: RenderRequest, patience: float = _PATIENCE
) -> RenderResult | None:
    """What came of a rendering; None when it is being made, which this asks for.

    Args:
        patience: seconds to wait for it, unless the page asks again.

    Raises:
        Unavailable: Redis does not answer.
    """
    seconds = 0.0 if "wait" in request.query_params else patience
    renderings: Renderings = request.app.state.renderings
    return renderings.fetch(asker_of(request, caller), project=place.project.id, wanted=wanted, seconds=seconds)


def show_page(
    request: Request, caller: Caller, place: ProjectView, first: RenderRequest, facts: Mapping[str, Any], page: int
) -> RenderResult | None:
    """The same for a later page of a table or part of a notebook; nothing is made for one that there is not.

    Args:
        first: the request for the first page.
        facts: the meta of its result.
    """
    wanted = page_request(first, facts, page)
    if wanted is None:
        what, whole = ("part", "notebook") if first.kind is Kind.NOTEBOOK else ("page", "table")
        return failure("missing", f"The {whole} has {count(pages_of(facts), what)}; there is no {what} {page:,}.")
    return show(request, caller, place, wanted)


def placed(
    request: Request,
    at: Addresses,
    caller: Caller,
    place: ProjectView,
    path: str,
    wanted: RenderRequest,
    page: int = 1,
    arrangement: Arrangement | None = None,
    cell: str = "",
    size: int = 0,
) -> Shown:
    """A rendering, with its links leading to the pages of the version that is looked at.

    Args:
        path: of the file.
        page: of a table, or part of a notebook.
        arrangement: of a table on a page of its own, in which it may be asked for in another order.
        cell: the id of a cell of a notebook, whose part is shown instead.
        size: of the file in bytes; of a long text the beginning is shown until all of it is made.
    """
    begins = beginning_request(wanted, size)
    begun = _beginning(request, caller, place, wanted, begins) if begins is not None else None
    # Who has waited for the beginning waits for no more.
    result = first = show(request, caller, place, wanted, _PATIENCE if begins is None else 0.0)
    if arrangement is not None and first is not None and first.error is None:
        other = _arranged(wanted, first.meta, arrangement)
        if other is None:
            return Shown(wanted.kind, error=_TOO_LONG, arrangement=arrangement)
        if other != wanted:
            wanted, result = other, show(request, caller, place, other)
    facts = result.meta if result is not None and result.error is None else None
    page = (part_with(facts, cell) if facts is not None and cell else None) or page
    if facts is not None and page > 1:
        result = show_page(request, caller, place, wanted, facts, page)
    address = at.file(place.full_name, place.named, path)
    # One with marks of a conflict has none: its sides are compared.
    in_parts = facts is not None and wanted.kind is Kind.NOTEBOOK and "cells" in facts and page <= pages_of(facts)
    parts = Parts(address, facts, max(1, page)) if facts is not None and in_parts else None
    known: dict[str, Any] = {"parts": parts, "arrangement": arrangement or Arrangement()}
    files, raw = (at.file(place.full_name, place.named, view=view) for view in ("files", "raw"))
    if result is None and begun is not None:
        later = _again(request, begun="yes") | {"wait": _BEGINNING_MILLISECONDS}
        # The workers' sanitiser has been over all of it.
        beginning = Markup(resolve_links(begun.html, path, files, raw, place.holds))  # noqa: S704
        return Shown(wanted.kind, beginning, **later, **known)
    if result is None:
        return Shown(wanted.kind, **_again(request), **known)
    if result.error is not None:
        return Shown(wanted.kind, error=result.error, **known)
    html = resolve_links(result.html, path, files, raw, place.holds)
    if parts is not None:
        html = parts.linked(html, at.file(place.full_name, place.version.number, path), result.meta.get("long", []))
    elif arrangement is not None and result.meta["arranges"]:
        html = arrangement.linked(html)
    # The workers' sanitiser has been over all of it.
    return Shown(wanted.kind, Markup(html), result.meta, **known)  # noqa: S704


def _beginning(
    request: Request, caller: Caller, place: ProjectView, wanted: RenderRequest, begins: RenderRequest
) -> RenderResult | None:
    """The beginning of a long text of which not all is made; None where that is so, or it cannot be shown."""
    renderings: Renderings = request.app.state.renderings
    if renderings.is_made(place.project.id, wanted):
        return None
    begun = show(request, caller, place, begins)
    return begun if begun is not None and begun.error is None else None


def _arranged(wanted: RenderRequest, facts: Mapping[str, Any], arrangement: Arrangement) -> RenderRequest | None:
    """The request for a table in another order; None where it is too long for that."""
    sort = arrangement.sort if abs(arrangement.sort) <= len(facts["columns"]) else 0
    other = arranged_request(wanted, sort, arrangement.words)
    return other if facts["arranges"] or other == wanted else None


def placed_output(
    request: Request, at: Addresses, caller: Caller, place: ProjectView, path: str, wanted: RenderRequest, which: str
) -> Shown:
    """The whole of one output of a notebook, of which its part shows the beginning.

    Args:
        wanted: the request for the notebook.
        which: the numbers of the cell and the output, as in `12.1`.
    """
    missing = Shown(wanted.kind, error="There is no such output, or all of it is shown on the page of the notebook.")
    numbers = _OUTPUT.fullmatch(which)
    first = show(request, caller, place, wanted)
    if first is None or first.error is not None or numbers is None:
        return Shown(wanted.kind, **_again(request)) if first is None else missing
    cell, output = int(numbers[1]), int(numbers[2])
    number = part_of(first.meta, cell)
    part = show_page(request, caller, place, wanted, first.meta, number) if number > 1 else first
    whole = output_request(wanted, first.meta, part.meta, cell, output) if part is not None else None
    if part is None or whole is None:
        return missing if part is not None else Shown(wanted.kind, **_again(request))
    result = show(request, caller, place, whole)
    if result is None:
        return Shown(wanted.kind, **_again(request))
    if result.error is not None:
        return Shown(wanted.kind, error=result.error)
    files, raw = (at.file(place.full_name, place.named, view=view) for view in ("files", "raw"))
    # The workers' sanitiser has been over all of it.
    return Shown(wanted.kind, Markup(resolve_links(result.html, path, files, raw, place.holds)), result.meta)  # noqa: S704


def placed_parts(
    request: Request, at: Addresses, caller: Caller, place: ProjectView, path: str, wanted: RenderRequest
) -> Shown:
    """A rendering in pieces: a list of them in its meta, each with its parts by name."""
    result = show(request, caller, place, wanted)
    if result is None:
        return Shown(wanted.kind, **_again(request))
    if result.error is not None:
        return Shown(wanted.kind, error=result.error)
    files, raw = (at.file(place.full_name, place.named, view=view) for view in ("files", "raw"))
    pieces = [
        # The workers' sanitiser has been over all of it.
        {name: Markup(resolve_links(html, path, files, raw, place.holds)) for name, html in piece.items()}  # noqa: S704
        for piece in result.meta["pieces"]
    ]
    return Shown(wanted.kind, meta={"pieces": pieces})


def in_a_frame(request: Request, caller: Caller, place: ProjectView, wanted: RenderRequest) -> Shown:
    """A rendering that a frame on the page shows once it is made. Nothing of it is in the page itself."""
    result = show(request, caller, place, wanted)
    if result is None:
        return Shown(wanted.kind, **_again(request))
    return Shown(wanted.kind, error=result.error)


def _again(request: Request, **known: str) -> dict[str, Any]:
    """Where and when the page asks again: soon at first, then more and more rarely.

    Args:
        known: what the address says besides.
    """
    try:
        tries = min(max(int(request.query_params.get("wait", "0")), 0), 50)
    except ValueError:
        tries = 0
    others = [(name, value) for name, value in request.query_params.multi_items() if name not in ("wait", "begun")]
    path = here(request).partition("?")[0]
    query = urlencode([*others, *known.items(), ("wait", tries + 1)])
    return {"again": f"{path}?{query}", "wait": int(min(250 * 1.4**tries, 5000))}


def kind_and_size(place: ProjectView, path: str, mode: int, blob: str) -> tuple[Kind, int, bytes]:
    """What a file is best shown as, its size, and its first bytes."""
    size, head = place.size(blob), place.repository.beginning(blob, HEAD)
    return (Kind.CODE if mode == LINK else kind_of(path, size, head)), size, head
