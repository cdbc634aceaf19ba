"""What browsers load beside the pages: built with Node, served under names that change with the content."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, HTMLResponse

from hubshare.errors import NotFound, Unavailable
from hubshare.names import quoted
from hubshare.operations.caller import Caller
from hubshare.rendering.documents import NO_CONNECTIONS
from hubshare.service.web.authorize import requires
from hubshare.store.access.actions import Action

BUILT = Path(__file__).parent / "assets" / "built"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}

#: What other people's pages show: they name it for longer than its content stays.
_LASTING = {"button.svg": {"Cache-Control": "public, max-age=86400", "Cross-Origin-Resource-Policy": "cross-origin"}}

#: Runs the script that the page sends, which is Mermaid.
_TAKE_SCRIPT = """
const { nonce } = document.currentScript;
addEventListener("message", ({ source, data }) => {
  if (source !== parent || self === top || typeof data?.script !== "string") return;
  document.head.append(Object.assign(document.createElement("script"), { nonce, textContent: data.script }));
});
"""

router = APIRouter(include_in_schema=False)


class Assets:
    """The built files.

    Args:
        folder: where the build has put them.
    """

    def __init__(self, folder: Path = BUILT) -> None:
        self._folder, self._read_at = folder, 0
        self._names: dict[str, str] = {}
        self._files: set[str] = set()

    def look(self) -> None:
        """Read the manifest, and again when the assets have been built anew meanwhile."""
        manifest = self._folder / "manifest.json"
        try:
            built = manifest.stat().st_mtime_ns
            if built != self._read_at:
                self._names = json.loads(manifest.read_text())
                self._files = {path.name for path in self._folder.glob("*")}
                self._read_at = built
        except FileNotFoundError:
            self._names, self._files, self._read_at = {}, set(), 0

    def name(self, plain: str) -> str:
        """The name under which a file is served, as of the last look.

        Args:
            plain: as the sources call it, such as `page.css`.

        Raises:
            Unavailable: when the assets have not been built.
        """
        if plain not in self._names:
            raise Unavailable(
                "This copy of HubShare lacks what its pages are made of: run `make assets` "
                "where it was installed from, then start the service again. The API and `hubshare` work without it."
            )
        return self._names[plain]

    def response(self, name: str, compressed: bool) -> FileResponse:
        """A built file, to be kept by browsers for ever; or one of those that are named as the sources call them, for a day."""
        self.look()
        lasting = _LASTING.get(name, {})
        name = self._names.get(name, name) if lasting else name
        kind = _TYPES.get(Path(name).suffix)
        if name not in self._files or kind is None:
            raise NotFound(f"There is no file {quoted(name)}: load the page again.")
        headers = _HEADERS | lasting
        packed = f"{name}.gz"
        if compressed and packed in self._files:
            headers["Content-Encoding"] = "gzip"
            name = packed
        return FileResponse(self._folder / name, media_type=kind, headers=headers)


@router.get("/static/{name}")
def get_asset(_: Annotated[Caller, Depends(requires(Action.HEALTH))], request: Request, name: str) -> FileResponse:
    """One of the files that pages load."""
    assets: Assets = request.app.state.pages.assets
    return assets.response(name, "gzip" in request.headers.get("accept-encoding", ""))


@router.get("/static/draw/diagrams")
def get_diagrams(_: Annotated[Caller, Depends(requires(Action.HEALTH))]) -> HTMLResponse:
    """The frame in which Mermaid draws what a page sends it: an origin of nobody, which reaches nothing, not even Mermaid."""
    nonce = secrets.token_urlsafe(16)
    # Mermaid writes styles into what it draws; a script in what it draws has no nonce.
    policy = (
        f"sandbox allow-scripts; default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Cache-Control": "private, no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    # In a body: what is drawn is laid out there.
    head, script = '<meta charset="utf-8">', f'<script nonce="{nonce}">{_TAKE_SCRIPT}</script>'
    page = f"<!doctype html><html><head>{head}</head><body>{script}</body></html>"
    return HTMLResponse(page, headers=headers | NO_CONNECTIONS)
