"""Files and folders at any version: as a page, raw, and, for notebooks with scripts, as a document on its own."""

from __future__ import annotations

from html import escape
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from hubshare.config import MIB
from hubshare.errors import Invalid
from hubshare.git.objects import FOLDER
from hubshare.names import quoted
from hubshare.names import size as bytes_as_read
from hubshare.operations.caller import Caller
from hubshare.operations.files import EDITED_BYTES
from hubshare.operations.project_view import open_view
from hubshare.rendering.documents import NO_CONNECTIONS, SANDBOX_CSP, document, promises_to_reach_nothing
from hubshare.rendering.kinds import LARGEST, NO_TEXT, PARQUET, Kind, image_type, kind_of, wide_encoding
from hubshare.rendering.kinds import media_type as media_type_of
from hubshare.rendering.requests import make_request
from hubshare.service.pages.part_links import Arrangement
from hubshare.service.pages.project.folder import Folder, crumbs, listing, readme
from hubshare.service.pages.rendering import HEAD, Shown, in_a_frame, kind_and_size, placed, placed_output, show
from hubshare.service.pages.view import ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.downloads import Downloading, FileContent, RangeContent, range_asked
from hubshare.store.access.actions import Action
from hubshare.store.change_index import touching
from hubshare.sync.trees import LINK

router = APIRouter(prefix="/projects/{owner}/{name}", include_in_schema=False)

Reading = Annotated[Caller, Depends(requires(Action.READ, "page"))]

#: Most characters that names in a folder are looked through for.
_WORDS = 200
#: Largest file that is drawn on a map.
_MAP_BYTES = 5 * MIB
#: Raw content is nobody's page: it runs nothing, and what is in it reaches nothing.
_RAW_CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
#: A recording that is opened by itself is played in a page that the browser makes around it, which in a sandbox gets nothing.
_MEDIA_CSP = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
#: A PDF is shown by the browser itself, which does not do so in a sandbox.
_PDF_CSP = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@router.get("/files/{version}")
def get_top(caller: Reading, centre: TheCentre, pages: ThePages, owner: str, name: str, version: str) -> Response:
    """The top folder, at its one address."""
    with centre.database.read() as session:
        place = open_view(session, centre, caller, owner, name, version)
    return see_other(pages.at.file(place.full_name, version))


@router.get("/files/{version}/{path:path}")
def get_file(
    caller: Reading,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    owner: str,
    name: str,
    version: str,
    path: str,
    page: int = 1,
    part: int = 1,
    cell: Annotated[str, Query(max_length=64)] = "",
    output: str = "",
    sort: int = 0,
    words: Annotated[str, Query(alias="filter")] = "",
    view: str = "",
    begun: str = "",
) -> Response:
    """A file or folder.

    Args:
        page: of a table, or of the list of a folder.
        part: of a notebook.
        cell: the id of a cell whose part is shown, as in links of JupyterLab to cells.
        output: an output of a notebook that is shown whole, as in `12.1`, for the first one of cell 12.
        sort: number of the column that a table is sorted by; less than 0 for downwards.
        words: what rows of a table say, or names in a folder.
        view: `source` shows what is rendered as text, `live` runs the scripts of a notebook.
        begun: whether a page asks for all of a text that has its beginning already.
    """
    path = path.rstrip("/")
    with centre.database.read() as session:
        place = open_view(session, centre, caller, owner, name, version)
        mode, oid = place.entry(path)
        now = place.newest_entry(path)
        values: dict[str, Any] = {
            "place": place,
            "superseded": now != (mode, oid),
            "path": path,
            "crumbs": crumbs(pages.at, place, path),
            "permanent": pages.at.file(place.full_name, place.version.number, path),
            "touched": next(iter(touching(session, place.project.id, path, place.version.number + 1, 1)), None)
            if path
            else place.version,
        }
        if mode == FOLDER:
            values["may_restore"] = values["superseded"] and Action.PUSH in place.may
            folder = Folder(pages, place, path, oid)
            values["listing"] = listing(session, pages, folder, page, words.strip()[:_WORDS])
    if mode == FOLDER:
        about = readme(request, pages, caller, folder)
        return pages.show(request, caller, "folder.html.j2", styled=True, readme=about, **values)
    kind, size, head = kind_and_size(place, path, mode, oid)
    as_text = view == "source" and kind in (Kind.NOTEBOOK, Kind.MARKDOWN, Kind.JSON, Kind.TABLE)
    wanted = make_request(Kind.CODE if as_text else kind, oid, name=path)
    in_frame = kind is Kind.NOTEBOOK and view == "live"
    may_run = size <= LARGEST[Kind.LIVE]
    if in_frame and not may_run:
        most, words = bytes_as_read(LARGEST[Kind.LIVE]), "Without scripts all of it is shown, part by part."
        shown = Shown(
            kind, error=f"Scripts run in notebooks of up to {most}, and this one has {bytes_as_read(size)}. {words}"
        )
    elif in_frame:
        shown = in_a_frame(request, caller, place, make_request(Kind.LIVE, oid))
    elif output and wanted.kind is Kind.NOTEBOOK:
        shown = placed_output(request, pages.at, caller, place, path, wanted, output)
    else:
        number = {Kind.TABLE: page, Kind.NOTEBOOK: part}.get(wanted.kind, 1)
        order = Arrangement(sort, words.strip()) if wanted.kind is Kind.TABLE else None
        shown = placed(request, pages.at, caller, place, path, wanted, number, order, cell, size)
        if begun and shown.html is not None and shown.again and "hx-request" in request.headers:
            return Response(status_code=204)
    framed = {Kind.PDF: "raw", Kind.NOTEBOOK: "live" if in_frame else ""}.get(kind, "")
    framed = framed and pages.at.file(place.full_name, place.named, path, framed)
    return pages.show(
        request,
        caller,
        "file.html.j2",
        styled=True,
        framed=framed,
        played=pages.at.file(place.full_name, place.named, path, "raw") if kind is Kind.MEDIA else "",
        alone=promises_to_reach_nothing(request.headers),
        shown=shown,
        kind=kind,
        may_run=may_run,
        is_audio=kind is Kind.MEDIA and (media_type_of(path, head) or "").startswith("audio/"),
        size=size,
        on_map=kind is Kind.JSON and not view and size <= _MAP_BYTES and path.lower().endswith(".geojson"),
        editable=mode != LINK and kind not in NO_TEXT and b"\0" not in head and size <= EDITED_BYTES,
        link=head.decode(errors="replace") if mode == LINK else None,
        view="source" if as_text else view if kind is Kind.NOTEBOOK else "",
        output=output if wanted.kind is Kind.NOTEBOOK else "",
        part=part,
        # A page that has the parts before asks for this one alone.
        ahead=part > 1 and request.headers.get("hx-target") in (f"after-{part - 1}", f"part-{part}"),
        **values,
    )


