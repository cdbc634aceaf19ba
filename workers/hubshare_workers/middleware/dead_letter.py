"""Tells when a push has failed for good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware


class DeadLetter(Middleware):  # type: ignore[misc]
    """Tells, when a push will not be tried again, so that its pusher hears of it.

    Args:
        tell: by the name of the job; called with its arguments and the error that it failed with last.

    Goes before `Retries` in the list of middleware: `after_` hooks run from last to first, and `Retries`
    decides. The job is moved to the dead letters after this hook, so a worker that is killed in between tells
    twice rather than never. If `tell` raises, that is logged and the job is dead all the same.
    """

    def __init__(self, tell: Mapping[str, Callable[..., None]]) -> None:
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
        if exception is not None and message.failed and message.actor_name in self._tell:
            self._tell[message.actor_name](*message.args, exception)
