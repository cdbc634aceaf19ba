"""Jobs: the queue, what happens to a job that fails, and what jobs are about."""

from hubshare.jobs.broker import AT_ONCE, WORKERS, alive, connect, make_broker, standard_middleware
from hubshare.jobs.handler import Handler
from hubshare.jobs.payloads import CONTENT_BYTES, Edit, GitPush, apply_event, apply_git, edit, render
from hubshare.jobs.policy import (
    APPLY,
    APPLY_GIT,
    APPLY_QUEUE,
    EDIT,
    GIT_QUEUE,
    HOUSEKEEPING,
    HOUSEKEEPING_QUEUE,
    PERMANENT,
    RENDER,
    RENDER_QUEUE,
    Job,
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
    "PERMANENT",
    "RENDER",
    "RENDER_QUEUE",
    "WORKERS",
    "Edit",
    "GitPush",
    "Handler",
    "Job",
    "alive",
    "apply_event",
    "apply_git",
    "connect",
    "edit",
    "make_broker",
    "render",
    "standard_middleware",
]
