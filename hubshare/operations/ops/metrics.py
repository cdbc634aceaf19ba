"""All metrics of the centre as Prometheus reads them: what the processes count, and how everything is at this moment."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import redis
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hubshare.bus.processes import read_processes, read_samples
from hubshare.centre import Centre
from hubshare.errors import Unavailable
from hubshare.metrics import OfProcesses
from hubshare.operations.ops.server_metrics import OfServers
from hubshare.operations.ops.sight import look
from hubshare.operations.ops.stuck import Sight, find_causes
from hubshare.store.models import now
from hubshare.store.usage import usage_figures
from hubshare.wire.api.ops import Queues

#: Kinds of findings.
_SEVERITIES = ("broken", "stuck", "notice")


def render_metrics(centre: Centre) -> bytes:
    """All metrics in the text format of Prometheus; what does not answer is left out, and `hubshare_up` says so."""
    registry, seen = CollectorRegistry(), look(centre)
    registry.register(Now(seen))
    if seen.redis is not None:
        # Of what it would have said `hubshare_up` tells. One that hangs is waited for once: Prometheus gives up after 10 s.
        with suppress(redis.RedisError):
            registry.register(_of_processes(centre))
    with suppress(Unavailable), centre.database.read() as session:
        registry.register(OfServers(usage_figures(session, now()), now()))
    return generate_latest(registry)


def _of_processes(centre: Centre) -> Collector:
    """What the processes that are there have counted."""
    places = {
        one.report.name: {"process": one.place, "part": one.report.part}
        for one in read_processes(centre.bus.redis)
        if not one.lost
    }
    counted = read_samples(centre.bus.redis, list(places))
    return OfProcesses((places[name], samples) for name, samples in counted.items())


class Now(Collector):
    """How everything is at one moment.

    Args:
        seen: all that was seen.
    """

    def __init__(self, seen: Sight) -> None:
        self._seen = seen

    def collect(self) -> Iterable[Metric]:
        seen = self._seen
        up = GaugeMetricFamily("hubshare_up", "Whether a part answers.", labels=["part"])
        up.add_metric(["redis"], float(seen.redis is not None))
        up.add_metric(["database"], float(seen.database_seconds is not None))
        yield up
        findings = GaugeMetricFamily("hubshare_findings", "What is found to be wrong.", labels=["severity"])
        causes = find_causes(seen)
        for severity in _SEVERITIES:
            findings.add_metric([severity], sum(one.severity == severity for one in causes))
        yield findings
        if seen.queues is not None:
            yield from self._of_workers()
            yield from self._of_queues(seen.queues)
        if seen.redis is not None:
            if seen.journal_seconds is not None:
                words = "For how long the oldest note on a job waits to be written down."
                yield _one("hubshare_journal_seconds", words, seen.journal_seconds)
            yield _one("hubshare_redis_seconds", "How long Redis took to answer.", seen.redis.seconds)
            yield _one("hubshare_redis_memory_bytes", "What Redis holds.", seen.redis.used)
            yield _one("hubshare_redis_memory_max_bytes", "What it may hold; 0 for no limit.", seen.redis.most)
        if seen.database_seconds is not None:
            yield _one("hubshare_database_seconds", "How long a look at the database took.", seen.database_seconds)
        free = GaugeMetricFamily("hubshare_disk_free_bytes", "What is free where something lies.", labels=["of"])
        total = GaugeMetricFamily("hubshare_disk_bytes", "How large that is.", labels=["of"])
        for disk in seen.disks:
            free.add_metric([disk.what], disk.free)
            total.add_metric([disk.what], disk.total)
        yield from (free, total)

    def _of_workers(self) -> Iterable[Metric]:
        workers = GaugeMetricFamily("hubshare_workers", "Worker processes of the last hour.", labels=["state"])
        there = [one for one in self._seen.workers if one.threads]
        workers.add_metric(["lost"], sum(one.lost for one in there))
        left = [one for one in there if not one.lost]
        workers.add_metric(["ending"], sum(one.ending for one in left))
        workers.add_metric(["quiet"], sum(one.quiet and not one.ending for one in left))
        workers.add_metric(["working"], sum(not one.quiet and not one.ending for one in left))
        yield workers
        yield _one(
            "hubshare_worker_threads", "Jobs that may run at once.", sum(w.threads for w in left if not w.ending)
        )
        yield _one("hubshare_worker_busy", "Jobs that run.", sum(w.busy for w in left if not w.ending))

    def _of_queues(self, found: Queues) -> Iterable[Metric]:
        jobs = GaugeMetricFamily("hubshare_queue_jobs", "Jobs in a queue.", labels=["queue", "state"])
        oldest = GaugeMetricFamily("hubshare_queue_oldest_seconds", "Age of the oldest that waits.", labels=["queue"])
        paused = GaugeMetricFamily("hubshare_queue_paused", "Whether no job of it is begun.", labels=["queue"])
        takers = GaugeMetricFamily("hubshare_queue_workers", "Processes that take jobs from it.", labels=["queue"])
        for queue in found.queues:
            for state in ("waiting", "running", "delayed", "dead"):
                jobs.add_metric([queue.name, state], getattr(queue, state))
            oldest.add_metric([queue.name], queue.oldest_seconds)
            paused.add_metric([queue.name], float(queue.paused))
            takers.add_metric([queue.name], queue.workers)
        yield from (jobs, oldest, paused, takers)
        if found.outbox_messages is not None:
            words = "Messages of agents that are not answered."
            yield _one("hubshare_outbox_messages", words, found.outbox_messages)
            words = "For how long the oldest of them was seen at least."
            yield _one("hubshare_outbox_oldest_seconds", words, found.outbox_oldest_seconds)


def _one(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value)
