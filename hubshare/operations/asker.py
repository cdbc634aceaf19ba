"""Whose share something is taken from: a person by name, a visitor without an account by address."""

from __future__ import annotations

from typing import NamedTuple


class Asker(NamedTuple):
    """Whose share something is taken from.

    Attributes:
        name: of the user; of a visitor the address.
        anonymous: whether a visitor without an account.
    """

    name: str
    anonymous: bool
