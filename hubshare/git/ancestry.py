"""Which commit follows from which."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from hubshare.git.objects import Commit

#: So many commits are looked through to find out whether one follows from another.
_LOOK_BACK = 20_000


def leads_to(read: Callable[[str], Commit], start: str, goal: str) -> bool:
    """Return whether a commit is another one or among its ancestors, as far as one looks back.

    Args:
        read: gives a commit by its id.
        start: id of the later one.
        goal: id of the earlier one.
    """
    seen, waiting = {start}, deque([start])
    while waiting and len(seen) < _LOOK_BACK:
        name = waiting.popleft()
        if name == goal:
            return True
        new = [parent for parent in read(name).parents if parent not in seen]
        seen.update(new)
        waiting += new
    return False
