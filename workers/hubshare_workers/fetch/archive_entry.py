"""What archives of all kinds are read as: entries, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol


class ArchiveEntry(NamedTuple):
    """A file or link in an archive.

    Attributes:
        name: as it is there, parts divided by `/`.
        mode: of git; 0 for what is neither file nor link.
        size: in bytes.
        target: of a link; "" for a file.
        same_as: the name of the file before it that it is another name of; "" for none.
        fault: why it cannot be read; "" where it can.
    """

    name: str
    mode: int
    size: int
    target: str = ""
    same_as: str = ""
    fault: str = ""


class Archive(Protocol):
    """An archive that is read from its beginning to its end."""

    def entries(self) -> Iterator[ArchiveEntry]:
        """What is in it, but for folders; the content of each can be read before the next."""
        ...

    def content(self) -> Iterator[bytes]:
        """The content of the entry that came last, in pieces; never more than it says."""
        ...
