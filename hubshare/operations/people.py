"""People whom the caller may know of."""

from __future__ import annotations

from collections.abc import Iterable

from hubshare.centre import Centre
from hubshare.operations.caller import Caller
from hubshare.store import people
from hubshare.wire.api.hub import People

#: So many names of each kind are told: whoever looks for another one types more of it.
_MOST = 50


def find_people(caller: Caller, centre: Centre, *, query: str) -> People:
    """Users whom the caller may know of, and the caller's teams and groups, whose names hold a text."""
    word = query.strip().lower()

    def matching(names: Iterable[str]) -> list[str]:
        found = sorted(name for name in names if word in name.lower())
        return sorted(found, key=lambda name: not name.lower().startswith(word))[:_MOST]

    with centre.database.read() as session:
        return People(
            users=people.known_to(session, caller.user, word, _MOST),
            teams=matching(people.teams_of(session, caller.user)),
            groups=matching(caller.person.groups),
        )
