"""Conflicts of a checkout: what a pick settles, and what of it the centre has to hear."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from hubshare.errors import Clash, NotFound
from hubshare.names import quoted
from hubshare.sync.merge import Paths, connected, group
from hubshare.sync.plan import Plan
from hubshare.sync.trees import FILE, Entry, Side
from hubshare_agents.checkout import open_files
from hubshare_agents.checkout.local_checkout import LocalCheckout

#: What a person picks from at a path: ours, theirs.
Sides = tuple[Side, Side]


def sides(made: Plan) -> dict[str, Sides]:
    """Return what there is to pick from at each path in conflict."""
    return {conflict.path: (conflict.ours, conflict.theirs) for conflict in made.conflicts}


def sides_of(now: Sides, ours: str | None, theirs: str | None) -> Sides:
    """Return the sides that somebody has seen who names their contents.

    Args:
        now: what there is now.
        ours, theirs: git's ids; None for no file.
    """
    return _side_of(now[0], ours), _side_of(now[1], theirs)


def _side_of(now: Side, name: str | None) -> Side:
    if name == (now.id if now is not None else None):
        return now
    return None if name is None else Entry(FILE, name)


def check_seen(
    paths: Iterable[str],
    given_up: str,
    now: Mapping[str, Sides],
    shown: Mapping[str, Sides],
    known: Mapping[str, Sides],
) -> None:
    """Check that what a pick gives up, and what it takes from others, is what the person has seen.

    Args:
        paths: what is picked.
        given_up: the side that is given up, `ours` or `theirs`.
        now: what there is now.
        shown: what the person was shown last.
        known: what was known when they asked, for conflicts that they were not shown.

    Raises:
        Clash: when it is not.
    """
    for path in paths:
        ours, theirs = now[path]
        seen = shown.get(path) or known.get(path)
        if seen is None or seen[1] != theirs:
            what = "was published anew by somebody else"
        elif given_up == "ours" and path in shown and seen[0] != ours:
            what = "was edited here"
        else:
            continue
        raise Clash(
            f"{quoted(path)} {what} since you looked: nothing was picked. Look at both versions, and run the command again."
        )


def picked(made: Plan, paths: Iterable[str] | None) -> list[str]:
    """Return the conflicts that a pick of these paths settles; all of them for None.

    Raises:
        NotFound: when a path is not in conflict.
    """
    known = [conflict.path for conflict in made.conflicts]
    if paths is None:
        return known
    found: set[str] = set()
    for path in paths:
        at = group(path, known) if path != "." else set(known)
        if not at:
            raise NotFound(f"{quoted(path)} is not in conflict: see `hubshare conflicts`.")
        found |= at
    # Half of a folder that gave way to a file cannot be published: the rest is in its place.
    return sorted(found | connected(found, known))


def pick_ours(checkout: LocalCheckout, paths: Iterable[str]) -> None:
    """Settle conflicts for this checkout's version: it becomes an edit of what is published now."""
    index, paths = checkout.index, list(paths)
    with checkout.transaction():
        for path in paths:
            published = index.published(path)
            if published is not None:
                index.add_kept(path, published, checkout.state.base, time.time(), "published version, not picked")
            index.agree(path, published, published)
        note_settled(checkout, paths)


def is_written(checkout: LocalCheckout, path: str) -> bool:
    """Return whether a program has our side of a conflict open to write to it: no policy picks the other side meanwhile."""
    try:
        with checkout.disk.open(path) as file:
            return bool(open_files.is_written(file.fileno()))
    except OSError:
        return False


def expect_theirs(checkout: LocalCheckout, paths: Iterable[str]) -> Plan:
    """Return the plan that puts the published versions in place, after ours have been kept."""
    made, index = Plan(), checkout.index
    for path in paths:
        row, published = index.row(path), index.published(path)
        if row.on_disk is not None:
            checkout.stash.put(path, row.on_disk, "version of this folder, not picked")
        if published is not None:
            made.write[path] = (row.local, published)
        elif row.local is not None:
            made.delete[path] = row.local
        else:
            index.agree(path, None, None)
    return made


def note_settled(checkout: LocalCheckout, paths: Iterable[str]) -> None:
    """Remember, for the centre, that conflicts are over."""
    checkout.become(checkout.state.conflicts_settled(paths))


def note_over(checkout: LocalCheckout, made: Plan) -> None:
    """Conflicts that the centre knows of and that are none any more, such as a file that was edited back, are over: the
    centre would hold back every later edit of them."""
    still_open = Paths([*(conflict.path for conflict in made.conflicts), *made.held])
    over = [path for path in checkout.state.sent if not still_open.touch(path)]
    if over:
        note_settled(checkout, over)
