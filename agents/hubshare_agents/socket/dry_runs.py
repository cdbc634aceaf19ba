"""What a push or a pull would do, told whole or a page at a time: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, TypeVar

from hubshare.sync.plan import Plan
from hubshare.sync.trees import Side
from hubshare.wire.socket.base import Change
from hubshare.wire.socket.syncing import Planned, Pull, Push

Told = TypeVar("Told")


def planned(project: str, plan: Plan, changes: Iterable[tuple[str, Side, Side]], page: Push | Pull) -> Planned:
    """Return what a push or a pull would do.

    Args:
        changes: paths, with what is there before and afterwards.
        page: says which part of it is wanted.
    """
    kinds = {path: Change(path=path, change=_kind(old, new)) for path, old, new in changes}
    conflicts = {conflict.path: conflict.kind for conflict in plan.conflicts}
    counts = Counter(change.change for change in kinds.values())
    (files, files_end), (met, met_end), (held, held_end) = (
        _part(kinds, page),
        _part(conflicts, page),
        _part(plan.held, page),
    )
    ends = [end for end in (files_end, met_end, held_end) if end is not None]
    return Planned(
        project=project,
        plan=list(files.values()),
        conflicts=met,
        held=held,
        counts={
            **{kind: counts[kind] for kind in ("add", "edit", "delete")},
            "conflicts": len(conflicts),
            "held": len(plan.held),
        },
        next=min(ends) if ends else None,
    )


def _part(told: Mapping[str, Told], page: Push | Pull) -> tuple[dict[str, Told], str | None]:
    """Return what is told of one kind, by path, and the last path if more follows."""
    paths = sorted(path for path in told if page.after is None or path > page.after)
    wanted = paths[: page.limit]
    return {path: told[path] for path in wanted}, wanted[-1] if len(wanted) < len(paths) else None


def _kind(old: Side, new: Side) -> Literal["add", "edit", "delete"]:
    return "delete" if new is None else "add" if old is None else "edit"
