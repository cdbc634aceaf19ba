"""History: the versions of a project, or those that changed one file; who changed what, when."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from hubshare.git.objects import EMPTY_TREE, diff_trees
from hubshare.names import check_path
from hubshare.operations.caller import Caller
from hubshare.operations.comparing import renamed_from
from hubshare.operations.project_view import ProjectView, open_view
from hubshare.service.pages.view import ThePages
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.store.change_index import indexed_up_to, touching
from hubshare.store.database import Session
from hubshare.store.models import Version
from hubshare.store.releases import releases

router = APIRouter(prefix="/projects/{owner}/{name}", include_in_schema=False)

_PAGE = 40
#: How many changed files are counted, and named.
_COUNTED, _NAMED = 100, 3
#: So often a file is followed to the name that it had before.
_RENAMES = 10


class Row(NamedTuple):
    """A version, with some of the files that it changed and how many these are.

    Attributes:
        path: that the history is of, as it was called then; "" for the project's.
        was: what that version renamed it from, or "".
    """

    version: Version
    names: list[str]
    files: int
    path: str = ""
    was: str = ""

    @property
    def many(self) -> bool:
        """Whether there are more than were counted."""
        return self.files > _COUNTED


@router.get("/history")
def get_history(
    caller: Annotated[Caller, Depends(requires(Action.READ, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    owner: str,
    name: str,
    path: str = "",
    before: int | None = None,
) -> HTMLResponse:
    """Versions, the newest first."""
    with centre.database.read() as session:
        place = open_view(session, centre, caller, owner, name)
        if path:
            steps = list(islice(_followed(session, place, check_path(path), before), _PAGE + 1))
        else:
            steps = [(row, "", "") for row in projects.history(session, place.project.id, before, _PAGE + 1)]
        found = [row for row, _, _ in steps]
        named: dict[int, list[str]] = {}
        for release in releases(session, place.project.id):
            named.setdefault(release.version, []).append(release.name)
        previous = projects.versions_numbered(session, place.project.id, _before(found[:_PAGE]))
        known = not path or indexed_up_to(session, place.project.id) >= place.newest.number
    versions = previous | {row.number: row for row in found}
    return pages.show(
        request,
        caller,
        "history.html.j2",
        place=place,
        path=path,
        rows=[_row(place, row, versions.get(row.number - 1), *names) for row, *names in steps[:_PAGE]],
        named=named,
        older=found[_PAGE - 1].number if len(found) > _PAGE else None,
        # What it was called before, from which the next page goes on.
        older_path=steps[_PAGE][1] if len(found) > _PAGE else "",
        before=before,
        known=known,
    )


def _before(rows: list[Version]) -> list[int]:
    """Numbers of the versions before those in a list, as far as they are not in it."""
    there = {row.number for row in rows}
    return [row.number - 1 for row in rows if row.number > 0 and row.number - 1 not in there]


def _followed(
    session: Session, place: ProjectView, path: str, before: int | None
) -> Iterator[tuple[Version, str, str]]:
    """The versions that changed a path, the newest first, with what it was called then, and was renamed from by that one."""
    for _ in range(_RENAMES):
        found = touching(session, place.project.id, path, before, _PAGE + 1)
        yield from ((row, path, "") for row in found[:-1])
        if not found:
            return
        first = found[-1]
        earlier = projects.versions_numbered(session, place.project.id, [first.number - 1]).get(first.number - 1)
        was = "" if len(found) > _PAGE or earlier is None else renamed_from(place.repository, earlier, first, path)
        yield first, path, was
        if not was:
            return
        path, before = was, first.number


def _row(place: ProjectView, row: Version, before: Version | None, path: str, was: str) -> Row:
    read, commit = place.repository.tree, place.repository.commit
    tree = commit(before.commit).tree if before else EMPTY_TREE
    names = [path for path, _, _ in islice(diff_trees(read, tree, commit(row.commit).tree), _COUNTED + 1)]
    return Row(row, names[:_NAMED], len(names), path, was)
