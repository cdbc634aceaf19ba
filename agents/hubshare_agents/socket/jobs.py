"""What became of what one asked for; for admins of the Hub what became of everybody's jobs, and acts on many of them."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import Any

from hubshare.client import Client
from hubshare.errors import Cancelled
from hubshare.wire.api.jobs import JobAct, JobActPreview, JobDetails
from hubshare.wire.socket.jobs import CarryOutJobAct, Jobs, ListJobs, PreviewJobAct, ReadJob, WhichJobs
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler

#: Most items of a list that the service gives at once.
_PAGE = 500
#: How long until it is asked again how far an act is, in seconds.
_ASK_SECONDS = 0.5


async def jobs(agent: Agent, args: ListJobs, progress: Progress) -> Jobs:
    wanted, page = _wanted(args), min(args.limit, _PAGE)
    everybody = args.everybody or args.user is not None
    listing = (
        agent.client.all_jobs(user=args.user, page=page, **wanted)
        if everybody
        else agent.client.own_jobs(page=page, **wanted)
    )
    return Jobs(jobs=await asyncio.to_thread(lambda: list(islice(listing, args.limit))))


async def job(agent: Agent, args: ReadJob, progress: Progress) -> JobDetails:
    read = agent.client.job if args.everybody else agent.client.own_job
    return await asyncio.to_thread(read, args.job)


async def preview(agent: Agent, args: PreviewJobAct, progress: Progress) -> JobActPreview:
    return await asyncio.to_thread(_preview, agent.client, args)


async def carry_out(agent: Agent, args: CarryOutJobAct, progress: Progress) -> JobAct:
    act = await asyncio.to_thread(_begin, agent.client, args)
    while act.state == "running":
        try:
            progress("jobs", act.done + act.impossible, act.count)
        except Cancelled:
            await asyncio.to_thread(agent.client.cancel_job_act, act.id)
            raise
        await asyncio.sleep(_ASK_SECONDS)
        act = await asyncio.to_thread(agent.client.job_act, act.id)
    return act


def _preview(client: Client, args: PreviewJobAct) -> JobActPreview:
    return client.preview_job_act(args.verb, user=args.user, **_wanted(args))


def _begin(client: Client, args: CarryOutJobAct) -> JobAct:
    confirm = args.confirm or _preview(client, args).confirm
    return client.begin_job_act(args.verb, confirm, user=args.user, **_wanted(args))


def _wanted(args: WhichJobs) -> dict[str, Any]:
    return {name: getattr(args, name) for name in WhichJobs.model_fields if name != "cwd"}


HANDLERS: dict[str, Handler] = {
    "jobs": jobs,
    "job": job,
    "job-act-preview": preview,
    "job-act": carry_out,
}
