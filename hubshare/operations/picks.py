"""Picks: settling conflicts without going to the server that the checkout is on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hubshare.centre import Centre
from hubshare.errors import Clash
from hubshare.jobs.payloads import Edit
from hubshare.names import quoted
from hubshare.operations.caller import Caller
from hubshare.operations.cells import read_notebooks
from hubshare.operations.conflicts import check_seen, find_conflict
from hubshare.operations.edits import new_edit, submit_edit
from hubshare.sync.notebooks import cells
from hubshare.sync.titles import about
from hubshare.wire.agent import Pick, PickedPath
from hubshare.wire.api.conflicts import NewPick


def settle_ours(caller: Caller, centre: Centre, *, picks: Mapping[str, NewPick]) -> dict[str, int]:
    """Publish the person's version in some conflicts: those of one project as one version.

    Args:
        picks: by the conflict's id.

    Returns:
        Project to the version that it has then.
    """
    edits: dict[str, Edit] = {}
    with centre.database.read() as session:
        for conflict, wanted in picks.items():
            found = find_conflict(session, caller, conflict)
            row, project = found.conflict, found.project
            ours, theirs = check_seen(centre, found, wanted)
            if project.full_name not in edits:
                edits[project.full_name] = replace(new_edit(caller, project.id), confirmed=True)
            edit = edits[project.full_name]
            if row.path in edit.changes:
                raise Clash(f"You have {quoted(row.path)} in two checkouts: pick the version of one of them.")
            edit.changes[row.path] = (ours.mode, ours.id) if ours else None
            edit.seen[row.path] = (theirs.mode, theirs.id) if theirs else None
            edit.conflicts.append(row.id)
    return {
        name: submit_edit(centre, replace(edit, message=about("settle", edit.changes))) for name, edit in edits.items()
    }


def settle_theirs(caller: Caller, centre: Centre, *, picks: Mapping[str, NewPick]) -> None:
    """Have the person's agents put the published version in place, in some conflicts, and keep the person's.

    Args:
        picks: by the conflict's id.
    """
    told: dict[tuple[str, str], list[PickedPath]] = {}
    with centre.database.begin() as session:
        for conflict, wanted in picks.items():
            found = find_conflict(session, caller, conflict)
            check_seen(centre, found, wanted)
            row, checkout, project = found
            row.picked = {"ours": wanted.ours, "theirs": wanted.theirs}
            picked = PickedPath(path=row.path, ours=wanted.ours, theirs=wanted.theirs)
            told.setdefault((project.id, checkout.id), []).append(picked)
            caller.note(session, project, pick="theirs", path=row.path)
    for (project_id, checkout_id), paths in told.items():
        for event in Pick.in_parts(project_id, checkout_id, paths):
            centre.bus.tell([caller.user], event.encode())


def settle_cells(
    caller: Caller, centre: Centre, *, conflict: str, wanted: NewPick, picks: Mapping[int, str]
) -> tuple[str, int]:
    """Publish the notebook that is made of the picked cells, and have the person's agent put it in place and keep the person's.

    Args:
        picks: number of a piece to the side that was picked, see `hubshare.sync.notebooks.cells.merge`.

    Returns:
        Project and number of the version.
    """
    with centre.database.read() as session:
        found = find_conflict(session, caller, conflict)
        row, project = found.conflict, found.project
        ours, theirs = check_seen(centre, found, wanted)
    text = cells.merge(*read_notebooks(centre, row, ours, theirs), picks)
    edit = replace(
        new_edit(caller, project.id, f"Settle {row.path} cell by cell"),
        contents={row.path: text},
        seen={row.path: (theirs.mode, theirs.id) if theirs else None},
        picked={row.id: wanted.ours},
    )
    return project.full_name, submit_edit(centre, edit)
