"""Workers and queues, as those see them who run the Hub."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from hubshare.wire.api.base import Time, _In


class RunningJob(BaseModel):
    """A job that a worker carries out."""

    id: str
    kind: str
    queue: str
    person: str = Field(description="Whose work it is; empty for the Hub's own.")
    since: Time
    project: str = Field(description="owner/name, as far as that is known by now; else empty.")
    step: str = Field(description="What it waits for or holds, where that may take long; else empty.")
    step_seconds: float = Field(description="For how long.")
    job: str = Field("", description="Its id in the list of jobs.")
    seconds: float = Field(0.0, description="For how long it ran when its process was heard of last.")
    now: str = Field(
        "", description="Of a lost process: what became of it since, in words; empty where nothing is known."
    )


class WorkerProcess(BaseModel):
    """A process of workers or of the service that was seen within the last hour and has not ended in order."""

    name: str
    part: str = Field(description="`worker`, `slow lane` or `service`.")
    host: str
    pid: int
    version: str
    begun: Time
    seen_seconds_ago: float
    lost: bool = Field(description="It has said nothing for 15 seconds.")
    seen: Time = Field(
        description="When it said something last, by the clock of Redis. What it does is as it was then."
    )
    skew_seconds: float = Field(description="By how much its clock is ahead of that of Redis.")
    threads: int = Field(description="How many jobs it carries out at most.")
    busy: int
    memory_bytes: int
    reads: bool = Field(description="Whether it reads what agents send.")
    quiet: bool = Field(description="Whether it was asked to begin no more jobs.")
    ending: bool = Field(False, description="Whether it ends once the jobs are over that it has begun.")
    running: list[RunningJob]


class Pause(BaseModel):
    """A queue or a kind of jobs of which no job is begun."""

    what: str = Field(description="`queue:NAME` or `kind:NAME`.")
    user: str
    reason: str
    since: Time


class Queue(BaseModel):
    """What lies in one queue."""

    name: str
    kinds: list[str] = Field(description="The jobs that go there.")
    waiting: int = Field(description="Jobs that are not begun.")
    running: int
    delayed: int = Field(description="Jobs that are due later, such as the next try of one that has failed.")
    dead: int = Field(description="Jobs that have failed for good within a week.")
    aside: dict[str, int] = Field(description="How many of those that wait are of a kind that is paused, by kind.")
    oldest_seconds: float = Field(description="Since the oldest that waits was asked for; 0 where none does.")
    people: dict[str, int] = Field(description="Whose jobs wait; of at most ten people. Empty is the Hub itself.")
    paused: bool
    workers: int = Field(description="How many processes take jobs from it.")
    ended_by_minute: list[int] = Field(
        [], description="Jobs of it that ended within the last hour, the oldest minute first."
    )
    waiting_by_minute: list[int] = Field(
        [], description="Jobs that waited in it within the last hour, at most; the oldest minute first."
    )


class Queues(BaseModel):
    """All queues, and what agents have sent that has not been answered."""

    queues: list[Queue]
    pauses: list[Pause]
    outbox_messages: int | None = Field(description="Messages of agents that wait; null where nobody reads them.")
    outbox_oldest_seconds: float


class ProjectLag(BaseModel):
    """A project of which jobs wait, or of which checkouts lack versions."""

    project: str
    waiting: int = Field(description="Jobs that are not begun; of all projects together the first 10,000 are counted.")
    waiting_since: Time | None = Field(description="When the first of them was asked for.")
    behind: int = Field(description="Checkouts that lack versions, of servers that were heard of within a day.")
    behind_since: Time | None = Field(description="When the first version was published that one of them lacks.")


class NewPause(_In):
    """Why something is paused."""

    reason: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] = ""


class WorkerOrder(_In):
    """What a worker is to do."""

    order: Literal["work", "quiet", "stop"] = Field(
        description="`quiet`: begin no more jobs; `work`: begin jobs again; `stop`: finish what has begun, and end."
    )


class Finding(BaseModel):
    """Something that keeps sharing from working, or that is to be known, with its cause."""

    code: str
    severity: Literal["broken", "stuck", "notice"] = Field(
        description="`broken`: nobody, or a whole queue, gets on; `stuck`: something waits for too long; `notice`: to be known."
    )
    words: str = Field(description="What is wrong, and why.")
    list: str = Field("", description="Where more is to be seen: `workers` or `queues`; else empty.")
    project: str = Field("", description="owner/name, where it is about one.")
    person: str = Field("", description="Whose work it is about, where it is about somebody's.")
    since: Time | None = None


class Times(BaseModel):
    """What so many of a hundred jobs did not exceed, in milliseconds, told within some bounds; null where there is nothing."""

    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


#: How far back is told of.
HistoryRange = Literal["hour", "day", "month"]


class Outcomes(BaseModel):
    """What became of some jobs, and how long they took."""

    done: int
    refused: int = Field(description="Answered with a reason why not, or cancelled.")
    failed: int = Field(description="For good, or lost.")
    cancelled: int = Field(description="Of those that are counted as refused.")
    lost: int = Field(description="Of those that are counted as failed: what became of them was not noted.")
    wait: Times = Field(description="From when it was asked for until its first try.")
    run: Times = Field(description="Its last try.")
    path: Times = Field(description="In all.")


class KindHistory(Outcomes):
    """The jobs of one kind."""

    kind: str


class Backlog(BaseModel):
    """What all queues held within a minute, an hour or a day; they are looked at once a minute."""

    waiting: int = Field(description="Jobs that were not begun, at most.")
    delayed: int = Field(description="Jobs that were due later, at most.")
    oldest_seconds: float = Field(description="For how long the oldest job had waited, at most.")
    busy: float = Field(description="Jobs that ran, of those that workers might have run; on average, 1 for all.")


class HistoryPoint(Outcomes):
    """The jobs that ended within a minute, an hour or a day."""

    start: Time
    backlog: Backlog | None = Field(description="Null where nobody has looked at the queues.")


class History(BaseModel):
    """The jobs that ended within the last hour by minute, the last day by hour, or the last thirty days by day."""

    range: HistoryRange
    kind: str = Field(description="Of which jobs the points tell; empty for all.")
    points: list[HistoryPoint] = Field(description="The oldest first; the last one has not ended yet.")
    kinds: list[KindHistory] = Field(description="Each of all kinds, over the whole range.")
    stages: list[KindHistory] = Field(
        [],
        description="Of jobs that made a version: `save`, of a push from its snapshot to the queue, as agents tell it; "
        "`publish`, until the branch had moved; and `fan_out`, from then until all who follow had been told. `run` is the "
        "stage alone, `path` all from the queue to its end; of `save` both are the same.",
    )


class Overview(BaseModel):
    """Whether sharing is healthy, and if not, why; null for what does not answer."""

    healthy: bool
    findings: list[Finding] = Field(description="The worst first.")
    workers: int = Field(description="Worker processes that are there.")
    busy: int = Field(description="Jobs that run.")
    threads: int = Field(description="Jobs that may run at once.")
    waiting: int
    dead: int = Field(description="Jobs that have failed for good within a week.")
    oldest_seconds: float = Field(description="For how long the oldest job waits.")
    outbox_messages: int | None = Field(description="Messages of agents that are not answered.")
    outbox_oldest_seconds: float = Field(description="For how long the oldest of them was seen at least.")
    journal_seconds: float | None = Field(
        description="For how long the oldest note on a job waits to be written down: so far lists of jobs are behind."
    )
    redis_seconds: float | None = Field(description="For how long Redis took to answer.")
    redis_bytes: int
    redis_most_bytes: int = Field(description="0 for no limit.")
    database_seconds: float | None = Field(description="For how long a look at the database took.")
    database_bytes: int | None = Field(description="How large it is.")
    database_connections: int = Field(description="Those of this process that are in use.")
    disk_free_bytes: int = Field(description="Of the fullest disk that holds data.")
