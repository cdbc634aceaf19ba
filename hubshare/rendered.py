"""What pushed content looks like as HTML: its kinds, the request for a rendering, and the cache of results.

The service looks into the cache, and asks for what is missing with `hubshare.queue.render`; a worker makes it and
puts it in. A request names content by the ids of blobs, so a result never changes and can be deleted at any time.
The cache knows nothing of permissions: who asks it has checked that the blob is in a version that the person may read.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import posixpath
import re
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

from hubshare.config import KIB, MIB

#: The looks of what is rendered; pages serve it, live documents have it inside.
STYLES = Path(__file__).with_suffix(".css")
#: Part of every key: raise it when the output of any renderer changes, and all is rendered anew.
RENDERER = 1
#: Errors are forgotten after this time, and tried again when somebody asks.
ERROR_SECONDS = 300
#: A result that is looked at is touched when it is older than this, so that what is used stays.
_TOUCH_SECONDS = 86_400

#: The header for what is served as a document of its own: scripts run in an origin of nobody, and reach no network.
SANDBOX_CSP = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:; base-uri 'none'; form-action 'none'"
)
#: The same inside of such documents. `sandbox` only works in the header.
_INSIDE_CSP = SANDBOX_CSP.partition("; ")[2]


class Kind(StrEnum):
    """What a file is shown as; the value is stable.

    All give a sanitised fragment for a page of ours, but `LIVE`: the whole notebook with its scripts, a document that
    must never be served but under `SANDBOX_CSP`.
    """

    NOTEBOOK = "notebook"
    LIVE = "live"
    MARKDOWN = "markdown"
    CODE = "code"
    TABLE = "table"
    JSON = "json"
    IMAGE = "image"
    PDF = "pdf"
    BINARY = "binary"
    NOTEBOOK_DIFFERENCE = "notebook-difference"
    TEXT_DIFFERENCE = "text-difference"


#: Largest input in bytes that is rendered; `CODE`, `IMAGE`, `PDF` and `BINARY` look at the beginning only.
LARGEST = {
    Kind.NOTEBOOK: 32 * MIB,
    Kind.LIVE: 32 * MIB,
    Kind.MARKDOWN: 1 * MIB,
    Kind.TABLE: 64 * MIB,
    Kind.JSON: 2 * MIB,
    Kind.NOTEBOOK_DIFFERENCE: 8 * MIB,
    Kind.TEXT_DIFFERENCE: 2 * MIB,
}
#: How much of the others is read.
BEGINNING = {Kind.CODE: 512 * KIB, Kind.IMAGE: 64 * KIB, Kind.PDF: 1 * KIB, Kind.BINARY: 4 * KIB}

_BY_SUFFIX = {
    ".ipynb": Kind.NOTEBOOK,
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".csv": Kind.TABLE,
    ".tsv": Kind.TABLE,
    ".parquet": Kind.TABLE,
    ".json": Kind.JSON,
    ".geojson": Kind.JSON,
    ".png": Kind.IMAGE,
    ".jpg": Kind.IMAGE,
    ".jpeg": Kind.IMAGE,
    ".gif": Kind.IMAGE,
    ".webp": Kind.IMAGE,
    ".svg": Kind.IMAGE,
    ".pdf": Kind.PDF,
}
#: What the first bytes of an image must be, and what a browser is told that it is.
IMAGES = {
    "image/png": rb"\x89PNG\r\n\x1a\n",
    "image/jpeg": rb"\xff\xd8\xff",
    "image/gif": rb"GIF8[79]a",
    "image/webp": rb"RIFF....WEBP",
    "image/svg+xml": rb"\s*(\xef\xbb\xbf)?\s*(<\?xml[^>]*\?>\s*)?(<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg\b",
}
PARQUET = b"PAR1"


def kind_of(name: str, size: int, head: bytes) -> Kind:
    """What a file is best shown as.

    Args:
        name: of the file; only its suffix counts.
        size: in bytes.
        head: its first bytes, 4 KiB or all.
    """
    kind = _BY_SUFFIX.get(posixpath.splitext(name.lower())[1])
    if kind == Kind.IMAGE and image_type(head) is None:
        kind = None
    if kind == Kind.PDF and not head.startswith(b"%PDF-"):
        kind = None
    if kind in (Kind.MARKDOWN, Kind.JSON, Kind.TABLE):
        as_named = head.startswith(PARQUET) if name.lower().endswith(".parquet") else _is_text(head)
        if size > LARGEST[kind] or not as_named:
            kind = None
    if kind is None:
        kind = Kind.CODE if _is_text(head) else Kind.BINARY
    return kind


def image_type(head: bytes) -> str | None:
    """The media type of an image that browsers show, by its first bytes."""
    return next((name for name, first in IMAGES.items() if re.match(first, head, re.DOTALL)), None)


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b\b" for byte in head)
    return b"\0" not in head and controls <= len(head) // 50


@dataclass(frozen=True)
class Request:
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
    def decode(cls, text: str) -> Request:
        """The request that `encode` wrote."""
        found = json.loads(text)
        return cls(Kind(found["kind"]), tuple(found["blobs"]), found["options"])


def request(kind: Kind, *blobs: str, name: str = "", page: int = 1) -> Request:
    """The request for a rendering, with just the options that matter to its kind, so that equal ones are made once.

    Args:
        kind: see `kind_of`.
        blobs: one id; two for a difference.
        name: of the file; code is coloured by it, and tables are read by its suffix.
        page: of a table, from 1.
    """
    base = posixpath.basename(name)[-100:]
    if kind in (Kind.CODE, Kind.TEXT_DIFFERENCE):
        return Request(kind, blobs, {"name": base})
    if kind == Kind.TABLE:
        return Request(kind, blobs, {"suffix": posixpath.splitext(base.lower())[1], "page": max(1, page)})
    return Request(kind, blobs)


@dataclass(frozen=True)
class Result:
    """What came of a request.

    Args:
        meta: facts for the page, by kind; `error` (`code` and `message`) when there is no HTML.
        html: the fragment, or for `Kind.LIVE` the document.
    """

    meta: dict[str, Any]
    html: str = ""

    @property
    def error(self) -> str | None:
        """Why there is nothing to show, in a sentence."""
        found = self.meta.get("error")
        return found["message"] if found else None

    def encode(self) -> bytes:
        """A line of JSON, then the HTML."""
        return json.dumps(self.meta, ensure_ascii=True).encode() + b"\n" + self.html.encode(errors="replace")

    @classmethod
    def decode(cls, data: bytes) -> Result:
        """The result that `encode` wrote.

        Raises:
            ValueError: when it is none.
        """
        line, _, text = data.partition(b"\n")
        meta = json.loads(line)
        if not isinstance(meta, dict):
            raise ValueError("a result begins with an object")
        return cls(meta, text.decode())


def failure(code: str, message: str) -> Result:
    """A result that says why there is none.

    Args:
        code: stable: `too-large`, `too-long`, `too-much-memory`, `malformed`, `missing`, `broken`.
        message: for the person.
    """
    return Result({"error": {"code": code, "message": message}})


class Rendered:
    """The cache: one file for each result, named by the request's key.

    Args:
        folder: where they lie. All of it can be deleted at any time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, wanted: Request) -> Path:
        """Where a result lies, or would lie."""
        return self._folder / wanted.key[:2] / wanted.key

    def get(self, wanted: Request) -> Result | None:
        """A result, or None when it has to be made."""
        path = self.path(wanted)
        try:
            result, age = Result.decode(path.read_bytes()), time.time() - path.stat().st_mtime
        except (FileNotFoundError, ValueError):
            return None
        if result.error is not None and age > ERROR_SECONDS:
            return None
        if result.error is None and age > _TOUCH_SECONDS:
            os.utime(path)
        return result

    def put(self, wanted: Request, result: Result) -> None:
        """Keep a result."""
        path = self.path(wanted)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
        try:
            temporary.write_bytes(result.encode())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


