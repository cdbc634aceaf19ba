"""What became of what one asked for, and acts on many jobs for admins of the Hub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from hubshare.errors import Invalid
from hubshare_agents.cli import words
from hubshare_agents.cli.command import Commands, Request
from hubshare_agents.cli.words import minute, printable

if TYPE_CHECKING:
    from hubshare_agents.cli.answers import Job, JobAct, JobActPreview, JobDetails, Jobs

commands = Commands()

_STATES = ("queued", "running", "waiting", "done", "refused", "failed", "cancelled", "lost", "retried")
_VERBS = {"retry": "Retry", "cancel": "Cancel", "delete": "Delete"}


@commands.asking(
    "jobs",
    click.argument("job", metavar="[ID]", required=False),
    click.option("-n", "limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many."),
    click.option("--state", type=click.Choice(_STATES), help="Only those in this state."),
    click.option("--kind", help="Only those of this kind."),
    click.option("--project", metavar="OWNER/NAME", help="Only those about this project."),
    click.option("--hours", type=click.IntRange(1, 8760), help="Only those of the last so many hours."),
    click.option("--text", help="Only those whose error holds this."),
    click.option("--all", "everybody", is_flag=True, help="Everybody's, for admins of the Hub."),
    click.option("--user", help="This person's, for admins of the Hub."),
    click.option("--retry", "verb", flag_value="retry", help="Begin all that are like that once more."),
    click.option("--cancel", "verb", flag_value="cancel", help="Have all that are like that not begin."),
    click.option("--delete", "verb", flag_value="delete", help="Take all that are like that off the list."),
    click.option("--yes", is_flag=True, help="Do it without a question."),
)
def jobs(
    job: str | None, limit: int, everybody: bool, verb: str | None, yes: bool, **wanted: str | int | None
) -> Request[Any]:
    """List what became of what you pushed, edited or asked for; with an ID tell one step by step.

    Admins of the Hub can retry, cancel or delete all jobs of one person or of everybody that are like that: they are shown
    how many these are, and asked.
    """
    if job is not None and verb is not None:
        raise Invalid("An act is about all jobs that are like what you say: leave the ID out.")
    if job is not None:
        return Request("job", {"job": job, **({"everybody": True} if everybody else {})}, told)
    if verb is None:
        given = {name: value for name, value in {"everybody": everybody, **wanted}.items() if value}
        return Request("jobs", {"limit": limit, **given}, partial(listed, everybody=bool(everybody or wanted["user"])))
    if not everybody and not wanted["user"]:
        raise Invalid("Say whose jobs are meant: `--all` for everybody's, or `--user NAME`.")
    args = {"verb": verb, **wanted}
    if click.get_current_context().params["as_json"]:
        return Request("job-act" if yes else "job-act-preview", args, lambda _: ())
    return Request("job-act-preview", args, previewed, then=lambda answer: decided(answer, args, yes))


def previewed(answer: JobActPreview) -> Iterator[str]:
    newest = "The newest " if answer["more"] else ""
    yield f"{_VERBS[answer['verb']]}: {newest}{words.count(answer['count'], 'job')}."
    yield from words.table([*_rows(answer["sample"], True)])
    if answer["count"] > len(answer["sample"]):
        yield f"  … and {answer['count'] - len(answer['sample']):,} more"
    yield from _why_not(answer["reasons"])


def decided(answer: JobActPreview, args: Mapping[str, object], yes: bool) -> Request[JobAct]:
    """Ask whether what was shown is to be done, and give it as a request.

    Raises:
        Exit: there is nothing to do.
        Abort: it is not to be done.
    """
    if not answer["possible"]:
        click.echo("There is nothing to do.")
        raise click.exceptions.Exit(0)
    if not yes:
        click.confirm(f"{_VERBS[answer['verb']]} {words.count(answer['possible'], 'job')}?", abort=True, err=True)
    return Request("job-act", {**args, "confirm": answer["confirm"]}, ended)


def ended(answer: JobAct) -> Iterator[str]:
    left = f", {answer['left']:,} left" if answer["left"] else ""
    yield f"{answer['state'].capitalize()}: {answer['done']:,} of {words.count(answer['count'], 'job')}{left}."
    yield from _why_not(answer["reasons"])
    if answer["error"]:
        yield printable(answer["error"])


def _why_not(reasons: Mapping[str, int]) -> Iterator[str]:
    for reason, number in reasons.items():
        yield f"  not possible for {number:,}: {printable(reason)}"


def listed(answer: Jobs, everybody: bool = False) -> Iterator[str]:
    if not answer["jobs"]:
        yield "No jobs match." if everybody else "No jobs: what you push, edit or request appears here."
        return
    head = ["ID", "QUEUED (UTC)", "WHAT", "PROJECT", *(["USER"] if everybody else []), "STATE"]
    yield from words.table([head, *_rows(answer["jobs"], everybody)])
    if any(one["error"] or one["advice"] for one in answer["jobs"]):
        yield f"`hubshare jobs {'--all ' if everybody else ''}ID` says more, and what to do about it."


def _rows(jobs: Iterable[Job], everybody: bool) -> Iterator[list[str]]:
    for one in jobs:
        user = [printable(one["user"])] if everybody else []
        yield [one["id"], minute(one["queued"]), printable(one["kind"]), printable(one["project"]), *user, _state(one)]


def told(answer: JobDetails) -> Iterator[str]:
    about = f" to {answer['project']}" if answer["project"] else ""
    place = f", {answer['place']}" if answer["place"] else ""
    yield f"{printable(answer['kind'])}{about}: {_state(answer)}{place}"
    rows = [
        [second(one["at"]), one["state"], f"try {one['attempt']}" if one["attempt"] else "", printable(one["error"])]
        for one in answer["timeline"]
    ]
    yield from words.table(rows)
    if answer["error"]:
        yield printable(answer["error"])
    if answer["advice"]:
        yield answer["advice"]
    if answer["retried_as"]:
        yield f"It was retried as job {answer['retried_as']}."
    if answer["retry_of"]:
        yield f"It is the retry of job {answer['retry_of']}."


def _state(job: Job | JobDetails) -> str:
    if job["version"]:
        return f"{job['outcome']} as version {job['version']}"
    if job["outcome"] == "conflict":
        return "in conflict, nothing published"
    if job["state"] == "waiting" and job["due"]:
        return f"waiting, next try {second(job['due'])} UTC"
    return job["state"]


def second(time: str) -> str:
    """Return a moment, which travels as RFC 3339 has it, to the second."""
    return time.replace("T", " ")[:19]
