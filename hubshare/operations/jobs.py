"""What became of jobs: each person's own, and for those who run the Hub everybody's."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hubshare.centre import Centre
from hubshare.errors import NotFound
from hubshare.jobs.journal import PASSING
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.operations.ops import check_may_see
from hubshare.operations.ops.places import place_of
from hubshare.store.database import Session
from hubshare.store.job_list import COUNTED, JobFilter, count_jobs, find_job, project_named, project_names
from hubshare.store.job_search import has_index, search_jobs, time_of_job
from hubshare.store.job_tables import Job as Row
from hubshare.store.models import now
from hubshare.wire.api.jobs import Job, JobDetails, JobPage, JobStep

_OF_AGENTS = ("push", "pull", "sync", "apply_event")
_ADVICE = {
    "refused": "Do what the error says, then do it again.",
    "cancelled": "It was not done; ask for it again if it is still wanted.",
    "lost": "What became of it was not noted: look whether it was done, and ask for it again if not.",
    "failed": "It was not done: ask for it once more. If it fails again, tell an admin the id of this job.",
}
_ADVICE_OF_AGENTS = {
    "refused": "Your files are as they were. Do what the error says; the next push brings them.",
    "lost": "Nothing is lost: what your server was not answered it sends again. `hubshare status` says how it stands.",
    "failed": "Nothing is lost: your server sends it again. If it stays, tell an admin the id of this job.",
}


@dataclass(frozen=True)
class JobSearch:
    """Which jobs somebody wants to see; all where nothing is said.

    Attributes:
        state: in which they are.
        kind: of that kind.
        project: owner/name.
        user: whose; of one's own this is not asked.
        hours: put on the queue within so many hours.
        text: what the error holds.
        trace: id of the job, or of the event or request that it comes from.
        queue: in which it waits, or waited.
        retried: whether those are meant as well that were retried since they were in that state.
        published: whether only those are meant that made a version.
    """

    state: str = ""
    kind: str = ""
    project: str = ""
    user: str = ""
    hours: int | None = None
    text: str = ""
    trace: str = ""
    queue: str = ""
    retried: bool = False
    published: bool = False


def list_own_jobs(
    caller: Caller, centre: Centre, *, wanted: JobSearch, after: str | None = None, limit: int = 100
) -> JobPage:
    """The caller's own jobs, the newest first."""
    with centre.database.read() as session:
        return _page(session, meant_by(session, wanted, caller.user, caller.user), caller.user, after, limit)


def list_all_jobs(
    caller: Caller, centre: Centre, *, wanted: JobSearch, after: str | None = None, limit: int = 100
) -> JobPage:
    """Everybody's jobs, the newest first; for those who run the Hub."""
    check_may_see(caller)
    with centre.database.read() as session:
        return _page(session, meant_by(session, wanted, wanted.user or None), None, after, limit)


def count_all_jobs(caller: Caller, centre: Centre, *, wanted: JobSearch) -> tuple[int, bool] | None:
    """How many jobs that are, and whether there are more than that; for those who run the Hub. None where it takes a search."""
    check_may_see(caller)
    with centre.database.read() as session:
        meant = meant_by(session, wanted, wanted.user or None)
        if not has_index(meant):
            return None
        found = count_jobs(session, meant)
    return found, found == COUNTED


def count_states(caller: Caller, centre: Centre) -> dict[str, tuple[int, bool]]:
    """How many of everybody's jobs are in each state in which one looks for them, and whether more than that.

    Raises:
        Forbidden: for all but those who run the Hub.
    """
    check_may_see(caller)
    with centre.database.read() as session:
        found = {state: count_jobs(session, JobFilter(state=state)) for state in (*PASSING, "failed")}
    return {state: (number, number == COUNTED) for state, number in found.items()}


def read_own_job(caller: Caller, centre: Centre, *, job: str) -> JobDetails:
    """One of the caller's own jobs, with what became of it.

    Raises:
        NotFound: there is none of that id, or it is somebody else's.
    """
    with centre.database.read() as session:
        row = find_job(session, job)
        if row is None or row.user != caller.user:
            raise _unknown()
        told = _details(row, project_names(session, [row.project_id], caller.user))
    place = place_of(centre, row, "your")
    # How the Hub is made inside is for its admins.
    steps = [step.model_copy(update={"worker": ""}) for step in told.timeline]
    return told.model_copy(update={"arguments": {}, "traceback": "", "timeline": steps, "place": place})


