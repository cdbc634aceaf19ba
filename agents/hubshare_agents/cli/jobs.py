"""What became of what one asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hubshare_agents.cli import words
from hubshare_agents.cli.command import Commands, Request
from hubshare_agents.cli.words import minute, printable

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import Job, JobDetails, Jobs

commands = Commands()

_STATES = ("queued", "running", "waiting", "done", "refused", "failed", "cancelled", "lost")


@commands.asking(
    "jobs",
    click.argument("job", metavar="[ID]", required=False),
    click.option("-n", "limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many."),
    click.option("--state", type=click.Choice(_STATES), help="Only those in this state."),
)
def jobs(job: str | None, limit: int, state: str | None) -> Request[Jobs] | Request[JobDetails]:
    """List what became of what you pushed, edited or asked for; with an ID tell one step by step."""
    if job is not None:
        return Request("job", {"job": job}, told)
    return Request("jobs", {"limit": limit, "state": state}, listed)


def listed(answer: Jobs) -> Iterator[str]:
    if not answer["jobs"]:
        yield "Nothing is known of what you asked for."
        return
    head = ["ID", "QUEUED (UTC)", "WHAT", "PROJECT", "STATE"]
    rows = [
        [one["id"], minute(one["queued"]), printable(one["kind"]), one["project"], _state(one)]
        for one in answer["jobs"]
    ]
    yield from words.table([head, *rows])
    if any(one["error"] or one["advice"] for one in answer["jobs"]):
        yield "`hubshare jobs ID` says more, and what to do about it."


def told(answer: JobDetails) -> Iterator[str]:
    about = f" to {answer['project']}" if answer["project"] else ""
    place = f", {answer['place']}" if answer["place"] else ""
    yield f"{printable(answer['kind'])}{about}: {_state(answer)}{place}"
    rows = [
        [second(one["at"]), one["state"], f"try {one['attempt']}", printable(one["error"])]
        for one in answer["timeline"]
    ]
    yield from words.table(rows)
    if answer["error"]:
        yield printable(answer["error"])
    if answer["advice"]:
        yield answer["advice"]


def _state(job: Job | JobDetails) -> str:
    if job["version"]:
        return f"{job['outcome']} as version {job['version']}"
    if job["state"] == "waiting" and job["due"]:
        return f"waiting, next try {second(job['due'])} UTC"
    return job["state"]


def second(time: str) -> str:
    """Return a moment, which travels as RFC 3339 has it, to the second."""
    return time.replace("T", " ")[:19]
