"""Counts for Prometheus what becomes of jobs, see `hubshare.metrics`."""

from __future__ import annotations

import threading
import time
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware

from hubshare.metrics import JOB_SECONDS, JOB_WAIT_SECONDS, JOBS


class Counting(Middleware):  # type: ignore[misc]
    """Counts each try of a job and how long it ran, and how long a job waited for its first one.

    Goes before `Retries` in the list of middleware, which decides the outcome.
    """

    def __init__(self) -> None:
        self._began = threading.local()

    def before_process_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        """Runs in the worker thread, before the job."""
        self._began.at = time.monotonic()
        if not message.options.get("retries"):
            waited = time.time() - message.message_timestamp / 1000
            JOB_WAIT_SECONDS.labels(message.queue_name).observe(max(0.0, waited))

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Runs in the worker thread, after the job has returned or raised and before it is acknowledged."""
        outcome = "done" if exception is None else "dead" if message.failed else "retry"
        JOBS.labels(message.actor_name, outcome).inc()
        JOB_SECONDS.labels(message.queue_name).observe(time.monotonic() - self._began.at)
