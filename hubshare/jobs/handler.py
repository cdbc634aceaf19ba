"""What a worker does with a job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hubshare.jobs.policy import Job


@dataclass(frozen=True)
class Handler:
    """A job, and the functions that carry it out.

    Args:
        job: its name, its queue, and what happens when it fails.
        run: carries it out; called with what it was enqueued with. It may be called twice for one job.
        give_up: called with the same and the error when the job has failed for good.
    """

    job: Job
    run: Callable[..., None]
    give_up: Callable[..., None] | None = None
