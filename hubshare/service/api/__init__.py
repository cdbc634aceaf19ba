"""The JSON API, one file for each kind of thing."""

from __future__ import annotations

import base64
import json
from typing import Annotated

from fastapi import Depends, Query, Request

from hubshare.centre import Centre
from hubshare.errors import Invalid
from hubshare.service.background.groups import Groups


def centre_of(request: Request) -> Centre:
    """The centre that this process serves."""
    found: Centre = request.app.state.centre
    return found


def groups_of(request: Request) -> Groups:
    """The keeper of the Hub's groups."""
    found: Groups = request.app.state.groups
    return found


TheCentre = Annotated[Centre, Depends(centre_of)]
TheGroups = Annotated[Groups, Depends(groups_of)]

#: Where the next page of a list begins, and how long a page is.
After = Annotated[str | None, Query(max_length=2000, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500, description="Most items of a page.")]


def encode_cursor(*place: str | int) -> str:
    """A place in a list as text that says nothing to anybody else."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def decode_cursor(cursor: str | None, *kinds: type) -> tuple[str | int, ...] | None:
    """The place that a cursor stands for.

    Args:
        kinds: types of its parts.

    Raises:
        Invalid: when it is not one of ours.
    """
    if cursor is None:
        return None
    try:
        found = tuple(json.loads(base64.urlsafe_b64decode(cursor.encode("ascii"))))
    except (ValueError, TypeError, RecursionError):
        found = ()
    fine = len(found) == len(kinds) and all(type(part) is kind for part, kind in zip(found, kinds, strict=True))
    if not fine or not all(str(part).isprintable() for part in found):
        raise Invalid("`after` is not the `next` of an earlier page: begin at the first one.")
    return found
