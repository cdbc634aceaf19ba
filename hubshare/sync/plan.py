"""The plan: what a pull does to a checkout's folder, decided before anything is touched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from hubshare.sync.merge import clashes, collisions, named
from hubshare.sync.trees import Conflict, DictTree, Entry, Side, State, Tree, classify


class Triple(NamedTuple):
    """The three versions of one path in a checkout.

    Attributes:
        path: relative to the folder.
        agreed: what this checkout and the project last agreed on.
        local: what is on disk.
        published: what the known published state holds.
        held: why the path cannot be read or written here, or "".
    """

    path: str
    agreed: Side
    local: Side
    published: Side
    held: str = ""


@dataclass
class Plan:
    """What is to be done, by kind; the same plan is shown by `--dry-run` and carried out by a pull or a push."""

    write: dict[str, tuple[Side, Entry]] = field(default_factory=dict)
    """Path to (what is expected on disk, what is written)."""
    delete: dict[str, Entry] = field(default_factory=dict)
    """Path to what is expected on disk."""
    outgoing: dict[str, tuple[Side, Side]] = field(default_factory=dict)
    """Path to (agreed, local): what a push would publish."""
    converged: dict[str, Side] = field(default_factory=dict)
    """Path to what both sides hold without having agreed on it yet."""
    conflicts: list[Conflict] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    """Path to the reason why it is left alone."""


class Tally(NamedTuple):
    """How many paths of each kind a plan has.

    Attributes:
        outgoing: to be pushed.
        incoming: to be pulled.
        held: how many are left alone.
        reasons: of some of those, path to reason.
    """

    outgoing: int
    incoming: int
    conflicts: int
    held: int
    reasons: dict[str, str]


def tally(made: Plan, reasons: int) -> Tally:
    """Return how many paths of each kind a plan has, with at most so many reasons."""
    return Tally(
        len(made.outgoing),
        len(made.write) + len(made.delete),
        len(made.conflicts),
        len(made.held),
        dict(islice(made.held.items(), reasons)),
    )


def plan(paths: Iterable[Triple], disk: Tree) -> Plan:
    """Decide for each path in which the three versions are not all equal.

    Args:
        paths: the paths that differ; the others need nothing.
        disk: the folder as last seen, to find a file in the way of a folder or a folder in the way of a file.
    """
    result = Plan()
    incoming: dict[str, Side] = {}
    triples = {triple.path: triple for triple in paths}
    in_conflict: set[str] = set()
    for path, triple in sorted(triples.items()):
        if triple.held:
            result.held[path] = triple.held
            continue
        state = classify(triple.agreed, triple.local, triple.published)
        if state is State.INCOMING:
            incoming[path] = triple.published
        elif state is State.OUTGOING:
            result.outgoing[path] = (triple.agreed, triple.local)
        elif state is State.CONVERGED:
            result.converged[path] = triple.local
        elif state is State.CONFLICT:
            in_conflict.add(path)
    for path in collisions(incoming, disk):
        in_conflict.add(path)
        del incoming[path]
    # What is published in the way of something on disk is not on disk itself, so it is among the paths that differ.
    published = DictTree({path: triple.published for path, triple in triples.items() if triple.published is not None})
    # The centre decides by the same rule: what is a conflict there has to be one here, or it is sent again and again.
    for path in clashes({path: local for path, (_, local) in result.outgoing.items()}, in_conflict, published):
        in_conflict.add(path)
        del result.outgoing[path]
    result.conflicts = named(_conflict(triples[path]) for path in in_conflict)
    for path, side in incoming.items():
        local = triples[path].local
        if side is not None:
            result.write[path] = (local, side)
        elif local is not None:
            result.delete[path] = local
    return result


def _conflict(triple: Triple) -> Conflict:
    return Conflict(triple.path, triple.agreed, triple.local, triple.published)
