"""The list of a folder's files, each with its last change."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.service.pages.addresses import Addresses
from hubshare.service.pages.project_view import Item, ProjectView, crumbs, items
from hubshare.store.change_index import indexed_up_to, last_touches
from hubshare.store.models import Version


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
    numbers = sorted(set(touched.values()))
    versions: dict[int, Version] = {}
    for start in range(0, len(numbers), 500):
        query = select(Version).where(Version.project_id == project, Version.number.in_(numbers[start : start + 500]))
        versions |= {row.number: row for row in session.scalars(query)}
    known = indexed_up_to(session, project) >= place.version.number
    rows = [(item, versions.get(touched.get(item.name, -1)) if known else None) for item in found]
    return Listing(path, crumbs(at, place, path), rows, known)
