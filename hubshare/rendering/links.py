"""Links in a rendering that lead to other files of the project."""

from __future__ import annotations

import html
import posixpath
import re
from urllib.parse import quote, unquote

_PLACE = re.compile(r'\b(href|src)="hubshare:([^"]*)"')


def resolve_links(fragment: str, path: str, files: str, raw: str) -> str:
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
