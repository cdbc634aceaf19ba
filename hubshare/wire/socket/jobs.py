"""What became of what one asked for."""

from __future__ import annotations

from pydantic import Field

from hubshare.wire.api.jobs import Job, JobAct, JobActPreview, JobDetails, JobState, JobVerb
from hubshare.wire.socket.base import Answer, Arguments, Command


class WhichJobs(Arguments):
    """Which jobs are meant: those for which all holds that is given."""

    state: JobState | None = Field(None, description="Only those in this state.")
    kind: str | None = Field(None, description="Only those of this kind.")
    project: str | None = Field(None, description="owner/name; only those about this project.")
    hours: int | None = Field(None, description="Only those that were put on the queue within so many hours.")
    text: str | None = Field(None, description="Only those whose error holds this.")


class ListJobs(WhichJobs):
    """List what became of my pushes, edits and whatever else I asked for, the newest first."""

    limit: int = Field(20, ge=1, le=10_000, description="How many.")
    everybody: bool = Field(False, description="Everybody's, for admins of the Hub.")
    user: str | None = Field(None, description="Whose, of everybody's.")


class Jobs(Answer):
    """What became of what one asked for."""

    jobs: list[Job]


class ReadJob(Arguments):
    """Tell one job step by step."""

    job: str = Field(description="Its id.")
    everybody: bool = Field(False, description="Also somebody else's, for admins of the Hub.")


class PreviewJobAct(WhichJobs):
    """Tell what an act on many jobs of everybody's would be about; nothing is done. For admins of the Hub."""

    verb: JobVerb = Field(description="What is to be done about them.")
    user: str | None = Field(None, description="Whose.")


class CarryOutJobAct(PreviewJobAct):
    """Have an act on many jobs carried out, and wait for its end; stopped, it goes no further."""

    confirm: str | None = Field(
        None, description="Of the preview that was looked at: just that is done. Null: whatever is like that now."
    )


COMMANDS = {
    "jobs": Command(ListJobs, Jobs, "person"),
    "job": Command(ReadJob, JobDetails, "person"),
    "job-act-preview": Command(PreviewJobAct, JobActPreview, "person"),
    "job-act": Command(CarryOutJobAct, JobAct, "person"),
}
