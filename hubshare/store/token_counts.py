"""Counts what is done with tokens, in memory and bounded, until it is written down."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import datetime

from hubshare.errors import HubShareError
from hubshare.store.database import Database
from hubshare.store.token_uses import ADDRESSES, EACH_DAY, Seen, UseKey, add_uses

log = logging.getLogger(__name__)

#: So much of it is told apart.
_MOST = 10_000


class UseCounts:
    """What was done with tokens; for one thread.

    Attributes:
        uses: how often.
        seen: the last time with each token, by user and token.
    """

    def __init__(self) -> None:
        self.uses = Counter[UseKey]()
        self.seen: dict[tuple[str, str], Seen] = {}
        self._each = Counter[str]()

    def __bool__(self) -> bool:
        return bool(self.uses)

    def add(self, key: UseKey, at: datetime, note: str, address: str = "", expires: datetime | None = None) -> None:
        """Count what was done once.

        Args:
            at: when (UTC).
            note: of the token.
            address: where it came from; "" where that is not known.
            expires: when the token ends; None where that is not known, or not to be told.
        """
        if key not in self.uses and (len(self.uses) >= _MOST or self._each[key.user] >= EACH_DAY):
            key = key.folded
        if key not in self.uses:
            self._each[key.user] += 1
        self.uses[key] += 1
        if not key.token:
            return
        known = self.seen.get((key.user, key.token))
        addresses = {**known.addresses} if known else {}
        if address:
            addresses.pop(address, None)
            addresses[address] = at
        if len(addresses) > ADDRESSES:
            addresses.pop(next(iter(addresses)))
        expires = expires or (known.expires if known else None)
        self.seen[key.user, key.token] = Seen(note, known.first if known else at, at, addresses, expires)


def write_uses(database: Database, counts: UseCounts) -> None:
    """Write down what was counted; what a database that does not answer was to be told is forgotten."""
    try:
        with database.begin("token uses") as session:
            add_uses(session, counts.uses, counts.seen)
    except HubShareError as error:
        log.warning("what was done with %d tokens is not written down: %s", len(counts.seen), error.message)
    except Exception:
        log.exception("what was done with %d tokens is not written down", len(counts.seen))
