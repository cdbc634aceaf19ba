"""Whether the queue still has a job: what it says counts where the journal says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dramatiq.common import dq_name

from hubshare.jobs.broker import NAMESPACE
from hubshare.names import key_part


class Queued(NamedTuple):
    """A job that should be on the queue.

    Attributes:
        message: by which dramatiq knows it.
        attempt: number of the try that was noted last.
    """

    queue: str
    user: str
    message: str
    attempt: int


def are_there(client: Any, jobs: Sequence[Queued]) -> list[bool]:
    """Return of each job whether it waits or runs, in one round trip to Redis.

    Raises:
        RedisError: Redis does not answer.
    """
    with client.pipeline(transaction=False) as pipe:
        for job in jobs:
            # The next try is put on the queue before the one that failed is taken off.
            ids = [f"{key_part(job.user)}|{job.message}.{number}" for number in (job.attempt - 1, job.attempt)]
            for queue in (job.queue, dq_name(job.queue)):
                pipe.hmget(f"{NAMESPACE}:{queue}.msgs", ids)
        found = pipe.execute()
    return [any(found[at] + found[at + 1]) for at in range(0, len(found), 2)]
