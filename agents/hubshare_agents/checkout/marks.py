"""Marks of the entries of one folder: what the file browser shows beside their names, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from hubshare.names import count
from hubshare.sync.plan import Plan
from hubshare.wire.socket.files import Mark, MarkName
from hubshare_agents.checkout.local_checkout import LocalCheckout
from hubshare_agents.checkout.planning import planned
from hubshare_agents.checkout.why import why

#: The ones that matter most first.
_WEIGHT: tuple[MarkName, ...] = ("conflict", "held", "edited", "new", "incoming", "ignored")
assert {*_WEIGHT} == {*get_args(MarkName)}
_INSIDE: dict[MarkName, str] = {
    "conflict": "in conflict",
    "held": "left alone",
    "edited": "edited",
    "new": "new",
    "incoming": "to be pulled",
    "ignored": "not shared",
}


def marks(checkout: LocalCheckout, folder: str, names: Iterable[str], held: Mapping[str, str]) -> dict[str, Mark]:
    """Return the marks of those entries that are not as published.

    Args:
        folder: relative path; "" for the top.
        names: of the entries.
        held: what else is left alone at the moment, path to reason.
    """
    prefix = f"{folder}/" if folder else ""
    wanted, found = list(names), dict[str, Mark]()
    inside: dict[str, Counter[MarkName]] = {}
    for path, mark in _differing(planned(checkout), held, checkout.state.role == "reader"):
        if not path.startswith(prefix):
            continue
        name, below, _ = path[len(prefix) :].partition("/")
        if below:
            inside.setdefault(name, Counter())[mark.mark] += 1
        else:
            found[name] = mark
    for name, marked in inside.items():
        first = min(marked, key=_WEIGHT.index)
        words = [f"{count(marked[mark], 'file')} {_INSIDE[mark]}" for mark in _WEIGHT if marked[mark]]
        found.setdefault(name, Mark(mark=first, why=f"{', '.join(words)} in it"))
    tracked = checkout.index.tracked_in(folder)
    for name in wanted:
        if name not in found and name not in tracked:
            shared, reason = why(checkout, prefix + name)
            if not shared:
                found[name] = Mark(mark="ignored", why=reason)
    return {name: found[name] for name in wanted if name in found}


def _differing(made: Plan, held: Mapping[str, str], reader: bool) -> Iterator[tuple[str, Mark]]:
    stays = "; you are reader: it stays here" if reader else " and goes with the next push"
    for path, (agreed, local) in made.outgoing.items():
        if local is None:
            yield path, Mark(mark="edited", why=f"it is deleted here{stays}")
        elif agreed is None:
            yield path, Mark(mark="new", why=f"it is new{stays}")
        else:
            yield path, Mark(mark="edited", why=f"it was edited here{stays}")
    for path in [*made.write, *made.delete]:
        yield path, Mark(mark="incoming", why="others have changed it: the next pull brings their version")
    for path, reason in {**made.held, **held}.items():
        yield path, Mark(mark="held", why=reason)
    for conflict in made.conflicts:
        yield conflict.path, Mark(mark="conflict", why=f"{conflict.kind}: pick the version that is to stay")
