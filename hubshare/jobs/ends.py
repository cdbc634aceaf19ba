"""How a job has ended that has left the queue without a note of it: what it did is written down elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class LeftJob(NamedTuple):
    """A job that the queue does not have any more, as the journal knew it last.

    Attributes:
        kind: name in the registry.
        key: names the work, as `Job.key` does.
        trace: id of the event or request that it came from.
        user: whose it was.
        queued: when it was put on the queue (UTC).
    """

    kind: str
    key: str
    trace: str
    user: str
    queued: datetime


class JobEnd(NamedTuple):
    """How a job has ended.

    Attributes:
        state: one of the last states.
        at: when (UTC); None where that is not known.
        outcome, version, code, error: as a note has them.
    """

    state: str
    at: datetime | None = None
    outcome: str = ""
    version: int = 0
    code: str = ""
    error: str = ""
