"""What browsers load beside the pages: built with Node, served under names that change with the content."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse

from hubshare.errors import NotFound, Unavailable
from hubshare.names import quoted
from hubshare.operations.caller import Caller
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
