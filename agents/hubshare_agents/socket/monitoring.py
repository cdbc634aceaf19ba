"""Passes on what a server says of itself."""

from __future__ import annotations

import asyncio
import time

from hubshare.client import calls
from hubshare.errors import HubShareError
from hubshare.wire.socket.monitoring import ReportUsage, Usage, UsageReported
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler, ServiceCall

#: After this time a report is tried again that did not arrive.
_AGAIN_SECONDS = 60.0
#: A push that is not answered for longer than this is no work any more.
_PUSH_SECONDS = 3600.0


async def report_usage(agent: Agent, args: ReportUsage, progress: Progress) -> UsageReported:
    pushed = _pushed_ago(agent)
    said = args.said
    if pushed is not None and pushed < said.idle_seconds:
        said = said.model_copy(update={"idle_seconds": pushed})
    try:
        noted = await asyncio.to_thread(agent.client.report_usage, said)
    except HubShareError:
        # An older service does not know it, or there is none now: what is said next is as good.
        return UsageReported(seconds=_AGAIN_SECONDS, pushed_seconds_ago=pushed)
    return UsageReported(seconds=noted.seconds, pushed_seconds_ago=pushed)


def _pushed_ago(agent: Agent) -> float | None:
    """Return how many seconds ago edits were published; 0 while they are."""
    now, found = time.monotonic(), list[float]()
    for loop in agent.loops.values():
        begun = loop.checkout.push_begun
        if begun is not None:
            under_way = loop.checkout.state.pending is not None and now - begun < _PUSH_SECONDS
            found.append(0.0 if under_way else now - begun)
    return min(found, default=None)


HANDLERS: dict[str, Handler] = {
    "report-usage": report_usage,
    "usage": ServiceCall(calls.usage.own_servers, lambda given, servers: Usage(servers=servers)),
}
