"""The only place that makes the dramatiq broker: dramatiq's Redis queue with consumers that block until there is a job."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any, cast

import dramatiq
import redis
from dramatiq.broker import MessageProxy
from dramatiq.brokers.redis import RedisBroker
from dramatiq.common import current_millis, dq_name
from dramatiq.errors import ConnectionClosed, DecodeError
from dramatiq.middleware import Middleware, Retries, ShutdownNotifications, TimeLimit
from redis.backoff import NoBackoff
from redis.retry import Retry

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

#: Seconds between attempts to reach a Redis that does not answer.
RECONNECT = 0.25

#: Seconds to block at least. Redis 6.2 takes less than a millisecond, and by its rounding also just one, for 0: for ever.
SHORTEST = 0.002


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
        moved = "redis_message_id" in message.options
        # dramatiq draws a random id, because a retry is enqueued before the try that failed is acknowledged.
        # The number of the try tells these apart too, and lets the script see what is on the queue already.
        # In front of it the person whose job it is: the script knows no more of a job than its id.
        number, person = message.options.get("retries", 0), key_part(message.options.get("person", ""))
        redis_id = f"{person}|{message.message_id}.{number}"
        queue, eta = message.queue_name, {}
        if delay is not None:
            queue, eta = dq_name(queue), {"eta": current_millis() + delay}
        message = message.copy(queue_name=queue, options={"redis_message_id": redis_id, **eta})
        self.emit_before("enqueue", message, delay)
        added = self.persist(moved, "enqueue", queue, redis_id, message.encode())
        self.emit_after("enqueue", message, delay)
        return message.copy(options={"new": bool(added)})

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


class BellConsumer(dramatiq.Consumer):  # type: ignore[misc]
    """Takes the messages of one queue for one worker process; `ack` and `nack` come from other threads."""

    def __init__(self, broker: BellBroker, queue_name: str, prefetch: int, timeout: int) -> None:
        self.broker, self.queue_name = broker, queue_name
        self.prefetch = broker.room(queue_name, prefetch)
        self.fetched: list[Any] = []
        # Messages given out and not settled: redis id -> time at which one is due. dramatiq makes a new
        # consumer after an error: jobs still run then, but the delayed messages that it had in memory are
        # forgotten.
        previous = broker.consumers.get(queue_name)
        self.held: dict[str, float] = previous.held if previous and queue_name != dq_name(queue_name) else {}
        self.settled = threading.Event()
        self.tended = -float("inf")
        self.astray = True
        self.answering = True
        self.left = False
        broker.consumers[queue_name] = self

    def __next__(self) -> Any:
        # Before `stopping` is read: who stops the worker sets that first, this second, and neither is missed.
        self.settled.clear()
        if self.broker.stopping.is_set():
            # Fetch no more, but be alive for the jobs that finish now.
            time.sleep(0.1)
        try:
            self._heed_quiet()
            self._tend()
            if not self.broker.stopping.is_set() and not self.fetched:
                if self.left:
                    self.settled.wait(self.broker.tend)
                else:
                    self._fetch()
            if not self.answering:
                log.info("Redis answers again; queue %s goes on.", self.queue_name)
            self.answering = True
        except redis.RedisError as error:
            if self.answering:
                log.critical("Redis does not answer, queue %s waits: %s", self.queue_name, error)
            self.answering, self.astray = False, True
            self.broker.stopping.wait(RECONNECT)
        if self.broker.stopping.is_set() or not self.fetched:
            return None
        message = self.fetched.pop(0)
        self.held[message.options["redis_message_id"]] = message.options.get("eta") or float("inf")
        return MessageProxy(message)

    def _fetch(self) -> None:
        if self.astray:
            self._reclaim()
        room = self.prefetch - len(self.held)
        if room > 0:
            for raw in self.broker.do_fetch(self.queue_name, room):
                try:
                    self.fetched.append(dramatiq.Message.decode(raw))
                except DecodeError as error:
                    log.error("Left out a message on queue %s that cannot be read: %s", self.queue_name, error)
        if self.fetched:
            return
        # Until a delayed message is due.
        due = (min([*self.held.values(), float("inf")]) - current_millis()) / 1000
        wait = max(SHORTEST, min(due, self.broker.idle, self.broker.tend))
        if room > 0:
            lane = ".slow" if self.broker.slow and self.queue_name != dq_name(self.queue_name) else ""
            bell = f"{self.broker.namespace}:{self.queue_name}{lane}.bell"
            self.broker.client.blpop([bell, self.broker.wake_key], timeout=wait)
        else:
            self.settled.wait(wait)

    def _heed_quiet(self) -> None:
        """Leave the queue as long as no job is to be begun: whoever is quiet has no place there."""
        quiet = self.broker.quiet.is_set() and self.queue_name != dq_name(self.queue_name)
        if quiet and not self.left:
            self.broker.do_leave(self.queue_name)
        elif self.left and not quiet:
            self.tended = -float("inf")
        self.left = quiet

    def _tend(self) -> None:
        """Give a sign of life and take over what dead workers left on this queue."""
        if time.monotonic() - self.tended > self.broker.tend:
            place = () if self.left else (self.prefetch, "slow" if self.broker.slow else "fast")
            self.broker.do_maintain(self.queue_name, *place)
            self.tended = time.monotonic()

    def _reclaim(self) -> None:
        """Put back what Redis believes is with us and is not: the reply that carried it was lost."""
        key = f"{self.broker.namespace}:__acks__.{self.broker.broker_id}.{self.queue_name}"
        ours = {redis_id.decode() for redis_id in cast(set[bytes], self.broker.client.smembers(key))}
        if lost := ours - set(self.held):
            self.broker.do_requeue(self.queue_name, *lost)
        self.astray = False

    def ack(self, message: Any) -> None:
        self._settle("ack", message)

    def nack(self, message: Any) -> None:
        self._settle("nack", message)

    def _settle(self, command: str, message: Any) -> None:
        redis_id = message.options["redis_message_id"]
        try:
            self.broker.persist(True, command, self.queue_name, redis_id, *message.options.get("cost", ()))
        except ConnectionClosed:
            log.warning("Stopped before Redis could be told that %s is done; it will run again.", redis_id)
        self.held.pop(redis_id, None)
        self.settled.set()

    def requeue(self, messages: Iterable[Any]) -> None:
        ids = [message.options["redis_message_id"] for message in messages]
        # Also without any: the script rings the bell again, in case this consumer has taken the token.
        self.broker.persist(False, "requeue", self.queue_name, *ids)
        for redis_id in ids:
            self.held.pop(redis_id, None)

    def close(self) -> None:
        self.requeue(self.fetched)
        self.fetched = []
        self.broker.persist(False, "leave", self.queue_name)


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
