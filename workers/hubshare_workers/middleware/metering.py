"""Counts what each job costs, for the account of the person whose work it is."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware

from hubshare import metering


class Metering(Middleware):  # type: ignore[misc]
    """Counts from before a job until after it. The queue puts that on the account when it is told that the job has ended.

    Goes before `Retries` in the list of middleware: what is tried again has cost nothing yet.
    """

    def __init__(self) -> None:
        self._running = threading.local()

    def before_process_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        """Runs in the worker thread, before the job."""
        stack = ExitStack()
        self._running.stack, self._running.meter = stack, stack.enter_context(metering.metered())

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Runs in the worker thread, after the job has returned or raised and before it is acknowledged."""
        self._running.stack.close()
        meter = self._running.meter
        message.options["cost"] = (meter.cost, *meter.counts)

    def after_skip_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        """Runs in the worker thread, when a middleware would not let the job start."""
        self.after_process_message(broker, message)
