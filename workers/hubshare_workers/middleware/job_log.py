"""One line in the log for each try of a job."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware

from hubshare.errors import HubShareError

log = logging.getLogger("hubshare.jobs")
#: Where dramatiq itself logs what a job has raised.
DRAMATIQ_LOG = "dramatiq.worker.WorkerThread"


def unexpected(record: logging.LogRecord) -> bool:
    """Return whether dramatiq's own line is to be logged: of an error that is raised on purpose, ours says enough; a filter.

    Without it each try that finds something busy takes a traceback, which names what the log is not to hold.
    """
    return not (record.exc_info and isinstance(record.exc_info[1], HubShareError))


class JobLog(Middleware):  # type: ignore[misc]
    """Logs `job=… id=… try=… ms=… outcome=…` when a try of a job has ended; the failed ones with `error=…`.

    The outcome is `done`, `retry` (failed, and is tried again), `dead` (failed for good) or `skipped`.
    Arguments are not logged. Goes first in the list of middleware: its clock starts before the others' hooks
    and, as `after_` hooks run from last to first, it reads the outcome when `Retries` has decided it.
    """

    def __init__(self) -> None:
        self._started = threading.local()

    def before_process_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        """Runs in the worker thread, before the job."""
        self._started.at = time.monotonic()
        # Read now: when a try has failed, `Retries` counts it before the line is written.
        self._started.number = message.options.get("retries", 0) + 1

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Runs in the worker thread, after the job has returned or raised and before it is acknowledged."""
        if exception is None:
            self._write(logging.INFO, message, "done")
        else:
            outcome, level = ("dead", logging.ERROR) if message.failed else ("retry", logging.WARNING)
            self._write(level, message, outcome, type(exception).__name__)

    def after_skip_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        """Runs in the worker thread, when a middleware would not let the job start."""
        self._write(logging.WARNING, message, "skipped")

    def _write(self, level: int, message: MessageProxy, outcome: str, error: str = "") -> None:
        spent = (time.monotonic() - self._started.at) * 1000
        log.log(
            level,
            "job=%s id=%s try=%d ms=%.1f outcome=%s%s",
            message.actor_name,
            message.message_id,
            self._started.number,
            spent,
            outcome,
            error and f" error={error}",
            extra={"job": message.actor_name, "job_id": message.options.get("job", ""), "try": self._started.number}
            | {"ms": round(spent, 1), "outcome": outcome},
        )
