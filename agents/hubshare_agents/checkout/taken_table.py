"""The table of files that are, or are about to be, taken out of their places in a checkout's folder."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import NamedTuple

from hubshare.sync.trees import Entry, Side
from hubshare_agents.checkout.database import CheckoutDatabase
from hubshare_agents.checkout.temporary import aside_name, temporary_name


class Replacement(NamedTuple):
    """A file that is about to be replaced or deleted.

    Attributes:
        path: its place.
        agreed: what the checkout and the project had agreed on there.
        local: the file itself, as it was last seen.
        put: what is put in its place.
        back: whether it may be put back: an update replaced it, and not the person.
    """

    path: str
    agreed: Side
    local: Side
    put: Side
    back: bool = True


class Taken(NamedTuple):
    """A file that was, or was about to be, taken out of its place.

    Attributes:
        temporary: the name of the version that is put there, until it is there.
        what: what was to be done.
        since: seconds since 1970.
    """

    temporary: str
    what: Replacement
    since: float

    @property
    def path(self) -> str:
        """Its place."""
        return self.what.path

    @property
    def aside(self) -> str:
        """The name that it has when it was taken out."""
        return aside_name(self.temporary)


class TakenTable:
    """The rows of one checkout.

    Args:
        database: of the checkout.
    """

    def __init__(self, database: CheckoutDatabase) -> None:
        self._database = database

    def expect(self, replacements: Iterable[Replacement], durable: bool) -> dict[str, str]:
        """Note files that are about to be taken out; return path to the temporary name to use.

        Args:
            durable: whether that is to be on disk first: a file may be missing from its place for a moment.
        """
        made = [Taken(temporary_name(), one, time.time()) for one in replacements]
        with self._database.transaction(durable):
            for row in made:
                self.save(row)
        return {row.path: row.temporary for row in made}

    def save(self, row: Taken) -> None:
        """Write a row."""
        path, agreed, local, put, back = row.what
        sides = [value for side in (agreed, local, put) for value in (side or (None, None))]
        self._database.execute(
            "INSERT OR REPLACE INTO taken VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (row.temporary, path, *sides, int(back), row.since),
        )

    def forget(self, row: Taken) -> None:
        """Drop a row."""
        self._database.execute("DELETE FROM taken WHERE temporary = ?", (row.temporary,))

    def rows(self) -> list[Taken]:
        """All of them."""
        found = self._database.execute(
            "SELECT temporary, path, agreed_mode, agreed_id, mode, id, put_mode, put_id, back, since FROM taken ORDER BY since"
        )
        return [
            Taken(
                row[0], Replacement(row[1], _side(*row[2:4]), _side(*row[4:6]), _side(*row[6:8]), bool(row[8])), row[9]
            )
            for row in found
        ]


def _side(mode: int | None, name: str | None) -> Side:
    return Entry(mode, name) if mode is not None and name is not None else None
