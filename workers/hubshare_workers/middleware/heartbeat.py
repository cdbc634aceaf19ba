"""Shows the service that this worker process is alive."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from itertools import chain
from uuid import uuid4

import dramatiq
import redis
from dramatiq.middleware import Middleware

from hubshare.jobs.broker import WORKERS


class Heartbeat(Middleware):  # type: ignore[misc]
    """Enters the worker process in a sorted set, again and again; `hubshare.jobs.broker.alive` counts the entries.

    Only while all threads of the worker run: a worker that lost one is not well, and should be missed. A
    sorted set rather than a key for each worker, because counting keys means walking through all keys that
    there are.

    Args:
        client: connection to Redis.
        every: seconds between two signs of life.
        lasts: seconds for which a sign of life is believed.
        report: is called with each of them.
        counts: whether it is one of those without which the Hub does not work; else only `report` is called.
    """

    def __init__(
        self,
        client: redis.Redis,
        every: float = 5.0,
        lasts: float = 15.0,
        report: Callable[[], None] = lambda: None,
        counts: bool = True,
    ) -> None:
        self._redis = client
        self._report, self._counts = report, counts
        self._every = every
        self._lasts = lasts
        self._name = str(uuid4())
        self._stop, self._guard = threading.Event(), threading.Lock()

    def after_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Runs once all threads of the worker have been started."""
        self._stop.clear()
        threading.Thread(target=self._run, args=(worker,), name="heartbeat", daemon=True).start()

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """Runs when the last job of the worker has ended."""
        self._stop.set()
        self.take_leave()

    def take_leave(self) -> None:
        """Have nobody count on this worker from now on; while its last jobs run it goes on to report."""
        with self._guard, contextlib.suppress(redis.RedisError):
            self._counts = False
            self._redis.zrem(WORKERS, self._name)

    def _run(self, worker: dramatiq.Worker) -> None:
        while True:
            if runs(worker):
                # While Redis does not answer nobody could read this anyway; the next round tries again.
                with contextlib.suppress(redis.RedisError):
                    with self._guard:
                        if self._counts:
                            self._beat()
                    self._report()
            if self._stop.wait(self._every):
                return

    def _beat(self) -> None:
        now, _ = self._redis.time()
        with self._redis.pipeline(transaction=False) as pipe:
            pipe.zadd(WORKERS, {self._name: now + self._lasts})
            pipe.zremrangebyscore(WORKERS, "-inf", now)
            pipe.execute()


def runs(worker: dramatiq.Worker) -> bool:
    """Return whether all threads of a worker run."""
    return all(thread.is_alive() for thread in chain(worker.workers, list(worker.consumers.values())))
