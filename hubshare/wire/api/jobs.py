"""Jobs: what became of what people asked for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from hubshare.wire.api.base import Page, Time, _In

#: `waiting` is for a time that was set, as between two tries; `lost` is one of whose end nothing is known; `retried` had failed
#: or was cancelled, and another job does it once more.
JobState = Literal["queued", "running", "waiting", "done", "refused", "failed", "cancelled", "lost", "retried"]


class Job(BaseModel):
    """One thing that the Hub was to do."""

    id: str
    kind: str = Field(description="`push`, `edit`, `apply_git`, `render` …; more may be added.")
    state: JobState
    project: str = Field(description="owner/name; empty where it is about none, or the reader may not see it any more.")
    user: str = Field(description="Whose work it is; empty for the Hub's own.")
    attempt: int = Field(description="Number of the try, from 1; 0 before the first.")
    queued: Time
    started: Time | None = Field(description="When the last try began.")
    ended: Time | None
    due: Time | None = Field(description="Of one that waits: when it is tried.")
    outcome: str = Field(description="Of what was published: `applied`, `merged` or `conflict`.")
    version: int | None = Field(description="The version that was made.")
    code: str = Field(description="Stable name of the error.")
    error: str
    advice: str = Field(description="What to do about it, in words; empty for nothing.")
    retried_as: str = Field("", description="Id of the job that does it once more.")
    retry_of: str = Field("", description="Id of the job that it does once more.")


class JobPage(Page[Job]):
    """One page of a list of jobs. It may hold fewer than there are, or none, where it takes long to search through all."""

    searched_since: Time | None = Field(
        None,
        description="Only jobs since then were looked at: the search goes on with `next`. Null where it has ended.",
    )


class JobStep(BaseModel):
    """What became of a job at a moment."""

    at: Time
    state: JobState
    attempt: int
    worker: str = ""
    code: str = ""
    error: str = ""
    due: Time | None = None
    job: str = Field(
        "", description="Of the state `retried` the job that does it once more; of a retry, which one it does."
    )


class JobDetails(Job):
    """One job with all that is known of it."""

    trace: str = Field(description="Id of the event or request that it comes from.")
    door: str = Field(description="Which way that came in: `api`, `git`, `agent` or `page`.")
    token: str = Field(description="Note of the token; never its value.")
    queue: str
    arguments: dict[str, str] = Field(description="What it is about, cut short and without secrets; for admins alone.")
    traceback: str = Field(description="Where it broke down; for admins alone.")
    timeline: list[JobStep]
    place: str = Field("", description="Where it stands in line, in words; empty unless it is queued.")


class RetriedJob(BaseModel):
    """A job that is on the queue once more."""

    job: str = Field(description="Id of the new one.")


#: What can be done about many jobs at once.
JobVerb = Literal["retry", "cancel", "delete"]
JobId = Annotated[str, Field(pattern=r"^[0-9a-zA-Z]{1,32}$")]
_Reasons = Annotated[
    dict[str, int], Field(description="How many it is not possible for, by the reason; see the reference of the API.")
]


class JobActWish(_In):
    """What is to be done about the jobs that are asked for."""

    verb: JobVerb = Field(description="`delete` takes jobs that are over off the list, and nothing off the queue.")
    jobs: list[JobId] = Field([], max_length=200, description="Only these of them; none: all that are asked for.")


class NewJobAct(JobActWish):
    """An act that has been looked at before."""

    confirm: str = Field(max_length=100, description="What the preview of the same has said.")


class JobActPreview(BaseModel):
    """What an act on many jobs would be about."""

    verb: JobVerb
    filter: dict[str, str | int] = Field(description="Which jobs were asked for.")
    marked: int = Field(description="How many of them were named one by one; 0 for all.")
    count: int = Field(description="How many jobs these are; at most 10,000, the newest.")
    more: bool = Field(description="Whether there may be more than these: they are left as they are.")
    possible: int = Field(description="Of how many nothing is known that is in the way; the queue decides.")
    reasons: _Reasons
    sample: list[Job] = Field(description="The newest ten.")
    confirm: str = Field(description="To be sent to have just this done; good for these jobs, and this act.")


class JobAct(BaseModel):
    """An act on many jobs."""

    id: str
    verb: JobVerb
    filter: dict[str, str | int]
    marked: int = Field(description="How many jobs were named one by one; 0 for all.")
    state: Literal["running", "done", "cancelled", "failed"]
    count: int = Field(description="How many jobs it was to be about.")
    done: int
    impossible: int
    left: int = Field(description="Jobs that it has not come to; of one that is done, those that had changed by then.")
    reasons: _Reasons
    error: str
    user: str
    begun: Time
    ended: Time | None
