"""What a job does belongs to the trace that it was put on the queue for."""

from __future__ import annotations

from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware

from hubshare import tracing


class Traced(Middleware):  # type: ignore[misc]
    """Has each worker thread take up the trace of its job, and leave it when all is done and logged: goes first in the list."""

    def before_process_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        """Runs in the worker thread, before the job."""
        tracing.adopt(tracing.Trace.parse(message.options.get(tracing.TRACEPARENT)))

    def after_process_message(self, broker: dramatiq.Broker, message: MessageProxy, **_: Any) -> None:
        """Runs in the worker thread, after all else that follows a job."""
        tracing.adopt(None)

    after_skip_message = after_process_message
