"""Queues: what waits in them, for how long, whose it is, and whether anybody takes it."""

from __future__ import annotations

from collections import defaultdict

import redis

from hubshare.bus.intake_report import read_report
from hubshare.bus.processes import SeenProcess, read_processes
from hubshare.centre import Centre
from hubshare.errors import Unavailable
from hubshare.jobs import APPLY_QUEUE, JOBS
from hubshare.jobs.depths import read_depths
from hubshare.operations.caller import Caller
from hubshare.operations.ops import check_may_see
from hubshare.operations.ops.history import read_by_minute
from hubshare.store import pauses
from hubshare.wire.api.ops import Pause, Queue, Queues


def list_queues(caller: Caller, centre: Centre) -> Queues:
    """All queues, for those who run the Hub.

    Raises:
        Forbidden: for everybody else.
        Unavailable: Redis or the database does not answer.
    """
    check_may_see(caller)
    found, (ended, waited) = read_queues(centre), read_by_minute(centre)
    queue_of = {kind: queue.name for queue in found.queues for kind in queue.kinds}
    for queue in found.queues:
        # What agents send is counted as what it is: a push, a pull or a sync.
        counts = [numbers for kind, numbers in ended.items() if queue_of.get(kind, APPLY_QUEUE) == queue.name]
        queue.ended_by_minute = [sum(numbers) for numbers in zip(*counts, strict=True)]
        queue.waiting_by_minute = waited.get(queue.name, [])
    return found


def read_queues(centre: Centre) -> Queues:
    """All queues.

    Raises:
        Unavailable: Redis or the database does not answer.
    """
    with centre.database.read() as session:
        paused = [Pause.model_validate(row, from_attributes=True) for row in pauses.pauses(session)]
    try:
        seen = read_processes(centre.bus.redis)
        kinds = _kinds_of(seen)
        by_queue = defaultdict(list)
        for kind, queue in sorted(kinds.items()):
            by_queue[queue].append(kind)
        depths = read_depths(centre.bus.redis, sorted(by_queue))
        report = read_report(centre.bus.redis)
    except redis.RedisError as error:
        raise Unavailable("HubShare's Redis does not answer: try again in a moment.") from error
    names = {pause.what for pause in paused}
    takers = [set(one.report.kinds.values()) for one in seen if one.takes_jobs]
    return Queues(
        queues=[
            Queue(
                name=depth.queue,
                kinds=by_queue[depth.queue],
                waiting=depth.waiting,
                running=depth.running,
                delayed=depth.delayed,
                dead=depth.dead,
                aside=depth.aside,
                oldest_seconds=depth.oldest_seconds,
                people=dict(depth.people),
                paused=f"queue:{depth.queue}" in names,
                workers=sum(depth.queue in taken for taken in takers),
            )
            for depth in depths
        ],
        pauses=paused,
        outbox_messages=report.messages if report else None,
        outbox_oldest_seconds=report.oldest_seconds if report else 0.0,
    )


def known_kinds(centre: Centre) -> dict[str, str]:
    """The queue of each kind of jobs, by its name: HubShare's own ones, and those that workers say they carry out.

    Raises:
        Unavailable: Redis does not answer.
    """
    try:
        return _kinds_of(read_processes(centre.bus.redis))
    except redis.RedisError as error:
        raise Unavailable("HubShare's Redis does not answer: try again in a moment.") from error


def _kinds_of(seen: list[SeenProcess]) -> dict[str, str]:
    kinds = {job.name: job.queue for job in JOBS}
    for one in seen:
        kinds |= one.report.kinds
    return kinds
