"""A folder as it is shown: its files with the last change of each, the way to it, and what it says about itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from fastapi import Request
from markupsafe import Markup

from hubshare.git.objects import EMPTY_TREE, FOLDER, read_tree
from hubshare.operations.caller import Caller
from hubshare.operations.project_view import ProjectView
from hubshare.rendering.requests import make_request
from hubshare.service.pages.addresses import Addresses
from hubshare.service.pages.rendering import kind_and_size, placed
from hubshare.service.pages.view import Pages
from hubshare.store.change_index import indexed_up_to, last_touches
from hubshare.store.database import Session
from hubshare.store.projects import versions_numbered
from hubshare.sync.trees import FILE, LINK

#: So many rows has a page of the list: what somebody can look through, at a bounded price.
ROWS = 1000
_DIGITS = re.compile("([0-9]+)")
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


class Folder:
    """A folder of a version, whose tree is read once, when its content is asked for first.

    Args:
        path: of the folder.
        tree: its id.
    """

    def __init__(self, pages: Pages, place: ProjectView, path: str, tree: str) -> None:
        self.place, self.path, self.tree, self._orders = place, path, tree, pages.orders

    @property
    def readme(self) -> Item | None:
        """The file that says what the folder is."""
        found = [entry for entry in self._entries if entry[0] == _MARKS[FILE] and _README.fullmatch(entry, _NAME)]
        chosen = min(found, key=lambda one: (not one.lower().endswith((".md", ".markdown")), one[_NAME:]), default="")
        return self._item(chosen) if chosen else None

    def page(self, number: int, words: str) -> tuple[list[Item], int, int]:
        """The items of a page, or of the nearest that there is, its number, and how many there are.

        Args:
            number: from 1.
            words: only what has this in its name, in small or capital letters.
        """
        found, wanted = self._entries, words.casefold()
        if wanted:
            found = [entry for entry in found if wanted in entry[_NAME:].casefold()]
        pages = max(1, -(-len(found) // ROWS))
        number = min(max(number, 1), pages)
        return [self._item(entry) for entry in found[(number - 1) * ROWS : number * ROWS]], number, pages

    @cached_property
    def _entries(self) -> list[str]:
        """Mark, id and name of all that lies in it: folders first, then files, as people sort names."""
        if self.tree == EMPTY_TREE:
            return []
        kept = self._orders.find(self.tree)
        if kept is not None:
            # No name has a slash.
            return kept.split("/")
        found = [
            f"{_MARKS.get(mode, _MARKS[FILE])}{oid}{name}"
            for name, (mode, oid) in read_tree(self.place.repository.tree(self.tree)).items()
        ]
        found.sort(key=lambda entry: (entry[0] != _MARKS[FOLDER], natural_key(entry[_NAME:])))
        if len(found) > ROWS:
            self._orders.keep(self.tree, "/".join(found))
        return found

    def _item(self, entry: str) -> Item:
        name = entry[_NAME:]
        return Item(name, f"{self.path}/{name}" if self.path else name, _MODES[entry[0]], entry[1:_NAME])


#: What stands for each kind of entry in an order, and where the name begins in that.
_MARKS = {FOLDER: "d", LINK: "l", FILE: "f"}
_MODES = {mark: mode for mode, mark in _MARKS.items()}
_NAME = 41


def natural_key(name: str) -> list[str | int]:
    """So that `week 10` comes behind `week 9`: text and numbers in turn."""
    parts: list[str | int] = [*_DIGITS.split(name.casefold())]
    parts[1::2] = [int(str(digits)[:18]) for digits in parts[1::2]]
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
    session: Session, pages: Pages, folder: Folder, page: int = 1, words: str = "", indexed: int | None = None
) -> Listing:
    """A page of a folder's list.

    Args:
        page: its number; the nearest is shown where there is no such one.
        words: only what has this in its name.
        indexed: the newest version that the index knows, where that was read before.
    """
    place, path = folder.place, folder.path
    project, number = place.project.id, place.version.number
    known = (indexed_up_to(session, project) if indexed is None else indexed) >= number

    def make() -> Markup:
        items, at, count = folder.page(page, words)
        if not items and not path and not words:
            return Markup()
        names = [item.name for item in items]
        touched = last_touches(session, project, path, number, names) if known else {}
        versions = versions_numbered(session, project, touched.values())
        rows = [(item, versions.get(touched.get(item.name, -1))) for item in items]
        above = crumbs(pages.at, place, path)[-2][1] if path else ""
        return pages.part(
            "files.html.j2",
            full_name=place.full_name,
            named=place.named,
            path=path,
            above=above,
            rows=rows,
            page=at,
            pages=count,
            words=words,
        )

    if words:
        # Everybody looks for something else.
        return Listing(make(), known)
    page = folder.page(page, "")[1] if page > 1 else 1
    key = ("files", project, place.full_name, place.named, number, path, folder.tree, known, page)
    return Listing(pages.fragments.get(key, make), known)


def readme(request: Request, pages: Pages, caller: Caller, folder: Folder) -> Markup:
    """What a folder says about itself, with the name of the file that says it; empty where none does."""
    place = folder.place
    key = ("readme", place.project.id, place.full_name, place.named, folder.path, folder.tree)
    kept = pages.fragments.find(key)
    if kept is not None:
        return kept
    item = folder.readme
    if item is None:
        return pages.fragments.keep(key, Markup())
    kind, _, _ = kind_and_size(place, item.path, item.mode, item.id)
    shown = placed(request, pages.at, caller, place, item.path, make_request(kind, item.id, name=item.name))
    html = pages.part("readme.html.j2", path=item.path, shown=shown)
    # What is still being made asks for itself again, at the address of this request.
    return html if shown.html is None else pages.fragments.keep(key, html)
