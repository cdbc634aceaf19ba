"""Writes down which jobs this process carries out, see `hubshare.jobs.running`."""

from __future__ import annotations

import time
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware

from hubshare.jobs.running import Running, begin, end


class RunningJobs(Middleware):  # type: ignore[misc]
    """Has a job in the list from before it begins until after it has ended."""

    def before_process_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        """Runs in the worker thread, before the job."""
        person, job = (str(message.options.get(name, "")) for name in ("person", "job"))
        begin(Running(message.message_id, message.actor_name, message.queue_name, person, time.time(), job=job))

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Runs in the worker thread, after the job has returned or raised and before it is acknowledged."""
        end()

    def after_skip_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        """Runs in the worker thread, when a middleware would not let the job start."""
        end()
