"""What became of what one asked for."""

from __future__ import annotations

import asyncio
from itertools import islice

from hubshare.client import calls
from hubshare.wire.socket.jobs import Jobs, ListJobs
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler, ServiceCall

#: Most items of a list that the service gives at once.
_PAGE = 500


async def jobs(agent: Agent, args: ListJobs, progress: Progress) -> Jobs:
    listing = agent.client.own_jobs(state=args.state, page=min(args.limit, _PAGE))
    return Jobs(jobs=await asyncio.to_thread(lambda: list(islice(listing, args.limit))))


HANDLERS: dict[str, Handler] = {"jobs": jobs, "job": ServiceCall(calls.jobs.own_job)}
