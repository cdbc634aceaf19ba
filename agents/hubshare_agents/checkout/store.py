"""The state of a checkout in memory and in its database, which always say the same.

Each value is one row, JSON under the name of its attribute, as it was in version 0.1.0.
"""

from __future__ import annotations

from dataclasses import fields

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from hubshare.errors import Invalid, NotFound
from hubshare_agents.checkout.database import CheckoutDatabase
from hubshare_agents.checkout.state import CheckoutState

_STATE = TypeAdapter(CheckoutState)
_NAMES = tuple(field.name for field in fields(CheckoutState))


class StateStore:
    """Reads the state once, and writes what changes.

    Args:
        database: of the checkout.

    Raises:
        NotFound: when no checkout was begun in it.
        Invalid: when the state cannot be read.
    """

    def __init__(self, database: CheckoutDatabase) -> None:
        self._database = database
        self._state = _read(database)

    @property
    def state(self) -> CheckoutState:
        """The state as it is now; inside a transaction with what that has changed."""
        return self._state

    def become(self, state: CheckoutState) -> None:
        """Move on to another state: durably, or with the transaction under way."""
        before = self._state
        with self._database.transaction():
            for name in _NAMES:
                value, old = getattr(state, name), getattr(before, name)
                if value is not old and value != old:
                    _write(self._database, name, value)
            self._database.on_rollback(lambda: setattr(self, "_state", before))
            self._state = state


def begin(database: CheckoutDatabase, state: CheckoutState) -> None:
    """Write the first state of a checkout."""
    with database.transaction():
        for name in _NAMES:
            _write(database, name, getattr(state, name))


def _write(database: CheckoutDatabase, name: str, value: object) -> None:
    if value is None:
        database.execute("DELETE FROM meta WHERE key = ?", (name,))
    else:
        database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, to_json(value).decode()))


def _read(database: CheckoutDatabase) -> CheckoutState:
    rows = database.execute("SELECT key, value FROM meta").fetchall()
    if not rows:
        raise NotFound(f"{database.path} holds no checkout: making it was cut short.")
    try:
        values = ",".join(f'"{key}":{value}' for key, value in rows)
        return _STATE.validate_json("{" + values + "}")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid(
            f"The state of the checkout in {database.path} cannot be read ({where}: {first['msg']}): it was damaged, or "
            "written by a newer version of HubShare."
        ) from None
