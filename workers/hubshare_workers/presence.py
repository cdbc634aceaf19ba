"""What a worker process says of itself with each sign of life, and how it obeys what it is asked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict

from hubshare.bus.processes import Order, OwnProcess, RunningJob
from hubshare.jobs.broker import BellBroker
from hubshare.jobs.news import tell_moved
from hubshare.jobs.running import running_jobs
from hubshare.metrics import encode_samples

log = logging.getLogger(__name__)


class Presence:
    """One worker process as others see it.

    Args:
        own: reports.
        broker: takes jobs; it is told to be quiet.
        threads: how many jobs run here at most.
        kinds: the jobs that run here: the queue of each, by its name.
        reads: whether this process reads the outboxes now.
        stop: ends the process in order.
    """

    def __init__(
        self,
        own: OwnProcess,
        broker: BellBroker,
        threads: int,
        kinds: dict[str, str],
        reads: Callable[[], bool],
        stop: Callable[[], object],
    ) -> None:
        self._own, self._broker, self._threads, self._kinds = own, broker, threads, kinds
        self._reads, self._stop, self._ending = reads, stop, False

    def report(self) -> None:
        """Say how it is, and do what was asked.

        Raises:
            RedisError: Redis does not answer.
        """
        running = [RunningJob(**asdict(job)) for job in running_jobs()]
        order = self._own.report(
            samples=encode_samples(),
            threads=self._threads,
            busy=len(running),
            reads=self._reads(),
            quiet=self._broker.quiet.is_set(),
            kinds=self._kinds,
            running=running,
            ending=self._ending,
        )
        if order:
            self._obey(order)

    def end(self) -> None:
        """Say that this process ends: nobody counts on it from now on.

        Raises:
            RedisError: Redis does not answer.
        """
        self._ending = True
        self.report()

    def _obey(self, order: Order) -> None:
        log.warning("an admin asks this worker process: %s", order)
        if order == "stop":
            self._stop()
        elif order == "quiet":
            self._broker.quiet.set()
        else:
            self._broker.quiet.clear()
            self._broker.wake()
        if order != "stop":
            # Seen at once, by whoever has asked and looks at the page.
            self.report()
            tell_moved(self._broker.client, [""])
