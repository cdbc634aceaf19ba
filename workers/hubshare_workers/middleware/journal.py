"""Notes in the journal what becomes of each try of a job."""

from __future__ import annotations

import threading
import traceback
from typing import Any

import dramatiq
from dramatiq.broker import MessageProxy
from dramatiq.middleware import Middleware

from hubshare.errors import Cancelled, HubShareError
from hubshare.jobs.journal import Journal, Note, begin_telling, clock, end_telling, process_name

#: So many steps of a traceback, the innermost, are kept.
_STEPS = 8


class NoteJobs(Middleware):  # type: ignore[misc]
    """Notes that a try has begun, and how it ended: done, refused, failed for good, or waiting for the next.

    Goes before `Retries` in the list of middleware, which decides. What the job says of itself by `tell` is noted along.
    """

    def __init__(self) -> None:
        self._worker = process_name()
        self._here = threading.local()

    def before_process_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        """Runs in the worker thread, before the job."""
        at, options = clock(), message.options
        self._here.facts, self._here.due, self._here.job = begin_telling(), 0, options.get("job")
        self._here.running = Note(
            self._here.job or "",
            "running",
            at,
            kind=message.actor_name,
            queue=message.queue_name,
            message=message.message_id,
            queued=message.message_timestamp,
            began=at,
            # Read now: when a try has failed, `Retries` counts it before its end is noted.
            attempt=options.get("retries", 0) + 1,
            worker=self._worker,
            user=options.get("person", ""),
        )
        self._add(broker, self._here.running)

    def after_enqueue(self, broker: dramatiq.Broker, message: dramatiq.Message[Any], delay: int | None) -> None:
        """Runs in the worker thread, when `Retries` has put the next try of its job on the queue."""
        if delay is not None and message.options.get("job") == getattr(self._here, "job", None):
            self._here.due = clock() + delay

    def after_process_message(
        self,
        broker: dramatiq.Broker,
        message: MessageProxy,
        *,
        result: Any = None,
        exception: BaseException | None = None,
    ) -> None:
        """Runs in the worker thread, after the job has returned or raised and before it is acknowledged."""
        end_telling()
        if exception is None:
            self._note(broker, "refused" if self._here.facts.get("code") else "done")
            return
        gone = "cancelled" if isinstance(exception, Cancelled) else "failed"
        state = gone if message.failed else "waiting"
        if isinstance(exception, HubShareError):
            told = {"code": exception.code, "error": exception.message}
        else:
            found = traceback.format_exception(exception, limit=-_STEPS)
            told = {"code": type(exception).__name__, "error": str(exception), "traceback": "".join(found)[-4000:]}
        self._note(broker, state, due=self._here.due, **told)

    def after_skip_message(self, broker: dramatiq.Broker, message: MessageProxy) -> None:
        """Runs in the worker thread, when a middleware would not let the job start."""
        end_telling()
        self._note(broker, "cancelled")

    def _note(self, broker: dramatiq.Broker, state: str, **more: Any) -> None:
        self._add(broker, self._here.running._replace(state=state, at=clock(), **{**self._here.facts, **more}))

    def _add(self, broker: dramatiq.Broker, note: Note) -> None:
        journal: Journal | None = getattr(broker, "journal", None)
        # A job of the version before has no name.
        if journal is not None and note.job:
            journal.add(note)
