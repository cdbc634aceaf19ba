"""Calls about acts on many jobs; for admins of the Hub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from hubshare.client.call import Call, Listing, api, one
from hubshare.client.calls.verbs import create, get, listing
from hubshare.wire import api as r

Verb = Literal["retry", "cancel", "delete"]


def preview_job_act(
    verb: Verb,
    state: str | None = None,
    kind: str | None = None,
    project: str | None = None,
    user: str | None = None,
    hours: int | None = None,
    text: str | None = None,
    trace: str | None = None,
    queue: str | None = None,
    jobs: Sequence[str] = (),
) -> Call[r.JobActPreview]:
    """What an act on many jobs would be about; nothing is done. See `all_jobs` for which jobs are meant.

    Args:
        verb: `retry`, `cancel`, or `delete`, which takes jobs that are over off the list.
        jobs: ids; only these of those that are meant.
    """
    query = _query(state, kind, project, user, hours, text, trace, queue)
    body = {"verb": verb, "jobs": [*jobs]}
    return Call("POST", api("jobs", "acts", "preview"), one(r.JobActPreview), query, body=body, repeat=True)


def begin_job_act(
    verb: Verb,
    confirm: str,
    state: str | None = None,
    kind: str | None = None,
    project: str | None = None,
    user: str | None = None,
    hours: int | None = None,
    text: str | None = None,
    trace: str | None = None,
    queue: str | None = None,
    jobs: Sequence[str] = (),
) -> Call[r.JobAct]:
    """Have an act carried out for the jobs that a preview of the same has shown, and for none besides.

    Args:
        confirm: of that preview.
    """
    query = _query(state, kind, project, user, hours, text, trace, queue)
    return create(api("jobs", "acts"), r.JobAct, {"verb": verb, "jobs": [*jobs], "confirm": confirm}, query)


def job_acts(page: int = 100) -> Listing[r.JobAct]:
    """Acts on many jobs, the newest first."""
    return listing(api("jobs", "acts"), r.JobAct, page)


def job_act(act: str) -> Call[r.JobAct]:
    """How far an act on many jobs has come."""
    return get(api("jobs", "acts", act), r.JobAct)


def cancel_job_act(act: str) -> Call[r.JobAct]:
    """Have an act go no further; what it has done is not taken back."""
    return Call("POST", api("jobs", "acts", act, "cancel"), one(r.JobAct))


def _query(
    state: str | None,
    kind: str | None,
    project: str | None,
    user: str | None,
    hours: int | None,
    text: str | None,
    trace: str | None,
    queue: str | None,
) -> dict[str, str | None]:
    within = None if hours is None else str(hours)
    wanted = {"state": state, "kind": kind, "project": project, "user": user, "hours": within}
    return wanted | {"text": text, "trace": trace, "queue": queue}
