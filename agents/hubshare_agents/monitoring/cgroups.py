"""Reads control groups: those of version 2, else of version 1 (cgroups(7))."""

from __future__ import annotations

from pathlib import Path

from hubshare_agents.monitoring.usage import Usage, as_limit


def read_cgroups(root: Path = Path("/sys/fs/cgroup")) -> Usage | None:
    """Return what the group that is mounted at a place uses; None where it is none of a container's.

    Args:
        root: where the groups are mounted.
    """
    if (root / "memory.current").exists():
        return _version_2(root)
    # The host's own root has this file, and what it counts is the whole machine's.
    if (root / "memory/memory.usage_in_bytes").exists() and not (root / "memory/release_agent").exists():
        return _version_1(root)
    return None


def _version_2(root: Path) -> Usage:
    quota, _, period = (_read(root / "cpu.max") or "max").partition(" ")
    used = _field(root / "cpu.stat", "usage_usec")
    return Usage(
        memory=_working_set(_number(root / "memory.current"), _field(root / "memory.stat", "inactive_file")),
        memory_limit=as_limit(_read(root / "memory.max")),
        cpu_seconds=None if used is None else used / 1e6,
        cpu_limit=_share(as_limit(quota), as_limit(period)),
        processes=_number(root / "pids.current"),
    )


def _version_1(root: Path) -> Usage:
    memory = root / "memory"
    used = _number(root / "cpuacct/cpuacct.usage")
    quota, period = _read(root / "cpu/cpu.cfs_quota_us"), _read(root / "cpu/cpu.cfs_period_us")
    inactive = _field(memory / "memory.stat", "total_inactive_file")
    return Usage(
        memory=_working_set(_number(memory / "memory.usage_in_bytes"), inactive),
        memory_limit=as_limit(_read(memory / "memory.limit_in_bytes")),
        cpu_seconds=None if used is None else used / 1e9,
        cpu_limit=_share(as_limit(quota), as_limit(period)),
        processes=_number(root / "pids/pids.current"),
    )


def _working_set(used: int | None, inactive: int | None) -> int | None:
    return None if used is None else max(0, used - (inactive or 0))


def _share(quota: int | None, period: int | None) -> float | None:
    return quota / period if quota and period else None


def _read(file: Path) -> str | None:
    try:
        return file.read_text().strip()
    except OSError:
        return None


def _number(file: Path) -> int | None:
    text = _read(file) or ""
    return int(text) if text.isdecimal() else None


def _field(file: Path, name: str) -> int | None:
    for line in (_read(file) or "").splitlines():
        key, _, value = line.partition(" ")
        if key == name and value.isdecimal():
            return int(value)
    return None
