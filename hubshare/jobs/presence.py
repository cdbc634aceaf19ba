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

    def ids(self) -> list[str]:
        """By which the queue may know it: the next try is put there before the one that failed is taken off."""
        return [f"{key_part(self.user)}|{self.message}.{number}" for number in (self.attempt - 1, self.attempt)]


def are_there(client: Any, jobs: Sequence[Queued]) -> list[bool]:
    """Return of each job whether it waits or runs, in one round trip to Redis.

    Raises:
        RedisError: Redis does not answer.
    """
    with client.pipeline(transaction=False) as pipe:
        for job in jobs:
            for queue in (job.queue, dq_name(job.queue)):
                pipe.hmget(f"{NAMESPACE}:{queue}.msgs", job.ids())
        found = pipe.execute()
    return [any(found[at] + found[at + 1]) for at in range(0, len(found), 2)]
