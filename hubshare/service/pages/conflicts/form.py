"""What the forms of conflicts bring: a conflict, and the two contents that the person saw."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from fastapi import Form

from hubshare.errors import Invalid
from hubshare.sync.trees import Side
from hubshare.wire.api.conflicts import NewPick

#: How many conflicts are listed, or picked at once.
MOST = 1000

#: For each conflict what `encode_pick` wrote.
Picked = Annotated[list[str], Form(max_length=MOST)]


def encode_pick(conflict: str, ours: Side, theirs: Side) -> str:
    """The conflict and the ids of both contents, "" for a deletion."""
    return ":".join((conflict, ours.id if ours else "", theirs.id if theirs else ""))


def decode_picks(picked: Iterable[str]) -> dict[str, NewPick]:
    """What `encode_pick` wrote, by the conflict.

    Raises:
        Invalid: when it did not write that.
    """
    found = {}
    for text in picked:
        conflict, *sides = text.split(":")
        if len(sides) != 2 or any(side and (len(side) != 40 or set(side) - set("0123456789abcdef")) for side in sides):
            raise Invalid("This form is not one of ours: load the page again.")
        found[conflict] = NewPick(ours=sides[0] or None, theirs=sides[1] or None)
    return found
