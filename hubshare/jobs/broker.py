"""The only place that makes the dramatiq broker: dramatiq's Redis queue with consumers that block until there is a job."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.common import current_millis, dq_name
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import Middleware, Retries, ShutdownNotifications, TimeLimit
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError
from redis.retry import Retry

from hubshare.jobs.consumer import RECONNECT, BellConsumer
from hubshare.jobs.journal import Journal
from hubshare.jobs.registry import AT_ONCE
from hubshare.jobs.script import SCRIPT
from hubshare.names import key_part

log = logging.getLogger(__name__)

#: Sorted set of worker processes, scored with the Redis time (s) until which each is known to be alive.
WORKERS = "hubshare:workers"

NAMESPACE = "hubshare:queue"
#: dramatiq's sorted set of brokers, scored with the Redis time (ms) of their last sign of life.
HEARTBEATS = f"{NAMESPACE}:__heartbeats__"
#: No sign of life lasts for longer than this, in seconds; one that does was given by a clock that was ahead.
_LONGEST_LIFE = 60

#: So many messages are put on a queue in one step of Redis, which serves nobody else meanwhile.
_TOGETHER = 100


def make_broker(
    url: str,
    middleware: Iterable[Middleware] = (),
    *,
    idle: float = 5.0,
    heartbeat: float = 15.0,
    threads: int | None = None,
    slow: bool = False,
    client: redis.Redis | None = None,
    at_once: Mapping[str, int] = AT_ONCE,
) -> dramatiq.Broker:
    """Make the broker. The service makes it plain, to enqueue; workers add their middleware.

    Args:
        url: address of Redis.
        middleware: what the workers add. It goes in front, because dramatiq calls the `after_` hooks from
            last to first: what reports an outcome (`JobLog`, `DeadLetter`) must run when `Retries` has
            decided it. `TimeLimit` is last so that it has let go of the thread before any other `after_` hook
            runs; were it to strike in one of those, the thread would be lost.
        idle: seconds that an idle consumer blocks in Redis; how late a job may start if a doorbell was lost.
        heartbeat: seconds without a sign of life after which a worker is dead, and others take over its jobs.
            Three times the interval of the signs. dramatiq's 60 s is a long time for someone who waits for a
            save to arrive; taking over from a worker that only stalled is harmless, see
            `hubshare.jobs.job`.
        threads: how many jobs of a queue this process takes at a time, where `at_once` does not say; as many as its worker
            has threads if not given.
        at_once: how many of a queue it takes at a time, by its name; `AT_ONCE` if not given.
        slow: whether it takes the jobs of those whose work was dear lately, and no others; see `hubshare.jobs.script`.
        client: used in place of a connection to `url`, by tests.
    """
    client = client or connect(url, idle)
    return BellBroker(client, [*middleware, *standard_middleware(), _Hurry()], idle, heartbeat, threads, slow, at_once)


def standard_middleware() -> list[Middleware]:
    """The middleware that carries out the table in `hubshare.jobs.registry`, in its order."""
    return [Retries(), ShutdownNotifications(), TimeLimit()]


def connect(url: str, idle: float) -> redis.Redis:
    """A connection on which a consumer may block for `idle` seconds."""
    # No silent retries: a consumer must see that a reply was lost, to reclaim the messages in it.
    return redis.Redis.from_url(
        url,
        client_name="hubshare",
        retry=Retry(NoBackoff(), 0),
        socket_timeout=idle + 5,
        socket_connect_timeout=2,
        socket_keepalive=True,
    )


def alive(client: redis.Redis) -> int:
    """How many worker processes gave a sign of life within the last 15 seconds."""
    now, _ = client.time()
    return client.zcount(WORKERS, now, now + _LONGEST_LIFE)


class BellBroker(RedisBroker):  # type: ignore[misc]
    """dramatiq's Redis broker, but its consumers block until there is a job instead of polling."""

    def __init__(
        self,
        client: redis.Redis,
        middleware: list[Middleware],
        idle: float,
        heartbeat: float,
        threads: int | None,
        slow: bool,
        at_once: Mapping[str, int],
    ) -> None:
        super().__init__(
            client=client,
            middleware=middleware,
            namespace=NAMESPACE,
            heartbeat_timeout=int(heartbeat * 1000),
        )
        dispatch = self.scripts["dispatch"].script.decode()
        self.scripts["dispatch"] = client.register_script(SCRIPT % dispatch)
        self.idle = idle
        self.tend = heartbeat / 3
        self.stopping = threading.Event()
        #: While it is set no job is begun; what has begun is finished, and delayed ones go to their queue when they are due.
        self.quiet = threading.Event()
        self.wake_key = f"{self.namespace}:__wake__.{self.broker_id}"
        self.consumers: dict[str, BellConsumer] = {}
        self.threads, self.slow, self.at_once = threads, slow, at_once
        self.journal = Journal(client)

    @property
    def consumer_class(self) -> type[BellConsumer]:
        return BellConsumer

    def _should_do_maintenance(self, command: str) -> int:
        # By chance in dramatiq, that is never in an idle system; here each consumer does it by the clock.
        return int(command == "maintain")

    def enqueue(self, message: Any, *, delay: int | None = None) -> Any:
        """Put a message on its queue, once; after `delay` milliseconds if given.

        Returns:
            The message; its option `new` says whether it was not there already.

        Raises:
            ConnectionClosed: Redis does not answer.
        """
        # A message that was in the queue before (a retry, or a delayed one that is due) is acknowledged right
        # after this, so giving up would lose it: wait for Redis.
        return self._enqueue([message], delay, "redis_message_id" in message.options)[0]

    def enqueue_all(self, messages: Sequence[Any]) -> list[Any]:
        """Put messages on one queue in as few steps as there may be, each as `enqueue` does it.

        Raises:
            ConnectionClosed: Redis does not answer; some may be on the queue.
        """
        parts = (messages[at : at + _TOGETHER] for at in range(0, len(messages), _TOGETHER))
        return [queued for part in parts for queued in self._enqueue(part, None, False)]

    def _enqueue(self, messages: Sequence[Any], delay: int | None, moved: bool) -> list[Any]:
        named = [self._named(message, delay) for message in messages]
        for message in named:
            self.emit_before("enqueue", message, delay)
        told = ((message.options["redis_message_id"], message.encode()) for message in named)
        added = self.persist(moved, "enqueue", named[0].queue_name, *chain.from_iterable(told))
        for message in named:
            self.emit_after("enqueue", message, delay)
        return [message.copy(options={"new": bool(new)}) for message, new in zip(named, added, strict=True)]

    @staticmethod
    def _named(message: Any, delay: int | None) -> Any:
        """The message as it is put on its queue, with the id that it has there."""
        # dramatiq draws a random id, because a retry is enqueued before the try that failed is acknowledged.
        # The number of the try tells these apart too, and lets the script see what is on the queue already.
        # In front of it the person whose job it is: the script knows no more of a job than its id.
        number, person = message.options.get("retries", 0), key_part(message.options.get("person", ""))
        redis_id = f"{person}|{message.message_id}.{number}"
        queue, eta = message.queue_name, {}
        if delay is not None:
            queue, eta = dq_name(queue), {"eta": current_millis() + delay}
        return message.copy(queue_name=queue, options={"redis_message_id": redis_id, **eta})

    def fetch_when_rung(self, queue_name: str, bell: str, room: int, seconds: float) -> list[Any]:
        """Wait until a bell rings, or until somebody wakes the consumers, then take messages; in one round trip.

        Args:
            room: most messages.
            seconds: how long to wait at most; they are looked for then as well.

        Raises:
            RedisError: Redis does not answer.
        """
        script = self.scripts["dispatch"]
        with self.client.pipeline(transaction=False) as pipe:
            pipe.blpop([bell, self.wake_key], timeout=seconds)
            # As dramatiq's own `_dispatch` does it.
            own = self.broker_id, self.heartbeat_timeout, self.dead_message_ttl, 0, self._max_unpack_size()
            pipe.evalsha(script.sha, 1, self.namespace, "fetch", current_millis(), queue_name, *own, room)
            try:
                return list(pipe.execute()[1])
            except NoScriptError:
                # Redis was started anew.
                return list(self.do_fetch(queue_name, room))

    def persist(self, patient: bool, command: str, queue: str, *args: Any) -> Any:
        """Run a command of the script; if `patient`, again and again until Redis answers or the worker stops.

        Raises:
            ConnectionClosed: Redis does not answer.
        """
        while True:
            try:
                return self._dispatch(command)(queue, *args)
            except redis.RedisError as error:
                if not patient or self.stopping.wait(RECONNECT):
                    raise ConnectionClosed(error) from error

    def room(self, queue_name: str, prefetch: int) -> int:
        """How many jobs of a queue are taken at a time: no more than there are threads for, so that none waits here.

        Args:
            prefetch: as many as dramatiq would take.
        """
        if queue_name == dq_name(queue_name) or self.threads is None:
            return min(prefetch, self.at_once.get(queue_name, prefetch))
        return self.at_once.get(queue_name, self.threads)

    def wake(self) -> None:
        """Have the consumers look at once whether there is something to do."""
        for consumer in self.consumers.values():
            consumer.settled.set()

    def close(self) -> None:
        self.journal.close()
        self.client.close()


class _Hurry(Middleware):  # type: ignore[misc]
    """Lets a worker stop at once, although its consumers block."""

    def before_worker_boot(self, broker: BellBroker, worker: dramatiq.Worker) -> None:
        """Runs before the threads of a worker start."""
        broker.stopping.clear()
        broker.threads = broker.threads or worker.worker_threads

    def before_worker_shutdown(self, broker: BellBroker, worker: dramatiq.Worker) -> None:
        """Runs first when a worker stops, while its threads still run."""
        broker.stopping.set()
        broker.wake()
        try:
            with broker.client.pipeline(transaction=False) as pipe:
                pipe.rpush(broker.wake_key, *broker.consumers)
                pipe.expire(broker.wake_key, 10)
                pipe.execute()
        except redis.RedisError as error:
            log.warning("Redis does not answer while the worker stops: %s", error)
