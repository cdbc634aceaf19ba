"""Jobs: the queue, all kinds of jobs, what they are about, and what happens to one that fails."""

from hubshare.jobs.broker import WORKERS, alive, connect, make_broker, standard_middleware
from hubshare.jobs.job import PERMANENT, Job
from hubshare.jobs.payloads import CONTENT_BYTES, Edit, GitPush, Nothing, OutboxEntry, ProjectToIndex, Render
from hubshare.jobs.registry import (
    APPLY,
    APPLY_GIT,
    APPLY_QUEUE,
    AT_ONCE,
    EDIT,
    GIT_QUEUE,
    HOUSEKEEPING,
    HOUSEKEEPING_QUEUE,
    INDEX,
    JOBS,
    RENDER,
    RENDER_QUEUE,
)

__all__ = [
    "APPLY",
    "APPLY_GIT",
    "APPLY_QUEUE",
    "AT_ONCE",
    "CONTENT_BYTES",
    "EDIT",
    "GIT_QUEUE",
    "HOUSEKEEPING",
    "HOUSEKEEPING_QUEUE",
    "INDEX",
    "JOBS",
    "PERMANENT",
    "RENDER",
    "RENDER_QUEUE",
    "WORKERS",
    "Edit",
    "GitPush",
    "Job",
    "Nothing",
    "OutboxEntry",
    "ProjectToIndex",
    "Render",
    "alive",
    "connect",
    "make_broker",
    "standard_middleware",
]
