"""Tells when a push has failed for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware

from hubshare import queue

#: Called with the outbox and the entry of the push, and the error that it failed with last.
Tell = Callable[[str, str, BaseException], None]


class DeadLetter(Middleware):  # type: ignore[misc]
    """Calls `tell(outbox, entry, error)` when a push will not be tried again, so that its pusher hears of it.

    Goes before `Retries` in the list of middleware: `after_` hooks run from last to first, and `Retries`
    decides. The job is moved to the dead letters after this hook, so a worker that is killed in between tells
    twice rather than never. If `tell` raises, that is logged and the job is dead all the same.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Runs in the worker thread, after the job has returned or raised and before it is acknowledged."""
        if exception is not None and message.failed and message.actor_name == queue.APPLY.name:
            outbox, entry = message.args
            self._tell(outbox, entry, exception)
