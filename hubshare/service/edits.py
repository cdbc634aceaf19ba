"""Edits: changes that people ask for here and that the workers make; whoever asks waits for the answer."""

from __future__ import annotations

from anyio import from_thread
from fastapi import Request

from hubshare import jobs
from hubshare.bus.bus import Bus
from hubshare.errors import Unavailable, from_code
from hubshare.jobs.payloads import Edit

_ANSWER_SECONDS = 30.0


def make_edit(request: Request, wanted: Edit) -> int:
    """Have the workers make an edit, and wait for it; called in a route's thread.

    Returns:
        Number of the version that it made, or of the newest one when there was nothing to change.

    Raises:
        HubShareError: why it was not made.
        Unavailable: when no answer came; it may still be made.
    """
    jobs.edit(request.app.state.broker, wanted)
    return from_thread.run(_answer, request.app.state.centre.bus, wanted.id)


async def _answer(bus: Bus, edit: str) -> int:
    async for answer in bus.answers(edit, _ANSWER_SECONDS, _ANSWER_SECONDS):
        if answer is None:
            break
        if answer.reason:
            raise from_code(answer.reason, answer.message)
        return int(answer.message)
    raise Unavailable("The workers do not answer: look at the project in a moment, it may still be done.")
