"""A job: what it is about, who carries it out, and what happens when it fails.

An error that trying again cannot help is final at once: every `HubShareError` but `Unavailable`, and a job that ran into its
time limit, since it would block a thread for as long again. No job is dropped for its age: the stream entry of a push waits
until the push has been answered. What is dead stays a week in the queue's `.XQ` for a look.

A job may run twice (a worker that is killed, or stalls for longer than its heartbeat), so jobs must bear that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import uuid4

import dramatiq
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import TimeLimitExceeded

from hubshare import tracing
from hubshare.errors import HubShareError, Unavailable
from hubshare.jobs.arguments import describe
from hubshare.jobs.journal import Note, clock

if TYPE_CHECKING:
    from hubshare.jobs.broker import BellBroker

Payload = TypeVar("Payload")

_NOTHING: Mapping[str, Any] = {}

#: The errors that are answers rather than mishaps: never tried again, and logged without a traceback.
PERMANENT = tuple(error for error in HubShareError.__subclasses__() if error is not Unavailable)


@dataclass(frozen=True)
class Job(Generic[Payload]):
    """A kind of job. Times are in milliseconds.

    Attributes:
        name: stable; the queue knows it by that.
        queue: those that wait in one do not hold up those in another.
        payload: what it is about: a named tuple, or a dataclass of plain values.
        run: `MODULE:FUNCTION` of the workers that carries it out; called with their `Context` and the payload.
        give_up: the same, called with the error besides, when it has failed for good; "" for nobody to be told.
        ended: the same, called with the `Centre` and a `LeftJob`: finds out how one has ended of whose end no note came, see
            `hubshare.jobs.ends`; "" where nothing is written down of that.
        key: names the work: while it waits or runs it is not put on the queue once more. None: it is, each time.
        person: names the user whose work it is, who waits in turn with it. None: whoever puts it on the queue says so, or it is
            the Hub's own.
        busy: what people do when the queue does not answer.
        max_retries: how often it is tried again, after growing pauses.
        time_limit: after which it is ended.
        notify_shutdown: whether it is interrupted when its worker stops.
        at_once: how many of its queue a worker process takes at a time, with a thread for each besides those of the setting;
            None for what `AT_ONCE` says, or as many as there are threads.
        revivable: whether one that has failed for good can be begun once more: whatever it needs is still there then.
    """

    name: str
    queue: str
    payload: type[Payload]
    run: str
    give_up: str = ""
    ended: str = ""
    key: Callable[[Payload], str] | None = None
    person: Callable[[Payload], str] | None = None
    busy: str = "try again in a moment"
    max_retries: int = 11
    min_backoff: int = 500
    max_backoff: int = 30_000
    time_limit: int = 600_000
    notify_shutdown: bool = False
    at_once: int | None = None
    revivable: bool = False

    def retry_when(self, retries: int, error: BaseException) -> bool:
        """Return whether a job that failed with `error`, after `retries` retries, gets one more."""
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

    def enqueue(
        self,
        broker: dramatiq.Broker,
        payload: Payload,
        person: str = "",
        delay: int | None = None,
        known: Mapping[str, Any] = _NOTHING,
    ) -> None:
        """Put a job on the queue. Asking again for one that waits for its next try tries it now.

        Args:
            person: whose work it is, where the job does not know it by itself: name of a user, or an address.
            delay: before it begins, at most some minutes: it waits in the memory of a worker.
            known: what the payload does not say of it and the journal is to note, by the attributes of `Note`.

        Raises:
            Unavailable: Redis does not answer.
        """
        message, at = self._message(payload, person), clock()
        try:
            queued = broker.enqueue(message, delay=delay)
        except ConnectionClosed as error:
            raise Unavailable(f"The job queue does not answer: {self.busy}.") from error
        if getattr(broker, "journal", None) is not None and queued.options["new"]:
            broker.journal.add(self._note(message, payload, at, delay)._replace(**known))

    def enqueue_all(self, broker: BellBroker, wanted: Sequence[tuple[Payload, str, Mapping[str, Any]]]) -> None:
        """Put many jobs on the queue in as few steps as there may be: each with whose work it is, and what is known of it.

        Raises:
            Unavailable: Redis does not answer; some may be on the queue.
        """
        messages, at = [self._message(payload, person) for payload, person, _ in wanted], clock()
        try:
            queued = broker.enqueue_all(messages)
        except ConnectionClosed as error:
            raise Unavailable(f"The job queue does not answer: {self.busy}.") from error
        for (payload, _, known), message, one in zip(wanted, messages, queued, strict=True):
            if one.options["new"]:
                broker.journal.add(self._note(message, payload, at)._replace(**known))

    def _message(self, payload: Payload, person: str) -> dramatiq.Message[Any]:
        # The queue holds a message id once, see `hubshare.jobs.script`.
        name = self.key(payload) if self.key else uuid4().hex
        trace = tracing.current() or tracing.Trace.of(getattr(payload, "id", ""))
        options = {"person": self.person(payload) if self.person else person, "job": uuid4().hex}
        options |= {tracing.TRACEPARENT: str(trace)} if trace else {}
        return dramatiq.Message(
            self.queue, self.name, self.encode(payload), {}, options, message_id=f"{self.name}:{name}"
        )

    def _note(self, message: dramatiq.Message[Any], payload: Payload, at: int, delay: int | None = None) -> Note:
        event, trace = getattr(payload, "id", ""), tracing.Trace.parse(message.options.get(tracing.TRACEPARENT))
        return Note(
            message.options["job"],
            "queued" if delay is None else "waiting",
            at,
            kind=self.name,
            queue=self.queue,
            message=message.message_id,
            # It waits before the first try, which comes after that in the order of tries.
            attempt=1 if delay is None else 0,
            due=at + delay if delay else 0,
            user=message.options["person"],
            project=getattr(payload, "project", ""),
            trace=trace.id if trace else event,
            token=getattr(payload, "token", ""),
            door=getattr(payload, "door", ""),
            arguments=describe(payload),
        )

    def encode(self, payload: Payload) -> tuple[Any, ...]:
        """The arguments of a message: those of a named tuple one by one, a dataclass as one dictionary."""
        return tuple(payload) if isinstance(payload, tuple) else (asdict(payload),)  # type: ignore[call-overload]

    def decode(self, args: tuple[Any, ...]) -> Payload:
        """The payload that `encode` made arguments of."""
        return self.payload(*args) if issubclass(self.payload, tuple) else self.payload(**args[0])
