"""What became of what one asked for."""

from __future__ import annotations

from pydantic import Field

from hubshare.wire.api.jobs import Job, JobDetails, JobState
from hubshare.wire.socket.base import Answer, Arguments, Command


class ListJobs(Arguments):
    """List what became of my pushes, edits and whatever else I asked for, the newest first."""

    limit: int = Field(20, ge=1, le=10_000, description="How many.")
    state: JobState | None = Field(None, description="Only those in this state.")


class Jobs(Answer):
    """What became of what one asked for."""

    jobs: list[Job]


class ReadJob(Arguments):
    """Tell one job step by step."""

    job: str = Field(description="Its id.")


COMMANDS = {
    "jobs": Command(ListJobs, Jobs, "person"),
    "job": Command(ReadJob, JobDetails, "person"),
}
