"""The agent in a single-user server: watches checkouts, pushes, pulls, and applies updates on disk."""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Tells Jupyter Server where the extension is."""
    from hubshare_agents.jupyter.extension import HubShareExtension

    return [{"module": "hubshare_agents", "app": HubShareExtension}]
