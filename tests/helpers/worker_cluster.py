"""Workers in a test's own process that take jobs from one Redis, and a job that writes down its calls."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import dramatiq
import redis

from hubshare import jobs

#: A wait that no test could sit through: what happens at all happens because of an event.
AGES = 3600.0


class Cluster:
    """Workers in this process, each with a broker of its own, as in processes of their own."""

    def __init__(self, connect: Callable[[], redis.Redis]) -> None:
        self.connect = connect
        self._ends = contextlib.ExitStack()

    def broker(self, *middleware: Any, idle: float = AGES, heartbeat: float = 3 * AGES, slow: bool = False) -> Any:
        client = self.connect()
        broker = jobs.make_broker("", middleware=middleware, idle=idle, heartbeat=heartbeat, slow=slow, client=client)
        self._ends.callback(broker.close)
        return broker

    def worker(
        self,
        job: Callable[[str, str], None],
        *middleware: Any,
        threads: int = 2,
        policy: jobs.Job = jobs.APPLY,
        slow: bool = False,
        **times: float,
    ) -> Any:
        """Start a worker and wait until it has nothing to do but wait."""
        broker = self.broker(*middleware, slow=slow, **times)
        dramatiq.actor(job, broker=broker, **policy.options())
        fetch, asleep = broker.fetch_when_rung, threading.Semaphore(0)

        def spy(*args: Any, **options: Any) -> Any:
            asleep.release()
            return fetch(*args, **options)

        broker.fetch_when_rung = spy
        worker = dramatiq.Worker(broker, worker_threads=threads, worker_timeout=100)
        worker.start()
        self._ends.callback(worker.stop)
        for _ in worker.consumers:
            assert asleep.acquire(timeout=20)
        return worker

    def close(self) -> None:
        self._ends.close()


class Ledger:
    """A job that writes down what it was called with, and can be held up."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.open = threading.Event()
        self.open.set()
        self.started = threading.Semaphore(0)
        self._changed = threading.Condition()

    def __call__(self, outbox: str, entry: str) -> None:
        self.started.release()
        assert self.open.wait(30)
        with self._changed:
            self.seen[entry] += 1
            self._changed.notify_all()

    def expect(self, *entries: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: set(entries) <= set(self.seen), 30), self.seen

    __name__ = "ledger"
