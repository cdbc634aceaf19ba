"""What operations ask the Hub about its users and groups."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol


class Directory(Protocol):
    """Asks the Hub, and waits for its answer."""

    def knows(self, user: str) -> bool:
        """Return whether the Hub has a user of that name.

        Raises:
            Unavailable: when the Hub does not answer.
        """
        ...

    def is_gone(self, user: str, since: datetime) -> bool:
        """Return whether the Hub has nobody of a name, or somebody who is new since then; False where it cannot tell.

        Args:
            since: then (UTC).
        """
        ...

    def check_users(self, users: Iterable[str]) -> None:
        """Refuse names that nobody at the Hub has, which are mistyped more often than meant; pass where the Hub cannot tell.

        Raises:
            UnknownUser: naming the first one.
        """
        ...

    def check_groups(self, subjects: Iterable[str], asker: str, everything: bool = False) -> None:
        """Ask for the groups that are about to be given something, so that who is in them is known at once.

        Args:
            subjects: as people write them; what is no `group:NAME` is passed over.
            asker: who gives it: a group is there for those in it alone.
            everything: the asker knows of the group by other ways.

        Raises:
            NotFound: when the Hub has no such group, or the asker may not know of it.
            Unavailable: when the Hub does not answer.
        """
        ...