_PLACE = re.compile(r'\b(href|src)="hubshare:([^"]*)"')


def place(fragment: str, path: str, files: str, raw: str) -> str:
    """Give a fragment its place: its links lead to files of the same version of the project.

    Renderers know content only, not where it lies, so they leave `hubshare:` and the path as it was written.
    Nothing leads out of the project: `..` ends at its top, and a path that begins with `/` begins there.

    Args:
        fragment: a result's HTML.
        path: of the file in the project.
        files: address below which files have their pages, with the version, ending in `/`.
        raw: address below which files are served raw, for images, ending in `/`.
    """

    def placed(match: re.Match[str]) -> str:
        name, target = match[1], html.unescape(match[2])
        before, _, anchor = target.partition("#")
        inside = unquote(before.partition("?")[0])
        where = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), inside)) if inside else f"/{path}"
        address = (raw if name == "src" else files) + quote(where.lstrip("/"))
        if anchor and name == "href":
            address += "#" + quote(unquote(anchor))
        return f'{name}="{html.escape(address)}"'

    return _PLACE.sub(placed, fragment)


def document(fragment: str, styles: str = "", scripts: str = "") -> str:
    """A document of its own around a fragment, to be served under `SANDBOX_CSP` in a frame. It fetches nothing by itself.

    Args:
        fragment: a result's HTML.
        styles: CSS of ours.
        scripts: JavaScript of ours.
    """
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_INSIDE_CSP}">'
        f"<style>{styles}</style></head><body>{fragment}<script>{scripts}</script></body></html>"
    )
