"""Commits and trees at hand: whoever publishes next builds on what was just published. An object never changes."""

from __future__ import annotations

import threading
from collections import OrderedDict

from hubshare.config import KIB, MIB
from hubshare.git.objects import BLOB, Object

_LARGEST = 16 * KIB
#: What an object takes besides its content: names, tuples, a place in the table.
_BESIDES = 500


class KnownObjects:
    """The objects of all repositories of a process that were used last; for all its threads.

    Args:
        most: about how many bytes of memory they take together.
    """

    def __init__(self, most: int = 16 * MIB) -> None:
        self._most, self._bytes = most, 0
        self._guard = threading.Lock()
        self._found: OrderedDict[tuple[str, str], Object] = OrderedDict()

    def get(self, repository: str, name: str) -> Object | None:
        """An object of a repository, or None.

        Args:
            repository: its path: what one repository holds, another one need not.
            name: the object's id.
        """
        with self._guard:
            found = self._found.get((repository, name))
            if found is not None:
                self._found.move_to_end((repository, name))
        return found

    def put(self, repository: str, name: str, item: Object) -> None:
        """Keep an object at hand, if it is small and no file's content."""
        if item.type == BLOB or len(item.data) > _LARGEST:
            return
        with self._guard:
            if (repository, name) not in self._found:
                self._found[repository, name] = item
                self._bytes += _size(item)
            while self._bytes > self._most:
                self._bytes -= _size(self._found.popitem(last=False)[1])


def _size(item: Object) -> int:
    return len(item.data) + _BESIDES
