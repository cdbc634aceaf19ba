"""Cursors: where the next page of a list begins, as text that says nothing to anybody else."""

from __future__ import annotations

import base64
import json

from hubshare.errors import Invalid


def encode_cursor(*place: str | int) -> str:
    """The text that stands for a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def decode_cursor(cursor: str | None, *kinds: type) -> tuple[str | int, ...] | None:
    """The place that a cursor stands for; None for the beginning.

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
