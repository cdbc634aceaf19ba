"""What of a source a project cannot hold, and why. Pure, but for the list that it keeps."""

from __future__ import annotations

from collections.abc import Callable

from hubshare.config import Limits
from hubshare.git.objects import FOLDER
from hubshare.names import count, own_fault, path_fault, quoted
from hubshare.names import size as size_of
from hubshare.sync.trees import EXECUTABLE, FILE, LINK, Side

#: So many are named; of more it is said how many they are.
_NAMED = 200
_SUBMODULE = 0o160000
#: Longest target of a link, in bytes, as for what people push.
LINK_BYTES = 4096


#: What is said of something of which an earlier version is kept.
STAYS = "what was fetched of it before stays"


class LeftOut:
    """Collects what is left out.

    Args:
        before: gives the file or link that was fetched before at a path. It stays where its newer version is left out: that is
            not deleted at the source.

    Attributes:
        before: see above.
        again: whether some of it may be had at another time, from the same version of the source.
    """

    def __init__(self, before: Callable[[str], Side] = lambda path: None) -> None:
        self._named, self._more = list[str](), 0
        self.before, self.again = before, False

    def replace(self, path: str, reason: str, place: str | None = None) -> Side:
        """Note that something is left out; returns what stays in its place.

        Args:
            place: that is where it would lie, if not at `path`.
        """
        old = self.before(path if place is None else place)
        self.add(path, f"{reason}; {STAYS}" if old else reason)
        return old

    def add(self, path: str, reason: str) -> None:
        """Note that something is left out."""
        if len(self._named) < _NAMED:
            self._named.append(f"{quoted(path, 200)[1:-1]}: {reason}")
        else:
            self._more += 1

    def __bool__(self) -> bool:
        return bool(self._named)

    @property
    def told(self) -> tuple[str, ...]:
        """For people, each as `PATH: why`."""
        return (*self._named, f"… and {self._more:,} more") if self._more else tuple(self._named)


def entry_fault(path: str, mode: int, size: int, limits: Limits) -> str:
    """Return why something cannot be in a project, or ""; what a link leads to is not looked at.

    Args:
        mode: as git has it.
        size: in bytes; 0 for a folder.
    """
    if fault := path_fault(path) or own_fault(path):
        return fault
    if mode == _SUBMODULE:
        return "it is a submodule, a repository of its own"
    if mode not in (FILE, EXECUTABLE, LINK, FOLDER):
        return "it is neither a file nor a link"
    if mode == LINK and size > LINK_BYTES:
        return "it is a link with too long a target"
    if size > limits.max_file_bytes:
        return over(size, limits.max_file_bytes)
    return ""


def over(number: int, most: int) -> str:
    """Return that a file is larger than those that are shared: by how much, where its size would read like the limit."""
    found, allowed = size_of(number), size_of(most)
    if found == allowed:
        return f"it has {count(number - most, 'byte')} more than the {allowed} that are shared at most"
    return f"it has {found}; at most {allowed} are shared"
