"""The consumers of the queue: each waits in Redis for the jobs of one queue, and tells Redis which have ended."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

import dramatiq
import redis
from dramatiq.broker import MessageProxy
from dramatiq.common import current_millis, dq_name
from dramatiq.errors import ConnectionClosed, DecodeError

if TYPE_CHECKING:
    from hubshare.jobs.broker import BellBroker

log = logging.getLogger(__name__)

#: Seconds between attempts to reach a Redis that does not answer.
RECONNECT = 0.25

#: Of a job of which nothing was counted: its cost and its counts.
_UNCOUNTED = ("",) * 5

#: Seconds to block at least. Redis 6.2 takes less than a millisecond, and by its rounding also just one, for 0: for ever.
SHORTEST = 0.002


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
        self.ended: deque[tuple[str, Any]] = deque()
        self.telling = threading.Lock()
        #: Whether messages are looked for at once: there may be some, of which no bell tells.
        self.look = True
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
            self.look = True
        # Until a delayed message is due.
        due = (min([*self.held.values(), float("inf")]) - current_millis()) / 1000
        wait = max(SHORTEST, min(due, self.broker.idle, self.broker.tend))
        room = self.prefetch - len(self.held)
        if room <= 0:
            self.settled.wait(wait)
            # The bell rings as well once there is room: but it is known here already.
            self.look = True
            return
        look, self.look = self.look, False
        if look:
            raws = self.broker.do_fetch(self.queue_name, room)
        else:
            # After one look whatever is left, or comes, rings the bell.
            lane = ".slow" if self.broker.slow and self.queue_name != dq_name(self.queue_name) else ""
            bell = f"{self.broker.namespace}:{self.queue_name}{lane}.bell"
            raws = self.broker.fetch_when_rung(self.queue_name, bell, room, wait)
        for raw in raws:
            try:
                self.fetched.append(dramatiq.Message.decode(raw))
            except DecodeError as error:
                log.error("Left out a message on queue %s that cannot be read: %s", self.queue_name, error)
        # They came as it was told to begin no more.
        if self.fetched and (self._is_quiet() or self.broker.stopping.is_set()):
            self.requeue(self.fetched)
            self.fetched = []

    def _is_quiet(self) -> bool:
        return self.broker.quiet.is_set() and self.queue_name != dq_name(self.queue_name)

    def _heed_quiet(self) -> None:
        """Leave the queue as long as no job is to be begun: whoever is quiet has no place there."""
        quiet = self._is_quiet()
        if quiet and not self.left:
            self.broker.do_leave(self.queue_name)
        elif self.left and not quiet:
            self.tended, self.look = -float("inf"), True
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
        self.ended.append((command, message))
        # What ends while one thread tells Redis, it tells as well. Whoever comes too late for that finds the lock free.
        while self.ended and self.telling.acquire(blocking=False):
            try:
                self._tell_ended()
            finally:
                self.telling.release()

    def _tell_ended(self) -> None:
        ended = [self.ended.popleft() for _ in range(len(self.ended))]
        for command in ("ack", "nack"):
            costs = {
                message.options["redis_message_id"]: message.options.get("cost", _UNCOUNTED)
                for how, message in ended
                if how == command
            }
            if not costs:
                continue
            try:
                told = chain.from_iterable((redis_id, *cost) for redis_id, cost in costs.items())
                self.broker.persist(True, command, self.queue_name, *told)
            except ConnectionClosed:
                ids = ", ".join(costs)
                log.warning("Stopped before Redis could be told that this is done, which will run again: %s", ids)
            finally:
                for redis_id in costs:
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
