"""A folder as it is shown: its files with the last change of each, the way to it, and what it says about itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from fastapi import Request
from markupsafe import Markup

from hubshare.git.objects import EMPTY_TREE, FOLDER, read_tree
from hubshare.operations.caller import Caller
from hubshare.operations.project_view import ProjectView
from hubshare.rendering.requests import make_request
from hubshare.service.pages.addresses import Addresses
from hubshare.service.pages.rendering import kind_and_size, placed
from hubshare.service.pages.view import Pages, here
from hubshare.store.change_index import indexed_up_to, last_touches
from hubshare.store.database import Session
from hubshare.store.projects import versions_numbered
from hubshare.sync.trees import LINK

_README = re.compile(r"readme(\.(md|markdown|txt|rst))?", re.IGNORECASE)


class Item(NamedTuple):
    """A file or folder in a list."""

    name: str
    path: str
    mode: int
    id: str

    @property
    def is_folder(self) -> bool:
        return self.mode == FOLDER

    @property
    def icon(self) -> str:
        """Its picture, by what the name says."""
        if self.is_folder:
            return "folder-fill"
        if self.mode == LINK:
            return "link-45deg"
        return _ICONS.get(self.name.lower().rpartition(".")[2], "file-earmark")


_ICONS = (
    dict.fromkeys(("ipynb",), "journal-code")
    | dict.fromkeys(("md", "txt", "rst", "markdown", "tex", "log"), "file-earmark-text")
    | dict.fromkeys(("py", "r", "jl", "js", "ts", "c", "h", "cpp", "sh", "html", "css", "sql"), "file-earmark-code")
    | dict.fromkeys(("png", "jpg", "jpeg", "gif", "svg", "webp"), "file-earmark-image")
    | dict.fromkeys(("csv", "tsv", "parquet", "xlsx"), "table")
    | dict.fromkeys(("json", "geojson", "yaml", "yml", "toml"), "braces")
    | {"pdf": "file-earmark-pdf"}
)


def items(place: ProjectView, path: str, tree: str) -> list[Item]:
    """What lies in a folder: folders first, then files, as people sort names."""
    if tree == EMPTY_TREE:
        return []
    inside = f"{path}/" if path else ""
    found = [
        Item(name, inside + name, mode, oid) for name, (mode, oid) in read_tree(place.repository.tree(tree)).items()
    ]
    return sorted(found, key=lambda item: (not item.is_folder, natural_key(item.name)))


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """So that `week 10` comes behind `week 9`."""
    parts: list[tuple[int, int, str]] = []
    digits = ""
    for ch in [*name.casefold(), ""]:
        if ch and "0" <= ch <= "9":
            digits += ch
            continue
        if digits:
            parts.append((0, int(digits[:18]), ""))
            digits = ""
        parts.append((1, 0, ch))
    return parts


def crumbs(at: Addresses, place: ProjectView, path: str) -> list[tuple[str, str]]:
    """Name and address of the project and of each folder on the way to a path."""
    parts = [(place.project.name, at.file(place.full_name, place.named))]
    so_far = ""
    for name in path.split("/") if path else ():
        so_far = f"{so_far}/{name}" if so_far else name
        parts.append((name, at.file(place.full_name, place.named, so_far)))
    return parts


@dataclass(frozen=True)
class Listing:
    """A folder as it is shown.

    Attributes:
        html: the list; empty where there is nothing in it, and no folder above.
        known: whether the version is known that changed each of its files last; if not, the page asks again in a moment.
    """

    html: Markup
    known: bool


def listing(
    session: Session, pages: Pages, place: ProjectView, path: str, tree: str, indexed: int | None = None
) -> Listing:
    """A folder of a version.

    Args:
        path: of the folder.
        tree: its id.
        indexed: the newest version that the index knows, where that was read before.
    """
    project, number = place.project.id, place.version.number
    known = (indexed_up_to(session, project) if indexed is None else indexed) >= number

    def make() -> Markup:
        touched = last_touches(session, project, path, number) if known else {}
        versions = versions_numbered(session, project, touched.values())
        rows = [(item, versions.get(touched.get(item.name, -1))) for item in items(place, path, tree)]
        if not rows and not path:
            return Markup()
        above = crumbs(pages.at, place, path)[-2][1] if path else ""
        return pages.part(
            "files.html.j2", full_name=place.full_name, named=place.named, path=path, above=above, rows=rows
        )

    key = ("files", project, place.full_name, place.named, number, path, tree, known)
    return Listing(pages.fragments.get(key, make), known)


def readme(request: Request, pages: Pages, caller: Caller, place: ProjectView, folder: str, tree: str) -> Markup:
    """What a folder says about itself, with the name of the file that says it; empty where none does."""
    key = ("readme", place.project.id, place.full_name, place.named, folder, tree)
    kept = pages.fragments.find(key)
    if kept is not None:
        return kept
    inside = read_tree(place.repository.tree(tree)) if tree != EMPTY_TREE else {}
    found = [
        Item(name, f"{folder}/{name}" if folder else name, mode, oid)
        for name, (mode, oid) in inside.items()
        if mode not in (FOLDER, LINK) and _README.fullmatch(name)
    ]
    if not found:
        return pages.fragments.keep(key, Markup())
    item = min(found, key=lambda one: (not one.name.lower().endswith((".md", ".markdown")), one.name))
    kind, _, _ = kind_and_size(place, item.path, item.mode, item.id)
    shown = placed(request, pages.at, caller, place, item.path, make_request(kind, item.id, name=item.name))
    html = pages.part("readme.html.j2", path=item.path, shown=shown, here=here(request))
    # What is still being made asks for itself again, at the address of this request.
    return html if shown.html is None else pages.fragments.keep(key, html)
