"""Whether the queue still has a job: what it says counts where the journal says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from dramatiq.common import dq_name

from hubshare.jobs.broker import NAMESPACE
from hubshare.names import key_part

#: Of so many more tries nothing may have been noted: no job is tried more often.
_LATER = 12


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
        return self._ids(self.attempt - 1, self.attempt)

    def later_ids(self) -> list[str]:
        """By which the queue knows it where the notes on some tries were lost."""
        return self._ids(*range(self.attempt + 1, self.attempt + _LATER))

    def _ids(self, *numbers: int) -> list[str]:
        return [f"{key_part(self.user)}|{self.message}.{number}" for number in numbers]


def are_there(client: Any, jobs: Sequence[Queued]) -> list[bool]:
    """Return of each job whether it waits or runs, in two round trips to Redis at most.

    Raises:
        RedisError: Redis does not answer.
    """
    there = _have_some(client, [(job.queue, job.ids()) for job in jobs])
    left = [job for job, found in zip(jobs, there, strict=True) if not found]
    later = iter(_have_some(client, [(job.queue, job.later_ids()) for job in left]) if left else ())
    return [found or next(later) for found in there]


def _have_some(client: Any, wanted: Sequence[tuple[str, list[str]]]) -> list[bool]:
    """Return of each queue and some ids whether it has one of these."""
    with client.pipeline(transaction=False) as pipe:
        for name, ids in wanted:
            for queue in (name, dq_name(name)):
                pipe.hmget(f"{NAMESPACE}:{queue}.msgs", ids)
        found = pipe.execute()
    return [any(found[at] + found[at + 1]) for at in range(0, len(found), 2)]
