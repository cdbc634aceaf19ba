"""The values that the sync engine works on: entries, and trees as far as it needs to look into them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol

#: The modes that git gives to what HubShare shares.
FILE, EXECUTABLE, LINK = 0o100644, 0o100755, 0o120000


class Entry(NamedTuple):
    """One shared file or symbolic link.

    Attributes:
        mode: `FILE`, `EXECUTABLE` or `LINK`.
        id: the git blob id of the content (of a link: its target), 40 hexadecimal digits.
    """

    mode: int
    id: str


#: What a path holds: an entry, or None where there is no file.
Side = Entry | None


class Tree(Protocol):
    """Anything that can be asked what lies at a path."""

    def entry(self, path: str) -> Side:
        """The file or link at `path`, or None."""
        ...

    def below(self, path: str) -> Iterable[str]:
        """The paths of all files in the folder `path`; empty where there is no such folder."""
        ...


class DictTree:
    """A tree held in a dictionary."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self.entries = dict(entries)
        self._sorted = sorted(entries)

    def entry(self, path: str) -> Side:
        return self.entries.get(path)

    def below(self, path: str) -> Iterator[str]:
        # "0" follows "/".
        return iter(self._sorted[bisect_left(self._sorted, path + "/") : bisect_left(self._sorted, path + "0")])


class State(StrEnum):
    """How the three versions of one path stand to each other."""

    CLEAN = "clean"
    OUTGOING = "outgoing"
    INCOMING = "incoming"
    CONVERGED = "converged"
    CONFLICT = "conflict"


def classify(base: Side, ours: Side, theirs: Side) -> State:
    """The state of a path: changed by nobody, by us, by them, by both alike, or by both differently."""
    if ours == theirs:
        return State.CLEAN if base == ours else State.CONVERGED
    if ours == base:
        return State.INCOMING
    if theirs == base:
        return State.OUTGOING
    return State.CONFLICT


def ancestors(path: str) -> Iterator[str]:
    """`"a/b"` and `"a"` for `"a/b/c"`: the folders that a file lies in, the nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


class Conflict(NamedTuple):
    """One path that changed on both sides since they last agreed.

    Attributes:
        path: where. A file here against a folder there is one conflict, at the path of the file.
        base: what both sides last agreed on.
        ours: this checkout's version.
        theirs: the published version.
        clash: that one side has a file where the other has a folder, in words for a person, or "".
    """

    path: str
    base: Side
    ours: Side
    theirs: Side
    clash: str = ""

    @property
    def kind(self) -> str:
        """What happened, in words for a person."""
        if self.clash:
            return self.clash
        if self.ours is None:
            return "deleted here, edited there"
        if self.theirs is None:
            return "edited here, deleted there"
        return "edited on both sides" if self.base is not None else "added on both sides"
