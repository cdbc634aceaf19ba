"""Looks at all parts of the centre at once, so that `find_causes` can say what is wrong."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from typing import Any

import redis

from hubshare.bus.floods import floods
from hubshare.bus.mail_host import read_mail_fault
from hubshare.centre import Centre
from hubshare.errors import Unavailable
from hubshare.git.lock import BUSY
from hubshare.jobs.journal import clock, seconds_behind
from hubshare.operations.caller import Caller
from hubshare.operations.ops import check_may_see
from hubshare.operations.ops.queues import read_queues
from hubshare.operations.ops.stuck import Busy, Disk, Held, Redis, Sight, find_causes
from hubshare.operations.ops.workers import read_workers
from hubshare.store.job_list import JobFilter, list_jobs
from hubshare.store.job_rows import journal_place
from hubshare.store.projects import names_of
from hubshare.store.publications import held_pushes
from hubshare.wire.api.ops import Overview

#: A push that was held up longer ago than this, in seconds, is told of no more: its agent asks again when something is new.
_HELD_SECONDS = 3600
#: So many jobs that wait for their next try, and so many that run, are looked at.
_TRIES_MOST = 100


def show_overview(caller: Caller, centre: Centre) -> Overview:
    """Whether sharing is healthy, and if not, why; for those who run the Hub. What cannot be asked is a finding.

    Raises:
        Forbidden: for everybody else.
    """
    check_may_see(caller)
    return read_overview(centre)


def read_overview(centre: Centre) -> Overview:
    """Whether sharing is healthy, and if not, why."""
    seen = look(centre)
    findings = find_causes(seen)
    workers = [one for one in seen.workers if one.threads and not one.lost and not one.ending]
    queues = seen.queues.queues if seen.queues else []
    return Overview(
        healthy=all(one.severity == "notice" for one in findings),
        findings=findings,
        workers=len(workers),
        busy=sum(one.busy for one in workers),
        threads=sum(one.threads for one in workers),
        waiting=sum(queue.waiting for queue in queues),
        dead=sum(queue.dead for queue in queues),
        oldest_seconds=max((queue.oldest_seconds for queue in queues), default=0.0),
        outbox_messages=seen.queues.outbox_messages if seen.queues else None,
        outbox_oldest_seconds=seen.queues.outbox_oldest_seconds if seen.queues else 0.0,
        journal_seconds=seen.journal_seconds,
        redis_seconds=seen.redis.seconds if seen.redis else None,
        redis_bytes=seen.redis.used if seen.redis else 0,
        redis_most_bytes=seen.redis.most if seen.redis else 0,
        database_seconds=seen.database_seconds,
        database_bytes=_database_bytes(centre) if seen.database_seconds is not None else None,
        database_connections=centre.database.in_use,
        disk_free_bytes=min((disk.free for disk in seen.disks), default=0),
    )


def look(centre: Centre) -> Sight:
    """Look at everything; what does not answer is left out."""
    database = _look_at_database(centre)
    found = _look_at_redis(centre)
    workers, queues, flooded, fault = [], None, [], None
    if found is not None and database is not None:
        try:
            workers, queues = read_workers(centre), read_queues(centre)
            flooded = floods(centre.bus.redis)
            fault = read_mail_fault(centre.bus.redis) if centre.settings.smtp_host else None
        except (Unavailable, redis.RedisError):
            found = None
    return Sight(
        found,
        database,
        _look_at_disks(centre),
        workers,
        queues,
        flooded,
        _look_at_held(centre) if database is not None else [],
        fault.words if fault else "",
        _look_at_busy(centre) if database is not None else [],
        _look_at_journal(centre) if found is not None and database is not None else None,
    )


def _look_at_database(centre: Centre) -> float | None:
    begun = time.monotonic()
    try:
        centre.database.check()
    except Unavailable:
        return None
    return time.monotonic() - begun


def _database_bytes(centre: Centre) -> int | None:
    try:
        return centre.database.size()
    except Unavailable:
        return None


def _look_at_redis(centre: Centre) -> Redis | None:
    begun = time.monotonic()
    try:
        memory, saving = centre.bus.redis.info("memory"), centre.bus.redis.info("persistence")
    except redis.RedisError:
        return None
    seconds = time.monotonic() - begun
    used, most = int(memory.get("used_memory", 0)), int(memory.get("maxmemory", 0))
    refuses = ""
    if most and used >= most:
        refuses = "OOM command not allowed when used memory > 'maxmemory'"
    elif saving.get("aof_last_write_status") == "err":
        refuses = "MISCONF errors writing to the AOF file"
    return Redis(used, most, refuses, seconds)


def _look_at_disks(centre: Centre) -> list[Disk]:
    found: list[Disk] = []
    for what, path in (("the data folder", centre.settings.data), ("the repositories", centre.settings.repositories)):
        try:
            usage = shutil.disk_usage(path)
        except OSError:
            continue
        if (usage.free, usage.total) not in [(disk.free, disk.total) for disk in found]:
            found.append(Disk(what, usage.free, usage.total))
    return found


def _look_at_held(centre: Centre) -> list[Held]:
    try:
        with centre.database.read() as session:
            return [Held(*row) for row in held_pushes(session, _HELD_SECONDS)]
    except Unavailable:
        return []


def _look_at_journal(centre: Centre) -> float | None:
    try:
        with centre.database.read() as session:
            place = journal_place(session)
        return seconds_behind(centre.bus.redis, place)
    except (Unavailable, redis.RedisError):
        return None


def _look_at_busy(centre: Centre) -> list[Busy]:
    """Jobs that have found their project busy, and have not ended."""
    try:
        with centre.database.read() as session:
            rows = [
                row
                for state in ("waiting", "running")
                for row in list_jobs(session, JobFilter(state=state), None, _TRIES_MOST)
            ]
            first = {row: next((one["at"] for one in row.timeline if _is_busy(one)), None) for row in rows}
            names = names_of(session, {row.project_id for row, at in first.items() if at is not None})
            at_once = clock()
            return [
                Busy(names[row.project_id], row.user, row.kind, (at_once - at) / 1000)
                for row, at in first.items()
                if at is not None and row.project_id in names
            ]
    except Unavailable:
        return []


def _is_busy(step: Mapping[str, Any]) -> bool:
    return step["state"] == "waiting" and str(step.get("error", "")).endswith(BUSY)
