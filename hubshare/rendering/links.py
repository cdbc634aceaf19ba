"""Links in a rendering that lead to other files of the project."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable
from urllib.parse import quote, unquote

_PLACE = re.compile(r'\b(href|src)="hubshare:([^"]*)"')


#: Ids that renderers give; all others get a prefix, so that they neither hide nor stand for something of the page.
_OUR_IDS = re.compile(r"cell-\d+(-output-\d+)?|cell-id-[\w-]{1,64}|L\d+(-L\d+)?|user-.*")
_LINES = re.compile(r"L(\d{1,7})(?:C\d{1,7})?(?:-L?(\d{1,7})(?:C\d{1,7})?)?")
_CELL_ID = re.compile(r"[\w-]{1,64}")
#: So many links of one file are looked up.
_LOOKED_UP = 200


def named(name: str) -> str:
    """What an id that users gave, or a link to one, is on a page."""
    # As JupyterLab writes links: to a cell by its id, to a heading by its words, in which spaces may be dashes.
    kind, _, value = name.partition("=")
    if kind == "cell-id" and _CELL_ID.fullmatch(value):
        return f"cell-id-{value}"
    if kind == "heading" and value:
        name = value.strip().replace(" ", "-")
    # In small letters, since Jupyter writes links to headings with capitals and GitHub without.
    # As GitHub writes links to lines, with columns.
    if lines := _LINES.fullmatch(name):
        return "-".join(f"L{number}" for number in lines.groups() if number)
    return name if _OUR_IDS.fullmatch(name) else f"user-{name.lower()}"


def resolve_links(
    fragment: str, path: str, files: str, raw: str, holds: Callable[[str], bool] = lambda path: True
) -> str:
    """Give a fragment its place: its links lead to files of the same version of the project.

    Renderers know content only, not where it lies, so they leave `hubshare:` and the path as it was written.
    Nothing leads out of the project: `..` ends at its top, and a path that begins with `/` begins there.

    Args:
        fragment: a result's HTML.
        path: of the file in the project.
        files: address below which files have their pages, with the version, ending in `/`.
        raw: address below which files are served raw, for images, ending in `/`.
        holds: whether the version holds something at a path. Only links that were written for another place are looked up:
            with the `files/` of the classic Notebook, and with the backslashes of Windows.
    """
    looked_up = 0

    def lies_at(inside: str) -> str:
        nonlocal looked_up
        where, other = (
            posixpath.normpath(posixpath.join("/", posixpath.dirname(path), one))
            for one in (inside, inside.removeprefix("files/").replace("\\", "/"))
        )
        if where == other or looked_up >= _LOOKED_UP:
            return where
        looked_up += 1
        return other if not holds(where.lstrip("/")) and holds(other.lstrip("/")) else where

    def placed(match: re.Match[str]) -> str:
        name, target = match[1], html.unescape(match[2])
        before, _, anchor = target.partition("#")
        inside = unquote(before.partition("?")[0])
        where = lies_at(inside) if inside else f"/{path}"
        address = (raw if name == "src" else files) + quote(where.lstrip("/"))
        if anchor and name == "href":
            address += "#" + quote(named(unquote(anchor)))
        return f'{name}="{html.escape(address)}"'

    return _PLACE.sub(placed, fragment)
