"""Waiting for imports."""

from __future__ import annotations

from hubshare.client import Client
from hubshare.testing.centre import wait_until
from hubshare.wire import api as r


def ended(client: Client, project: str) -> r.Import:
    """How the import of a project is, once it has ended."""
    found: list[r.Import] = []

    def over() -> bool:
        found[:] = [client.get_import(project)]
        return found[0].state not in ("queued", "running")

    wait_until(over, f"{project} has been fetched")
    return found[0]
