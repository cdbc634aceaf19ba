"""What housekeeping says of itself: what it could not do, and how far it has come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

_FAULTS, _PLACE = "hubshare:housekeeping:faults", "hubshare:housekeeping:place"


def write_faults(client: Any, faults: Sequence[str]) -> None:
    """Say what could not be done the last time.

    Args:
        client: connection to Redis.
    """
    client.set(_FAULTS, json.dumps(list(faults)))


def read_faults(client: Any) -> list[str]:
    """What could not be done the last time.

    Args:
        client: connection to Redis.
    """
    found = client.get(_FAULTS)
    return [str(fault) for fault in json.loads(found)] if found else []


def write_place(client: Any, project: str) -> None:
    """Remember the project whose repository is being put in order.

    Args:
        client: connection to Redis.
    """
    client.set(_PLACE, project)


def read_place(client: Any) -> str:
    """The project whose repository was put in order last; "" for none.

    Args:
        client: connection to Redis.
    """
    found = client.get(_PLACE)
    return found.decode() if found else ""
