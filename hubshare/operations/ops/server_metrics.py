"""What all servers use together, as metrics: sums and how it is spread, never whose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hubshare.store.usage import Figures

#: So many of a hundred servers have at most what is told.
_PERCENTILES = (50, 90, 99, 100)
#: A server where something was done within so many seconds is at work.
_AT_WORK_SECONDS = 600
#: Servers report every 15 minutes at the latest.
_SILENT_SECONDS = 1200
#: Which part of a limit is near it.
_NEAR = 0.9


class OfServers(Collector):
    """The servers that run.

    Args:
        figures: of each of them.
        now: UTC, without a zone.
    """

    def __init__(self, figures: Iterable[Figures], now: datetime) -> None:
        self._figures, self._now = list(figures), now

    def collect(self) -> Iterable[Metric]:
        idle = sorted(
            max(0.0, (self._now - active).total_seconds()) for active in (one.active for one in self._figures)
        )
        memory = sorted(one.memory for one in self._figures if one.memory is not None)
        cpu = sorted(one.cpu / 1000 for one in self._figures if one.cpu is not None)
        servers = GaugeMetricFamily("hubshare_servers", "Servers that have reported lately.", labels=["state"])
        at_work = sum(seconds < _AT_WORK_SECONDS for seconds in idle)
        servers.add_metric(["at work"], at_work)
        servers.add_metric(["idle"], len(idle) - at_work)
        yield servers
        near = GaugeMetricFamily(
            "hubshare_servers_near_limit", "Servers that use nine tenths or more of what they may.", labels=["of"]
        )
        near.add_metric(["memory"], sum(_is_near(one.memory, one.memory_limit) for one in self._figures))
        near.add_metric(["disk"], sum(_is_near(one.disk, one.disk_limit) for one in self._figures))
        yield near
        silent = sum((self._now - one.seen).total_seconds() > _SILENT_SECONDS for one in self._figures)
        yield GaugeMetricFamily("hubshare_servers_silent", "Servers of which nothing was heard for 20 minutes.", silent)
        yield GaugeMetricFamily("hubshare_servers_memory_bytes", "What they hold in memory together.", sum(memory))
        yield GaugeMetricFamily("hubshare_servers_processors", "Processors at work for them.", sum(cpu))
        yield _spread("hubshare_server_memory_bytes", "What one of them holds in memory.", memory)
        yield _spread("hubshare_server_processors", "Processors at work for one of them.", cpu)
        yield _spread("hubshare_server_idle_seconds", "For how long nothing was done on one of them.", idle)


def _is_near(used: int | None, limit: int | None) -> bool:
    return used is not None and bool(limit) and used >= _NEAR * (limit or 0)


def _spread(name: str, words: str, values: Sequence[float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=["percentile"])
    for percentile in _PERCENTILES if values else ():
        # The nearest rank.
        family.add_metric([str(percentile)], values[max(0, -(-len(values) * percentile // 100) - 1)])
    return family
