"""Calls about what single-user servers use."""

from __future__ import annotations

from typing import Literal

from hubshare.client.call import Call, Listing, api, one
from hubshare.client.calls.verbs import get, listing
from hubshare.wire import api as r


def report_usage(said: r.UsageReport) -> Call[r.UsageNoted]:
    """Say what a server of yours uses, and whether it is at work."""
    return Call("POST", api("agent", "usage"), one(r.UsageNoted), body=said.model_dump(mode="json"))


def own_servers() -> Listing[r.ServerUsage]:
    """What your servers used when they were seen last."""
    return listing(api("me", "servers"), r.ServerUsage)


def own_server_history(server: str) -> Call[r.UsageHistory]:
    """What a server of yours used; its name is empty for the default one."""
    return get(api("me", "servers", "history"), r.UsageHistory, server=server)


def all_servers(
    sort: Literal["memory", "cpu", "disk", "idle"] | None = None, user: str | None = None, page: int = 100
) -> Listing[r.ServerUsage]:
    """What everybody's servers use, those with the most first; for those who run the Hub.

    Args:
        user: only those of this user.
    """
    return listing(api("ops", "servers"), r.ServerUsage, page, sort=sort, user=user)


def server_history(user: str, server: str) -> Call[r.UsageHistory]:
    """What a server of somebody used; for those who run the Hub."""
    return get(api("ops", "servers", user, "history"), r.UsageHistory, server=server)
