"""Jobs: what became of what people asked for."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from hubshare.wire.api.base import Time

#: `waiting` is for a time that was set, as between two tries; `lost` is one of whose end nothing is known.
JobState = Literal["queued", "running", "waiting", "done", "refused", "failed", "cancelled", "lost"]


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


class JobStep(BaseModel):
    """What became of a job at a moment."""

    at: Time
    state: JobState
    attempt: int
    worker: str = ""
    code: str = ""
    error: str = ""
    due: Time | None = None


class JobDetails(Job):
    """One job with all that is known of it."""

    trace: str = Field(description="Id of the event or request that it comes from.")
    door: str = Field(description="Which way that came in: `api`, `git`, `agent` or `page`.")
    token: str = Field(description="Note of the token; never its value.")
    queue: str
    arguments: dict[str, str] = Field(description="What it is about, cut short and without secrets; for admins alone.")
    traceback: str = Field(description="Where it broke down; for admins alone.")
    timeline: list[JobStep]


class RetriedJob(BaseModel):
    """A job that is on the queue once more."""

    job: str = Field(description="Id of the new one.")
