"""What workers have rendered, put into a page; or its place in the page until they have."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
from hubshare.rendering.requests import RenderRequest, page_request
from hubshare.rendering.results import RenderResult, failure
from hubshare.service.pages.addresses import Addresses
from hubshare.service.pages.view import here
from hubshare.service.web.asker import asker_of
from hubshare.sync.trees import LINK

#: How long a page waits for a rendering before it is sent without it: most are made in this time.
_PATIENCE = 0.3
#: Bytes by which the kind of a file is known.
HEAD = 4096
_CELL = re.compile(r'(<div class="hs-cell hs-cell-[a-z]+" id="cell-(\d+)">)')


@dataclass(frozen=True)
class Shown:
    """A rendering as far as there is one.

    Attributes:
        kind: what it is shown as.
        html: the fragment; None when there is none, for `error` or because it is not made yet.
        meta: facts, by kind.
        error: why there is none, in a sentence.
        again: address of the page that asks again, when it is not made yet.
        wait: milliseconds until then.
    """

    kind: Kind
    html: Markup | None = None
    meta: dict[str, Any] | None = None
    error: str | None = None
    again: str = ""
    wait: int = 0


def show(request: Request, caller: Caller, place: ProjectView, wanted: RenderRequest) -> RenderResult | None:
    """What came of a rendering; None when it is being made, which this asks for.

    Raises:
        Unavailable: Redis does not answer.
    """
    seconds = 0.0 if "wait" in request.query_params else _PATIENCE
    renderings: Renderings = request.app.state.renderings
    return renderings.fetch(asker_of(request, caller), project=place.project.id, wanted=wanted, seconds=seconds)


def show_page(
    request: Request, caller: Caller, place: ProjectView, first: RenderRequest, page: int
) -> RenderResult | None:
    """The same for a page of a table, which has its place from the first one; nothing is made for a page that there is not.

    Args:
        first: the request for the first page.
    """
    result = show(request, caller, place, first)
    if result is None or result.error is not None:
        return result
    wanted = page_request(first, result.meta, page)
    if wanted is None:
        pages = result.meta["pages"]
        return failure("missing", f"The table has {count(pages, 'page')}; there is no page {page:,}.")
    return result if wanted == first else show(request, caller, place, wanted)


def placed(
    request: Request,
    at: Addresses,
    caller: Caller,
    place: ProjectView,
    path: str,
    wanted: RenderRequest,
    page: int = 1,
) -> Shown:
    """A rendering, with its links leading to the pages of the version that is looked at.

    Args:
        path: of the file.
        page: of a table.
    """
    result = show_page(request, caller, place, wanted, page) if page > 1 else show(request, caller, place, wanted)
    if result is None:
        return Shown(wanted.kind, **_again(request))
    if result.error is not None:
        return Shown(wanted.kind, error=result.error)
    files, raw = (at.file(place.full_name, place.named, view=view) for view in ("files", "raw"))
    html = resolve_links(result.html, path, files, raw, place.holds)
    permanent = at.file(place.full_name, place.version.number, path)
    if wanted.kind is Kind.NOTEBOOK:
        html = _CELL.sub(
            lambda cell: (
                f'{cell[1]}<a class="hs-cell-link" href="{permanent}#cell-{cell[2]}" '
                f'aria-label="Permanent link to cell {cell[2]}">¶</a>'
            ),
            html,
        )
    # The workers' sanitiser has been over all of it.
    return Shown(wanted.kind, Markup(html), result.meta)  # noqa: S704


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


def _again(request: Request) -> dict[str, Any]:
    """Where and when the page asks again: soon at first, then more and more rarely."""
    try:
        tries = min(max(int(request.query_params.get("wait", "0")), 0), 50)
    except ValueError:
        tries = 0
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "wait"]
    path = here(request).partition("?")[0]
    return {"again": f"{path}?{urlencode([*others, ('wait', tries + 1)])}", "wait": int(min(250 * 1.4**tries, 5000))}


def kind_and_size(place: ProjectView, path: str, mode: int, blob: str) -> tuple[Kind, int, bytes]:
    """What a file is best shown as, its size, and its first bytes."""
    size, head = place.size(blob), place.repository.beginning(blob, HEAD)
    return (Kind.CODE if mode == LINK else kind_of(path, size, head)), size, head
