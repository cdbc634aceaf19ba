"""Metrics are documented, few, and what Prometheus and Grafana are told to ask for exists."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hubshare_workers.declare import all_jobs
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.metrics_core import Metric

from hubshare import metrics
from hubshare.metrics import OfProcesses, encode_samples
from hubshare.operations.ops.metrics import Now
from hubshare.operations.ops.server_metrics import OfServers
from hubshare.store.usage import Figures
from tests.helpers.sights import WELL

ROOT = Path(__file__).parents[3]
LATER = datetime(2026, 11, 1, 12)
#: Ten servers: from 100 to 1,000 bytes of 1,000, a quarter of a processor, idle for an hour each more, heard of five minutes
#: ago each more, with a disk that is full to nine tenths; and one that says little.
SERVERS = [
    *(
        Figures(
            100 * number,
            250,
            LATER - timedelta(hours=number),
            LATER - timedelta(minutes=5 * number),
            1000,
            90 + number,
            100,
        )
        for number in range(1, 11)
    ),
    Figures(None, None, LATER - timedelta(seconds=5), LATER),
    Figures(5, None, LATER - timedelta(seconds=5), LATER, None, 90, 101),
]
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="promtool is not there: it is in Debian's package prometheus"
)


@pytest.fixture(scope="module")
def counted() -> CollectorRegistry:
    """A registry in which each job of HubShare has ended in each way."""
    for job in all_jobs():
        for outcome in ("done", "retry", "dead"):
            metrics.JOBS.labels(job.name, outcome)
        metrics.JOB_SECONDS.labels(job.queue)
        metrics.JOB_WAIT_SECONDS.labels(job.queue)
    return metrics.REGISTRY


@pytest.fixture(scope="module")
def shown(counted: CollectorRegistry) -> str:
    """All that is shown, of two processes."""
    registry = CollectorRegistry()
    registry.register(Now(WELL))
    registry.register(OfServers(SERVERS, LATER))
    plain = json.loads(json.dumps(encode_samples(counted)))
    places = ({"process": f"host:{pid}", "part": "worker"} for pid in (1, 2))
    registry.register(OfProcesses((place, plain) for place in places))
    return generate_latest(registry).decode()


def names(found: str) -> set[str]:
    return set(re.findall(r"^# TYPE (\S+)", found, re.MULTILINE))


def test_a_process_has_few_series_whatever_it_did(counted: CollectorRegistry) -> None:
    assert sum(len(samples) for *_, samples in encode_samples(counted)) <= metrics.SERIES_MOST


def test_every_metric_is_documented_and_every_documented_one_exists(shown: str) -> None:
    text = (ROOT / "docs/reference/metrics.md").read_text()
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == names(shown)


def test_no_label_names_a_person_or_a_project(shown: str) -> None:
    labels = set(re.findall(r'[{,](\w+)="', shown))
    assert labels <= {"part", "severity", "state", "queue", "of", "kind", "outcome", "process", "le", "percentile"}


def test_processes_are_told_apart(shown: str) -> None:
    assert shown.count('process="host:1"') == shown.count('process="host:2"') > 10
    assert shown.count("# TYPE hubshare_jobs_total counter") == 1


def test_what_does_not_answer_is_left_out_and_said() -> None:
    registry = CollectorRegistry()
    registry.register(Now(replace(WELL, redis=None, queues=None, database_seconds=None)))
    found = generate_latest(registry).decode()
    assert 'hubshare_up{part="redis"} 0.0' in found and "hubshare_redis_seconds" not in found
    assert 'hubshare_findings{severity="broken"} 2.0' in found


def test_values_come_through_as_they_were() -> None:
    registry = CollectorRegistry()
    Counter("tries", "Some.", ["kind"], registry=registry).labels('a "quoted"\nname').inc(3)
    both = CollectorRegistry()
    both.register(OfProcesses([({"process": "h:1"}, json.loads(json.dumps(encode_samples(registry))))]))
    assert both.get_sample_value("tries_total", {"kind": 'a "quoted"\nname', "process": "h:1"}) == 3


def board() -> Iterable[str]:
    found: Any = json.loads((ROOT / "compose/grafana/hubshare.json").read_text())
    return [target["expr"] for panel in found["panels"] for target in panel["targets"]]


def rules() -> Iterable[str]:
    text = (ROOT / "compose/prometheus/rules.yml").read_text()
    return re.findall(r"expr: (.*)", text)


def test_all_that_is_asked_for_exists(shown: str) -> None:
    families: list[Metric] = [family for family in OfProcesses([({}, encode_samples())]).collect()]
    samples = {sample.name for family in families for sample in family.samples} | names(shown)
    for expression in (*board(), *rules()):
        asked = set(re.findall(r"\b(?:hubshare|process)_\w+", expression))
        assert asked and asked <= samples, expression


@needs_promtool
def test_prometheus_finds_no_fault(shown: str, tmp_path: Path) -> None:
    def promtool(*arguments: str, said: str = "") -> None:
        done = subprocess.run([str(PROMTOOL), *arguments], input=said, text=True, capture_output=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr

    promtool("check", "metrics", said=shown)
    promtool("check", "rules", str(ROOT / "compose/prometheus/rules.yml"))
    promtool("test", "rules", str(ROOT / "compose/prometheus/rules_test.yml"))
    # The expressions of the board, as rules.
    asked = [
        {"record": f"board:{at}", "expr": expression.replace("$__rate_interval", "5m")}
        for at, expression in enumerate(board())
    ]
    (tmp_path / "board.yml").write_text(json.dumps({"groups": [{"name": "board", "rules": asked}]}))
    promtool("check", "rules", str(tmp_path / "board.yml"))


def test_servers_are_told_by_sums_and_by_how_they_are_spread(shown: str) -> None:
    for line in (
        'hubshare_servers{state="at work"} 2.0',
        'hubshare_servers_near_limit{of="memory"} 2.0',
        'hubshare_servers_near_limit{of="disk"} 10.0',
        "hubshare_servers_silent 6.0",
        'hubshare_servers{state="idle"} 10.0',
        "hubshare_servers_memory_bytes 5505.0",
        "hubshare_servers_processors 2.5",
        'hubshare_server_memory_bytes{percentile="50"} 500.0',
        'hubshare_server_memory_bytes{percentile="90"} 900.0',
        'hubshare_server_memory_bytes{percentile="100"} 1000.0',
        'hubshare_server_idle_seconds{percentile="100"} 36000.0',
    ):
        assert f"{line}\n" in shown


def test_where_no_server_runs_nothing_is_spread() -> None:
    registry = CollectorRegistry()
    registry.register(OfServers([], LATER))
    found = generate_latest(registry).decode()
    assert "hubshare_servers_memory_bytes 0.0" in found and "percentile" not in found
