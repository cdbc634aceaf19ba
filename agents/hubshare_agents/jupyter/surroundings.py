"""Where the server extension is at work: whether there is a HubShare, whose server this is, who is in front of it."""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_server.base.handlers import JupyterHandler

#: What somebody reads who has installed this where there is no HubShare.
NO_HUB = (
    "HubShare works on a server that a JupyterHub with the HubShare service has started; this one was not. Start your server "
    "from the Hub, and ask an admin whether HubShare is configured there."
)


def missing() -> str:
    """Return what is missing for HubShare to work here, or ""."""
    there = os.environ.get("HUBSHARE_URL") and os.environ.get("JUPYTERHUB_API_TOKEN")
    return "" if there else NO_HUB


def top_folder(handler: JupyterHandler) -> Path:
    """Return the folder that the file browser shows."""
    named = getattr(handler.contents_manager, "root_dir", "") or handler.serverapp.root_dir
    return Path(str(named)).expanduser().absolute()


def person_of(handler: JupyterHandler) -> str:
    """Return the Hub user who is in front of the server; "" where whoever reaches it is its owner.

    A service of the Hub that asks is not a user, whatever its name.
    """
    model = getattr(handler.current_user, "hub_user", None)
    if model is None:
        return ""
    name = str(model.get("name", ""))
    return name if model.get("kind", "user") == "user" else f"service:{name}"


def stranger(handler: JupyterHandler) -> dict[str, str] | None:
    """Return who is in front of the server and how to act in their name, as the agent wants to know it; None for the owner."""
    if is_owner(handler):
        return None
    hub = getattr(handler.identity_provider, "hub_auth", None)
    token = hub.get_token(handler) if hub is not None else None
    return {"user": person_of(handler), "token": str(token or "")}


def is_owner(handler: JupyterHandler) -> bool:
    """Return whether the owner of the server is in front of it: the agent acts in nobody else's name."""
    by_hub = getattr(handler.current_user, "hub_user", None) is not None
    return not by_hub or person_of(handler) == os.environ.get("JUPYTERHUB_USER", "")
