"""Revoked tokens: all processes of the service hear at once that one was revoked here."""

from __future__ import annotations

from pathlib import Path


class Revocations:
    """A file in the data folder that grows by a byte with each revocation; to look at its size costs no request anything.

    Args:
        path: the file; it need not be there.

    Attributes:
        known: how many this process has heard of.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.known = self._count()

    def add(self) -> None:
        """Tell all processes, this one as well."""
        with self._path.open("ab") as file:
            file.write(b".")

    def any_new(self) -> bool:
        """Return whether there were any since this was asked last."""
        known, self.known = self.known, self._count()
        return known != self.known

    def _count(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0
