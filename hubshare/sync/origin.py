"""Taking in what is new at a project's origin: a merge by path, in which ours is the project's side and theirs the origin's.

The cases are numbered in docs/reference/merging.md, one test each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from hubshare.errors import Invalid
from hubshare.names import quoted
from hubshare.sync.merge import connected, merge, named
from hubshare.sync.trees import Conflict, Side, Tree, ancestors

#: What becomes of the conflicts that nobody has picked a side of: they are left open, or all are settled alike.
Rest = Literal["ask", "ours", "theirs"]
#: Path to (what both sides last agreed on, what the origin holds).
Incoming = dict[str, tuple[Side, Side]]


@dataclass(frozen=True)
class Intake:
    """What is taken over from an origin.

    Attributes:
        changes: path to new side, to be published in the project.
        conflicts: what was changed on both sides; the project's side stays as it is.
        picked: the paths at which the origin's side was picked, and those that give way to it.
        left: path to what both sides last agreed on, of the conflicts that stay open.
    """

    changes: dict[str, Side] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    picked: frozenset[str] = frozenset()
    left: dict[str, Side] = field(default_factory=dict)


def incoming(
    differences: Iterable[tuple[str, Side, Side]], left: Mapping[str, Side], newest: Callable[[str], Side]
) -> Incoming:
    """What is new at the origin, by path.

    Args:
        differences: in which the origin differs now from the version that was taken last.
        left: path to what both sides last agreed on, where that is not what was taken last: conflicts that were left open.
        newest: gives what the origin holds at a path.
    """
    found = {path: (base, side) for path, base, side in differences if path not in left}
    return found | {path: (base, side) for path, base in left.items() if (side := newest(path)) != base}


def take_in(
    new: Incoming, published: Tree, ours: Collection[str] = (), theirs: Collection[str] = (), rest: Rest = "ask"
) -> Intake:
    """Merge what is new at an origin into what a project publishes.

    Args:
        new: see `incoming`.
        published: the project's tree.
        ours, theirs: paths in conflict at which that side was picked; whatever belongs together is settled together.
        rest: the side for all other conflicts.

    Raises:
        Invalid: when a path is picked that is in no conflict, or both sides of what belongs together.
    """
    merged = merge(new, published)
    met = named(Conflict(path, base, held, brought) for path, base, brought, held, _ in merged.conflicts)
    paths = {conflict.path for conflict in met}
    for path in (*ours, *theirs):
        if path not in paths:
            raise Invalid(f"{quoted(path)} is not in conflict with the origin any more: look again, then pick.")
    ours_all, theirs_all = connected(ours, paths), connected(theirs, paths)
    if both := ours_all & theirs_all:
        raise Invalid(
            f"{quoted(min(both))} is one with others that were picked otherwise: pick one side for all of them."
        )
    other = paths - ours_all - theirs_all
    picked = theirs_all | (other if rest == "theirs" else set())
    changes, gone = dict(merged.changes), set[str]()
    for path in picked:
        changes[path] = new[path][1]
    for path in picked:
        if changes[path] is not None:
            # Whatever is in its place gives way.
            around = [*(folder for folder in ancestors(path) if published.entry(folder)), *published.below(path)]
            gone |= {one for one in around if one not in changes}
            changes |= {one: None for one in around if one not in changes}
    conflicts = [conflict for conflict in met if rest == "ask" and conflict.path in other]
    return Intake(changes, conflicts, frozenset(picked | gone), {found.path: found.base for found in conflicts})