def read_job(caller: Caller, centre: Centre, *, job: str) -> JobDetails:
    """Anybody's job, with what became of it; for those who run the Hub.

    Raises:
        NotFound: there is none of that id.
    """
    check_may_see(caller)
    with centre.database.read() as session:
        row = find_job(session, job)
        if row is None:
            raise _unknown()
        told = _details(row, project_names(session, [row.project_id], None))
    return told.model_copy(update={"place": place_of(centre, row, "this person's")})


def advise(state: str, kind: str, outcome: str = "") -> str:
    """What a person can do about a job in a state; "" for nothing.

    Args:
        outcome: of what was published, or "".
    """
    if state == "done" and outcome == "conflict":
        return (
            "Pick a version of each file changed on both sides: with `hubshare conflicts`, or on the page of conflicts."
        )
    if kind in _OF_AGENTS and state in _ADVICE_OF_AGENTS:
        return _ADVICE_OF_AGENTS[state]
    return _ADVICE.get(state, "")


def _unknown() -> NotFound:
    return NotFound("There is no such job, or it is not yours: it may have been forgotten by now.")


def meant_by(session: Session, wanted: JobSearch, user: str | None, reader: str | None = None) -> JobFilter:
    """Which jobs of the tables somebody asks for.

    Args:
        user: whose alone; None for everybody's.
        reader: None unless only projects count that this user may read.

    Raises:
        NotFound: there is no such project.
    """
    project = ""
    if wanted.project:
        found = project_named(session, wanted.project, reader)
        if found is None:
            raise NotFound("There is no such project, or you may not see it.")
        project = found
    since = now() - timedelta(hours=wanted.hours) if wanted.hours is not None else None
    return JobFilter(
        user,
        wanted.state,
        wanted.kind,
        project,
        since,
        wanted.trace,
        wanted.text,
        queue=wanted.queue,
        retried=wanted.retried,
        published=wanted.published,
    )


def _page(session: Session, wanted: JobFilter, reader: str | None, after: str | None, limit: int) -> JobPage:
    begin = decode_cursor(after, int)
    found = search_jobs(session, wanted, int(begin[0]) if begin else None, limit + 1)
    rows, following, searched = found.jobs[:limit], None, None
    if len(found.jobs) > limit:
        following = encode_cursor(rows[-1].number)
    elif found.below is not None:
        following, searched = encode_cursor(found.below), time_of_job(session, found.below)
    names = project_names(session, {row.project_id for row in rows}, reader)
    return JobPage(items=jobs_of(rows, names), next=following, searched_since=searched)


def jobs_of(rows: Iterable[Row], names: Mapping[str, str]) -> list[Job]:
    """Jobs as lists show them.

    Args:
        names: addresses of the projects that the reader may see, by id.
    """
    return [Job(**_values(row, names)) for row in rows]


def _values(row: Row, names: Mapping[str, str]) -> dict[str, Any]:
    """What everybody may see who may see a job; of a project that they may not see any more, nothing."""
    seen = not row.project_id or row.project_id in names
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "project": names.get(row.project_id, ""),
        "user": row.user,
        "attempt": row.attempt,
        "queued": row.queued,
        "started": row.started,
        "ended": row.ended,
        "due": row.due,
        "outcome": row.outcome if seen else "",
        "version": row.version if seen else None,
        "code": row.code,
        "error": row.error if seen else "",
        "advice": advise(row.state, row.kind, row.outcome if seen else ""),
        "retried_as": next((one["job"] for one in reversed(row.timeline) if one["state"] == "retried"), ""),
        "retry_of": next((one["job"] for one in row.timeline if one["state"] == "queued" and "job" in one), ""),
    }


def _details(row: Row, names: Mapping[str, str]) -> JobDetails:
    seen = not row.project_id or row.project_id in names
    return JobDetails(
        **_values(row, names),
        trace=row.trace,
        door=row.door,
        token=row.token,
        queue=row.queue,
        arguments=_arguments(row.arguments),
        traceback=row.traceback,
        timeline=[_step(one, seen) for one in row.timeline],
    )


def _step(entry: Mapping[str, Any], seen: bool) -> JobStep:
    due = entry.get("due")
    return JobStep(
        at=_time(entry["at"]),
        state=entry["state"],
        attempt=entry["attempt"],
        worker=entry.get("worker", ""),
        code=entry.get("code", ""),
        error=entry.get("error", "") if seen else "",
        due=_time(due) if due else None,
        job=entry.get("job", ""),
    )


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).replace(tzinfo=None)


def _arguments(text: str) -> dict[str, str]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        # It was cut, as it was too long.
        return {"": text}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}
