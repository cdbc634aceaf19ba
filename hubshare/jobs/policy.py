"""What happens to a job that fails.

| job            | tries again     | waits between   | time limit | at shutdown | when it is dead            |
|----------------|-----------------|-----------------|------------|-------------|----------------------------|
| `apply_event`  | 8 times (1 min) | 0.5 s to 30 s   | 10 min     | may finish  | the pusher is told why     |
| `apply_git`    | 8 times (1 min) | 0.5 s to 30 s   | 10 min     | may finish  | the pusher is told why     |
| `edit`         | 8 times (1 min) | 0.5 s to 30 s   | 10 min     | may finish  | who asked for it is told   |
| `render`       | 2 times         | 1 s to 10 s     | 10 min     | may finish  | logged; the page asks again |
| `housekeeping` | 3 times         | 1 min to 10 min | 1 h        | interrupted | logged; next round does it |

An error that trying again cannot help is final at once: every `HubShareError` but `Unavailable`, and a job
that ran into its time limit, since it would block a thread for as long again. No job is dropped for its age:
the stream entry of a push waits until the push has been answered. What is dead stays a week in the queue's
`.XQ` for a look.

A job may run twice (a worker that is killed, or stalls for longer than its heartbeat), so jobs must bear
that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from dramatiq.middleware import TimeLimitExceeded

from hubshare.errors import HubShareError, Unavailable

APPLY_QUEUE = "apply"

GIT_QUEUE = "git"

RENDER_QUEUE = "render"

HOUSEKEEPING_QUEUE = "housekeeping"

#: The errors that are answers rather than mishaps: never tried again, and logged without a traceback.
PERMANENT = tuple(error for error in HubShareError.__subclasses__() if error is not Unavailable)


@dataclass(frozen=True)
class Job:
    """One row of the table above; times are in milliseconds.

    An actor is made from it: `dramatiq.actor(function, broker=broker, **APPLY.options())`.
    """

    name: str
    queue: str
    max_retries: int
    min_backoff: int
    max_backoff: int
    time_limit: int
    notify_shutdown: bool

    def retry_when(self, retries: int, error: BaseException) -> bool:
        """Whether a job that failed with `error`, after `retries` retries, gets one more."""
        final = isinstance(error, HubShareError | TimeLimitExceeded) and not isinstance(error, Unavailable)
        return not final and retries < self.max_retries

    def options(self) -> dict[str, Any]:
        """The arguments for `dramatiq.actor`."""
        return {
            "actor_name": self.name,
            "queue_name": self.queue,
            "retry_when": self.retry_when,
            "throws": PERMANENT,
            "min_backoff": self.min_backoff,
            "max_backoff": self.max_backoff,
            "time_limit": self.time_limit,
            "notify_shutdown": self.notify_shutdown,
        }


APPLY = Job("apply_event", APPLY_QUEUE, 8, 500, 30_000, 600_000, notify_shutdown=False)

APPLY_GIT = replace(APPLY, name="apply_git", queue=GIT_QUEUE)

EDIT = replace(APPLY, name="edit")

RENDER = Job("render", RENDER_QUEUE, 2, 1000, 10_000, 600_000, notify_shutdown=False)

HOUSEKEEPING = Job("housekeeping", HOUSEKEEPING_QUEUE, 3, 60_000, 600_000, 3_600_000, notify_shutdown=True)