@router.get("/live/{version}/{path:path}")
def get_live(
    caller: Reading,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    owner: str,
    name: str,
    version: str,
    path: str,
) -> Response:
    """A notebook with its scripts, for a frame: they run in an origin of nobody, and reach neither cookies nor network.

    Opened by itself it is the page with the frame in it.
    """
    with centre.database.read() as session:
        place = open_view(session, centre, caller, owner, name, version)
    mode, oid = place.entry(path)
    if mode == FOLDER or kind_and_size(place, path, mode, oid)[0] is not Kind.NOTEBOOK:
        raise Invalid(f"{quoted(path)} is no notebook.")
    if request.headers.get("sec-fetch-dest", "iframe") != "iframe":
        return RedirectResponse(f"{pages.at.file(place.full_name, place.named, path)}?view=live", 303)
    result = show(request, caller, place, make_request(Kind.LIVE, oid))
    headers = {
        "Content-Security-Policy": f"{SANDBOX_CSP}; frame-ancestors 'self'",
        "Cache-Control": "private, no-cache",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    if result is None:
        # A frame cannot come back by itself: what it asks for then is asked for by nobody.
        shown = document("<p>This is being made ready to be shown: load the page again in a moment.</p>")
    else:
        shown = document(f"<p>{escape(result.error)}</p>") if result.error else result.html
    return HTMLResponse(shown, headers=headers | NO_CONNECTIONS)


@router.get("/raw/{version}/{path:path}")
def get_raw(
    caller: Reading,
    _: Downloading,
    request: Request,
    centre: TheCentre,
    owner: str,
    name: str,
    version: str,
    path: str,
    download: bool = False,
) -> Response:
    """A file as it is: text as plain text, images and recordings as such, anything else as a download."""
    with centre.database.read() as session:
        place = open_view(session, centre, caller, owner, name, version)
    oid = place.file(path)[1]
    headers = {
        "Content-Security-Policy": _RAW_CSP,
        "Cache-Control": "private, no-cache",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "ETag": f'"{oid}{"-download" if download else ""}"',
    }
    content = place.repository.stream(oid)
    head = content.peek(HEAD)
    kind = kind_of(path, content.size, head)
    media_type = image_type(head) or f"text/plain; charset={wide_encoding(head) or 'utf-8'}"
    if kind is Kind.PDF:
        media_type, headers["Content-Security-Policy"] = "application/pdf", _PDF_CSP
    played = media_type_of(path, head) if kind is Kind.MEDIA and not download else None
    if played is not None:
        headers |= {"Content-Security-Policy": _MEDIA_CSP, "Accept-Ranges": "bytes"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        # A browser takes the policy of this for that of what it has kept.
        content.close()
        return Response(status_code=304, headers=headers)
    if played is not None:
        wanted = range_asked(request.headers, content.size, headers["ETag"])
        if wanted is not None and not wanted:
            content.close()
            return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{content.size}"})
        if wanted is not None:
            content.close()
            return RangeContent(place.repository.stream(oid, wanted.start), wanted, played, headers)
        return FileContent(content, played, headers)
    if download or kind in (Kind.BINARY, Kind.ARCHIVE, Kind.MEDIA) or (kind is Kind.TABLE and head.startswith(PARQUET)):
        media_type = "application/octet-stream"
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(path.rpartition('/')[2], safe='')}"
    return FileContent(content, media_type, headers)
