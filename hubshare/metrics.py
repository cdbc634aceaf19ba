"""What this process counts for Prometheus: one registry a process, few series, and never a person or a project in a label.

`prometheus_client` has a mode for several processes, which keeps files that nobody removes and is several times as slow. Here
each process hands its samples over with its sign of life, and the service shows those of all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

#: Most series of a process: see the test.
SERIES_MOST = 200

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_SECONDS = (0.1, 1, 10, 60)

JOBS = Counter("hubshare_jobs", "Tries of jobs that have ended.", ["kind", "outcome"], registry=REGISTRY)
JOB_SECONDS = Histogram(
    "hubshare_job_seconds", "How long a try of a job ran.", ["queue"], buckets=_SECONDS, registry=REGISTRY
)
JOB_WAIT_SECONDS = Histogram(
    "hubshare_job_wait_seconds",
    "How long a job waited from when it was asked for until its first try began.",
    ["queue"],
    buckets=_SECONDS,
    registry=REGISTRY,
)

FAN_OUT_SECONDS = Histogram(
    "hubshare_fan_out_seconds",
    "How long it took from when a branch had moved until all who follow had been told.",
    buckets=(0.01, 0.1, 1, 10),
    registry=REGISTRY,
)

#: A metric with its samples, as plain values: name, kind, help, and of each sample name, labels, value.
Plain = list[Any]


def encode_samples(registry: CollectorRegistry = REGISTRY) -> list[Plain]:
    """All samples of a registry as plain values, without the times at which counters were begun."""
    return [
        [
            family.name,
            family.type,
            family.documentation,
            [[one.name, one.labels, one.value] for one in family.samples if not one.name.endswith("_created")],
        ]
        for family in registry.collect()
    ]


class OfProcesses(Collector):
    """The samples of several processes as one, told apart by labels.

    Args:
        found: the labels of each process, and what `encode_samples` gave there.
    """

    def __init__(self, found: Iterable[tuple[dict[str, str], list[Plain]]]) -> None:
        self._found = list(found)

    def collect(self) -> Iterable[Metric]:
        families: dict[str, Metric] = {}
        for labels, plain in self._found:
            for name, kind, words, samples in plain:
                family = families.setdefault(name, Metric(name, words, kind))
                for sample, own, value in samples:
                    family.add_sample(sample, {**own, **labels}, value)
        return families.values()
