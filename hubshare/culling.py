"""jupyterhub-idle-culler with an arbiter: a server that is at work is not stopped, whatever the Hub has heard of it.

It is run as a service of the Hub in the place of `jupyterhub_idle_culler`, and takes the same options::

    python -m hubshare.culling --timeout=3600
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

#: Of a server whose last report is older than this nothing is known: reports come every 15 minutes at least.
_FRESH = timedelta(minutes=40)
#: Where HubShare does not answer, a server is stopped when it has been idle for so many times as long.
_PATIENCE = 2
_SECONDS, _AT_A_TIME = 10.0, 5

_turns = asyncio.Semaphore(_AT_A_TIME)


async def arbiter(*, inactive: timedelta | None, inactive_limit: int, server: Mapping[str, Any], **_: Any) -> bool:
    """Return whether a server is to be stopped: `cull_arbiter_hook` of jupyterhub-idle-culler 2.

    Args:
        inactive: for how long the Hub has heard of no activity.
        inactive_limit: for how long that may be, in seconds.
        server: as the Hub's API has it.
    """
    limit = timedelta(seconds=inactive_limit)
    if inactive is None or inactive < limit:
        return False
    try:
        async with _turns:
            found = await _ask(server)
    except (HTTPClientError, OSError, ValueError, KeyError, TypeError):
        return inactive >= _PATIENCE * limit
    return found is None or not at_work(found, limit, datetime.now(UTC))


def at_work(said: Mapping[str, Any], limit: timedelta, now: datetime) -> bool:
    """Return whether a server is at work, by its last report.

    Args:
        said: as `hubshare.wire.api.ServerUsage` travels.
        limit: what was done longer ago than this counts no more.
    """
    if now - _when(said["seen"]) > _FRESH:
        return False
    return any(kernel["busy"] for kernel in said["kernels"]) or now - _when(said["active"]) < limit


def whose(server: Mapping[str, Any]) -> tuple[str, str]:
    """Return the user and the name of a server of the Hub, whose model says `USER/SERVER` of both (from version 5 on).

    Raises:
        KeyError: it does not.
    """
    name = str(server["name"])
    return str(server["full_name"]).removesuffix(f"/{name}"), name


async def _ask(server: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a server has reported last; None where nothing is known."""
    user, name = whose(server)
    url = f"{os.environ['HUBSHARE_URL'].rstrip('/')}/api/v1/ops/servers?{urlencode({'user': user}, quote_via=quote)}"
    headers = {"Authorization": f"token {os.environ['JUPYTERHUB_API_TOKEN']}"}
    asked = HTTPRequest(url, headers=headers, connect_timeout=_SECONDS, request_timeout=_SECONDS)
    answer = await AsyncHTTPClient().fetch(asked)
    return next((one for one in json.loads(answer.body)["items"] if one["server"] == name), None)


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def main() -> None:
    """Run the culler."""
    from jupyterhub_idle_culler import IdleCuller
    from traitlets.config import Config

    IdleCuller.launch_instance(config=Config(IdleCuller={"cull_arbiter_hook": arbiter}))


if __name__ == "__main__":
    main()
