"""What all servers use together, as metrics: sums and how it is spread, never whose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

#: So many of a hundred servers have at most what is told.
_PERCENTILES = (50, 90, 99, 100)
#: A server where something was done within so many seconds is at work.
_AT_WORK_SECONDS = 600


class OfServers(Collector):
    """The servers that run.

    Args:
        figures: of each the memory in bytes and the processors in thousandths, None where not told, and the last activity.
        now: UTC, without a zone.
    """

    def __init__(self, figures: Iterable[tuple[int | None, int | None, datetime]], now: datetime) -> None:
        self._figures, self._now = list(figures), now

    def collect(self) -> Iterable[Metric]:
        idle = sorted(max(0.0, (self._now - active).total_seconds()) for _, _, active in self._figures)
        memory = sorted(one for one, _, _ in self._figures if one is not None)
        cpu = sorted(one / 1000 for _, one, _ in self._figures if one is not None)
        servers = GaugeMetricFamily("hubshare_servers", "Servers that have reported lately.", labels=["state"])
        at_work = sum(seconds < _AT_WORK_SECONDS for seconds in idle)
        servers.add_metric(["at work"], at_work)
        servers.add_metric(["idle"], len(idle) - at_work)
        yield servers
        yield GaugeMetricFamily("hubshare_servers_memory_bytes", "What they hold in memory together.", sum(memory))
        yield GaugeMetricFamily("hubshare_servers_processors", "Processors at work for them.", sum(cpu))
        yield _spread("hubshare_server_memory_bytes", "What one of them holds in memory.", memory)
        yield _spread("hubshare_server_processors", "Processors at work for one of them.", cpu)
        yield _spread("hubshare_server_idle_seconds", "For how long nothing was done on one of them.", idle)


def _spread(name: str, words: str, values: Sequence[float]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=["percentile"])
    for percentile in _PERCENTILES if values else ():
        # The nearest rank.
        family.add_metric([str(percentile)], values[max(0, -(-len(values) * percentile // 100) - 1)])
    return family
