"""A folder as it is shown: its files with the last change of each, the way to it, and what it says about itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from fastapi import Request

from hubshare.git.objects import EMPTY_TREE, FOLDER, read_tree
from hubshare.operations.caller import Caller
from hubshare.operations.project_view import ProjectView
from hubshare.rendering.requests import make_request
from hubshare.service.pages.addresses import Addresses
from hubshare.service.pages.rendering import Shown, kind_and_size, placed
from hubshare.store.change_index import indexed_up_to, last_touches
from hubshare.store.database import Session
from hubshare.store.models import Version
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
        rows: what lies in it, with the version that changed it last; None where that is not known yet.
        known: whether all those versions are known; if not, the page asks again in a moment.
    """

    path: str
    crumbs: list[tuple[str, str]]
    rows: list[tuple[Item, Version | None]]
    known: bool


def listing(session: Session, at: Addresses, place: ProjectView, path: str, tree: str) -> Listing:
    """A folder of a version.

    Args:
        path: of the folder.
        tree: its id.
    """
    found, project = items(place, path, tree), place.project.id
    touched = last_touches(session, project, path, place.version.number)
    versions = versions_numbered(session, project, touched.values())
    known = indexed_up_to(session, project) >= place.version.number
    rows = [(item, versions.get(touched.get(item.name, -1)) if known else None) for item in found]
    return Listing(path, crumbs(at, place, path), rows, known)


def readme(
    request: Request, at: Addresses, caller: Caller, place: ProjectView, folder: str, tree: str
) -> tuple[str, Shown] | None:
    """The name and the rendering of what a folder says about itself, or None."""
    found = [
        item
        for item in items(place, folder, tree)
        if not item.is_folder and item.mode != LINK and _README.fullmatch(item.name)
    ]
    if not found:
        return None
    item = min(found, key=lambda one: (not one.name.lower().endswith((".md", ".markdown")), one.name))
    kind, _, _ = kind_and_size(place, item.path, item.mode, item.id)
    wanted = make_request(kind, item.id, name=item.name)
    return item.path, placed(request, at, caller, place, item.path, wanted)
