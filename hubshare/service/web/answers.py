"""Waiting for what workers answer, without a thread."""

from __future__ import annotations

from hubshare.bus.replies import Reply
from hubshare.centre import Centre

#: How often the wait in Redis is begun anew, in seconds.
_EVERY = 5.0


async def answer_to(centre: Centre, job: str) -> Reply | None:
    """The answer to a job, or None when none has come in the time that large ones have."""
    async for found in centre.bus.answers(job, _EVERY, centre.settings.git_push_seconds):
        if found is not None:
            return found
    return None
