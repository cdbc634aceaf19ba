"""What differs between a checkout's folder and its project, and what is to be done about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache

from hubshare.sync.merge import Paths, connected
from hubshare.sync.plan import Plan, plan, tally
from hubshare.sync.trees import ancestors
from hubshare_agents.checkout import conflicts
from hubshare_agents.checkout.bare_repositories import leave_repositories
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.neighbours import Neighbours
from hubshare_agents.checkout.rules_of_others import accept_rules, hold_what_was_left_out
from hubshare_agents.checkout.shareable import (
    ENVIRONMENT_MARKS,
    FOLDER_CLOSED,
    NESTED,
    OWN_ENVIRONMENT,
    UNMOUNTED,
    unreadable,
)

#: Of so many paths that are held the reason is kept at hand.
MOST_REASONS = 20
_UNSEEN = "others have changed it too, and their version cannot be fetched now; that is tried again by itself"


def settle(checkout: LocalCheckout) -> Plan:
    """Return the plan, after what needs no decision has been noted: equal sides agree, a standing policy picks."""
    made = planned(checkout)
    if accept_rules(checkout, made):
        made = planned(checkout)
    if made.converged:
        with checkout.transaction():
            for path, side in made.converged.items():
                checkout.index.agree(path, side, side)
            conflicts.note_settled(checkout, made.converged)
        made = planned(checkout)
    conflicts.note_over(checkout, made)
    if made.conflicts and checkout.state.policy == "ours":
        conflicts.pick_ours(checkout, [conflict.path for conflict in made.conflicts])
        made = planned(checkout)
    checkout.tally = tally(made, MOST_REASONS)
    return made


def chosen(made: Plan, only: Iterable[str]) -> Plan:
    """Return what a plan brings at these paths and below them, with all that takes the place of one of these."""
    incoming, wanted = [*made.write, *made.delete], Paths(only)
    paths = connected([path for path in incoming if wanted.touch(path)], incoming)
    return Plan(
        write={path: sides for path, sides in made.write.items() if path in paths},
        delete={path: local for path, local in made.delete.items() if path in paths},
        conflicts=[conflict for conflict in made.conflicts if wanted.touch(conflict.path)],
        held={path: reason for path, reason in made.held.items() if wanted.touch(path)},
    )


def planned(checkout: LocalCheckout) -> Plan:
    """Return the plan as it follows from what is known, and change nothing."""
    made = plan(checkout.index.differing(), checkout.index)
    unseen = Paths(checkout.state.unseen)
    for path in [path for path in made.outgoing if unseen and unseen.touch(path)]:
        del made.outgoing[path]
        made.held[path] = _UNSEEN
    hold_what_was_left_out(checkout, made)
    faults: dict[str, str] = {"": ""}
    mounts, neighbours = checkout.index.mounts(), checkout.scanner.shareable.neighbours()
    for path in [*made.write, *made.delete]:
        parent = path.rpartition("/")[0]
        if parent not in faults:
            faults[parent] = _folder_fault(checkout, parent, mounts, neighbours)
        if faults[parent]:
            made.write.pop(path, None)
            made.delete.pop(path, None)
            made.held[path] = faults[parent]
    _leave_what_is_own(checkout, made)
    leave_repositories(checkout.index, made)
    return made


def _leave_what_is_own(checkout: LocalCheckout, made: Plan) -> None:
    """Leave alone what others publish into an environment or a repository of this folder's person: it runs as that person."""
    shareable, index = checkout.scanner.shareable, checkout.index

    def is_of_project(*marks: str) -> bool:
        return any(row.agreed for mark in marks for row in index.rows(mark).values())

    @cache
    def whose(folder: str) -> str:
        """Why nothing is put into a folder, or "": it is or lies in something whose marks were never agreed upon."""
        above = folder.rpartition("/")[0]
        try:
            bare, environment = shareable.is_bare(folder), shareable.is_environment(folder)
        except OSError:
            # What cannot be looked at is held for that reason.
            return ""
        if bare and not is_of_project(f"{folder}/HEAD"):
            return NESTED
        if environment and not is_of_project(*(f"{folder}/{mark}" for mark in ENVIRONMENT_MARKS)):
            return OWN_ENVIRONMENT
        if above:
            return whose(above)
        return (
            OWN_ENVIRONMENT if shareable.is_environment_part(folder) and not is_of_project(*ENVIRONMENT_MARKS) else ""
        )

    in_conflict = {conflict.path for conflict in made.conflicts}
    for path in [*made.write, *made.delete, *in_conflict]:
        if reason := whose(path.rpartition("/")[0] or path):
            made.write.pop(path, None)
            made.delete.pop(path, None)
            in_conflict.discard(path)
            made.held[path] = reason
    if len(in_conflict) < len(made.conflicts):
        made.conflicts = [conflict for conflict in made.conflicts if conflict.path in in_conflict]


def _folder_fault(checkout: LocalCheckout, folder: str, mounts: Collection[str], neighbours: Neighbours) -> str:
    """Why nothing is written into a folder, or "".

    Args:
        mounts: the folders where a disk was mounted.
        neighbours: the other checkouts.
    """
    try:
        for above in (folder, *ancestors(folder)):
            if above in mounts and checkout.disk.exists(above) and not checkout.disk.is_mount(above):
                return UNMOUNTED
        return checkout.scanner.shareable.left_alone(folder, checkout.index.tracked, neighbours)
    except OSError as error:
        return unreadable(error, FOLDER_CLOSED)
