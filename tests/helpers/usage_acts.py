"""Looks at what a server used that there is not: whoever may look hears that."""

from __future__ import annotations

from collections.abc import Callable

from tests.helpers.access_acts import Act
from tests.helpers.access_fixture import Stage
from tests.helpers.access_subjects import Subject


def no_history(make: Callable[[str, str], Act], path: str) -> Act:
    """A look at the history of no server.

    Args:
        make: makes a request by a door, of its method and path.
    """
    look = make("GET", f"{path}?server=none")

    def act(stage: Stage, who: Subject) -> int:
        found = look(stage, who)
        return 200 if found == 404 else found

    return act
