"""What a server uses, read from control groups as kernels show them, and when something was done there last."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hubshare_agents.jupyter.activity import Activity, kernels_told
from hubshare_agents.monitoring.cgroups import read_cgroups
from hubshare_agents.monitoring.processes import read_processes
from hubshare_agents.monitoring.usage import Usage, cpu_rate, with_limits_of
from jupyter_server.base.handlers import APIHandler

MIB = 2**20
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text + "\n")
    return root


VERSION_2 = {
    "memory.current": str(300 * MIB),
    "memory.max": str(512 * MIB),
    "memory.stat": f"anon 1\ninactive_file {100 * MIB}\nactive_file 7",
    "cpu.stat": "usage_usec 2500000\nuser_usec 1",
    "cpu.max": "150000 100000",
    "pids.current": "12",
}
VERSION_1 = {
    "memory/memory.usage_in_bytes": str(300 * MIB),
    "memory/memory.limit_in_bytes": str(512 * MIB),
    "memory/memory.stat": f"inactive_file 1\ntotal_inactive_file {100 * MIB}",
    "cpuacct/cpuacct.usage": "2500000000",
    "cpu/cpu.cfs_quota_us": "150000",
    "cpu/cpu.cfs_period_us": "100000",
    "pids/pids.current": "12",
}


@pytest.mark.parametrize("files", [VERSION_2, VERSION_1], ids=["version 2", "version 1"])
def test_both_versions_of_control_groups_are_read(tmp_path: Path, files: dict[str, str]) -> None:
    assert read_cgroups(tree(tmp_path, files)) == Usage(200 * MIB, 512 * MIB, 2.5, 1.5, 12)


@pytest.mark.parametrize(
    "files",
    [
        VERSION_2 | {"memory.max": "max", "cpu.max": "max 100000"},
        VERSION_1 | {"memory/memory.limit_in_bytes": str(2**63 - 4096), "cpu/cpu.cfs_quota_us": "-1"},
    ],
    ids=["version 2", "version 1"],
)
def test_no_limit_is_none_unless_the_hub_has_told_one(tmp_path: Path, files: dict[str, str]) -> None:
    found = read_cgroups(tree(tmp_path, files))
    assert found is not None and (found.memory_limit, found.cpu_limit) == (None, None)
    told = with_limits_of(found, {"MEM_LIMIT": str(MIB), "CPU_LIMIT": "0.5"})
    assert (told.memory_limit, told.cpu_limit) == (MIB, 0.5)
    assert with_limits_of(told, {"MEM_LIMIT": "7", "CPU_LIMIT": "7"}) == told, "the kernel's own word counts first"
    assert with_limits_of(found, {"MEM_LIMIT": "none", "CPU_LIMIT": ""}) == found


def test_what_cannot_be_is_never_told(tmp_path: Path) -> None:
    # The counts are not of one moment, and a period of nothing is no limit.
    found = read_cgroups(
        tree(tmp_path, VERSION_2 | {"memory.current": str(MIB), "cpu.max": "150000 0", "pids.current": "many"})
    )
    assert found is not None and (found.memory, found.cpu_limit, found.processes) == (0, None, None)


def test_what_is_no_containers_own_is_not_read(tmp_path: Path) -> None:
    assert read_cgroups(tree(tmp_path / "host", VERSION_1 | {"memory/release_agent": ""})) is None
    assert read_cgroups(tmp_path) is None


def test_files_that_say_nothing_leave_gaps(tmp_path: Path) -> None:
    assert read_cgroups(tree(tmp_path, {"memory.current": "many"})) == Usage()


def test_the_processes_of_a_server_are_counted_with_what_they_start() -> None:
    alone = read_processes()
    hold = "import sys; held = bytearray(64 << 20); held[::4096] = b'1' * (16 << 10); print(1, flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None and child.stdin is not None
        child.stdout.readline()
        more = read_processes()
        child.stdin.close()
    assert alone.memory and more.memory and more.memory - alone.memory > 48 * MIB
    assert more.processes and alone.processes and more.processes > alone.processes


def test_the_rate_of_processors_is_never_less_than_nothing() -> None:
    assert cpu_rate(Usage(cpu_seconds=2), Usage(cpu_seconds=5), 2) == 1.5
    assert cpu_rate(Usage(cpu_seconds=5), Usage(cpu_seconds=2), 2) == 0
    assert cpu_rate(Usage(), Usage(cpu_seconds=2), 2) is None


# activity


class Request:
    """A request to the API, as far as counting it goes."""

    _track_activity, _jupyter_current_user = True, "alice"

    def __init__(self, settings: dict[str, Any], method: str) -> None:
        self.settings, self.request = settings, SimpleNamespace(method=method)

    def get_argument(self, name: str, default: object) -> object:
        return default


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    # What listens is taken away again.
    monkeypatch.setattr(APIHandler, "update_api_activity", APIHandler.update_api_activity)
    return {"started": NOW - timedelta(hours=5), "last_activity_times": {}}


def send(settings: dict[str, Any], method: str) -> None:
    APIHandler.update_api_activity(Request(settings, method))


@pytest.mark.parametrize("alone", [True, False])
def test_looks_are_no_work_and_acts_are(settings: dict[str, Any], alone: bool) -> None:
    activity = Activity(settings, alone)
    activity.listen()
    send(settings, "GET")
    assert activity.last(NOW - timedelta(hours=4)) == NOW - timedelta(hours=4)
    assert ("api_last_activity" in settings) is not alone, "the server itself counts looks unless it is told not to"
    send(settings, "PUT")
    send(settings, "GET")
    assert activity.last(NOW - timedelta(hours=4)) == settings["hubshare_last_activity"]
    assert settings["hubshare_last_activity"] > settings["started"]


def test_what_an_application_behind_the_server_is_asked_is_work(settings: dict[str, Any]) -> None:
    activity = Activity(settings, True)
    activity.listen()
    settings["api_last_activity"] = NOW
    send(settings, "GET")
    assert activity.last(NOW - timedelta(hours=4)) == NOW


def test_a_document_that_people_edit_together_is_work_when_it_changes(settings: dict[str, Any]) -> None:
    activity, before = Activity(settings, True), NOW - timedelta(hours=4)
    activity.note_shared({"a.ipynb": b"1"}, NOW)
    activity.note_shared({"a.ipynb": b"1", "b.ipynb": b"1"}, NOW)
    assert activity.last(before) == before, "to open one is none"
    activity.note_shared({"a.ipynb": b"2"}, NOW)
    assert activity.last(before) == NOW
    activity.note(before)
    assert activity.last(before) == NOW, "what was earlier takes nothing back"


def test_kernels_at_work_come_first() -> None:
    models = [
        {"name": "python3", "execution_state": "idle", "last_activity": "2026-11-01T11:59:00.000000"},
        {"name": "r\n" * 100, "execution_state": "busy", "last_activity": "nonsense"},
    ]
    assert kernels_told(models, NOW, 2) == [
        {"name": "r" * 100, "busy": True, "idle_seconds": 0.0},
        {"name": "python3", "busy": False, "idle_seconds": 60.0},
    ]
    assert len(kernels_told(models, NOW, 1)) == 1
