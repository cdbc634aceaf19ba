"""Keeps jobs that somebody has cancelled from beginning: they fail for good, so that whoever waits for them is told."""

from __future__ import annotations

import threading

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware

from hubshare.errors import Cancelled
from hubshare.jobs.intervening import CANCELLED_BY

_here = threading.local()


class CancelledJobs(Middleware):  # type: ignore[misc]
    """Reads from the message whether the job that begins in this thread was cancelled."""

    def before_process_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        """Runs in the worker thread, before the job."""
        _here.by = message.options.get(CANCELLED_BY, "")


def check_wanted() -> None:
    """Let a job go on that nobody has cancelled.

    Raises:
        Cancelled: somebody has.
    """
    if by := getattr(_here, "by", ""):
        raise Cancelled(f"{by} has cancelled it before it began: nothing was done.")
