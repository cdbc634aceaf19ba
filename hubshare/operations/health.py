"""Whether all parts of the centre are well."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from hubshare import jobs
from hubshare.bus.house_report import read_faults
from hubshare.bus.intake_report import IntakeReport, read_report
from hubshare.bus.redis_check import read_redis_faults
from hubshare.centre import Centre
from hubshare.jobs.pausing import read_paused
from hubshare.names import count
from hubshare.wire.api.hub import Health

#: With a smaller part of it free, a disk is full.
_FULL = 0.005


def check_health(centre: Centre) -> Health:
    """Return `ok` for each part, or what is wrong with it. Everybody may ask, so nobody is named.

    What housekeeping could not do, and how Redis is set, is told, and is no reason to call the centre not well.
    """
    found = {"database": "ok", "redis": "ok", "workers": "ok", "intake": "ok"}
    faults = settings = 0
    try:
        centre.database.check()
    except Exception:
        found["database"] = "does not answer"
    try:
        if not jobs.alive(centre.bus.redis):
            found["workers"] = "none is running"
        found["intake"] = _intake(read_report(centre.bus.redis), _apply_paused(centre))
        faults = len(read_faults(centre.bus.redis))
        settings = len(read_redis_faults(centre.bus.redis))
    except Exception:
        found["redis"], found["workers"], found["intake"] = "does not answer", "unknown", "unknown"
    found["disk"] = _disk(centre)
    well = all(value == "ok" for value in found.values())
    housekeeping = f"{faults} things cannot be put in order: see the log of the workers" if faults else "ok"
    of_redis = f"{count(settings, 'setting')} should be another one: see the log of the workers" if settings else "ok"
    return Health(status="ok" if well else "not well", **found, housekeeping=housekeeping, redis_settings=of_redis)


def ready_checks(centre: Centre) -> dict[str, Callable[[], str]]:
    """What each part is asked before people are sent here: each says `ok` or what is wrong, raises, or takes its time."""
    return {
        "database": lambda: _takes_changes(centre),
        "redis": lambda: _keeps(centre),
        "workers": lambda: "ok" if jobs.alive(centre.bus.redis) else "none is running",
        "intake": lambda: _intake(read_report(centre.bus.redis), _apply_paused(centre)),
        "disk": lambda: _disk(centre),
    }


def _takes_changes(centre: Centre) -> str:
    # One that is locked can be read all the same, and nothing can be pushed.
    with centre.database.begin("readiness"):
        return "ok"


def _keeps(centre: Centre) -> str:
    # One that is full, or only a replica, answers all the same.
    centre.bus.redis.set("hubshare:ready", 1, ex=60)
    return "ok"


def _disk(centre: Centre) -> str:
    try:
        usage = shutil.disk_usage(centre.settings.data)
    except OSError:
        return "the data folder is not there"
    return "ok" if usage.free > _FULL * usage.total else "the data folder has no room left"


def _apply_paused(centre: Centre) -> bool:
    return bool({f"queue:{jobs.APPLY_QUEUE}", f"kind:{jobs.APPLY.name}"} & read_paused(centre.bus.redis))


def _intake(report: IntakeReport | None, paused: bool = False) -> str:
    if report is None:
        return "no worker process reads the outboxes"
    # What an admin has paused waits because that was wanted.
    if report.waits_seconds and not paused:
        return (
            f"a message waits for {report.waits_seconds:.0f} s, and was not taken up by worker process {report.process}"
        )
    return "ok"
