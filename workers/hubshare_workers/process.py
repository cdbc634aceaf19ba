"""One worker process: intake, jobs and housekeeping. Any number of them share the work.

One that is started with the argument `slow` takes the pushes of those whose work was dear lately, by agents, by git and as
uploads, with the index of that, and does nothing else.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import dramatiq
import redis

from hubshare import jobs, logs, tracing
from hubshare.bus.connections import end_connections
from hubshare.bus.keys import user_of
from hubshare.bus.processes import OwnProcess
from hubshare.bus.redis_check import faults_of, look_at, write_redis_faults
from hubshare.centre import Centre
from hubshare.config import CentreSettings
from hubshare.embedded.installation import embedded_redis_url
from hubshare.embedded.open_files import allow_many_files
from hubshare.errors import HubShareError
from hubshare.jobs.news import tell_moved
from hubshare.operations.ops.bulk_acts import resume_acts
from hubshare.operations.ops.pauses import mirror_pauses
from hubshare.wire.head import read_head
from hubshare_workers.context import Context
from hubshare_workers.declare import all_ends, all_hearing, all_jobs, all_looks, at_once, declare, given_up
from hubshare_workers.intake.intake import Intake
from hubshare_workers.journal.reader import JournalReader
from hubshare_workers.maintenance import sessions
from hubshare_workers.maintenance.change_index import index_all
from hubshare_workers.maintenance.dead_workers import WorkerProcesses
from hubshare_workers.maintenance.reminders import remind_people
from hubshare_workers.middleware import (
    CancelledJobs,
    Counting,
    DeadLetter,
    Heartbeat,
    JobLog,
    Metering,
    NoteJobs,
    RunningJobs,
    Traced,
)
from hubshare_workers.middleware.heartbeat import runs
from hubshare_workers.middleware.job_log import DRAMATIQ_LOG, unexpected
from hubshare_workers.presence import Presence
from hubshare_workers.render.renderer import Renderer
from hubshare_workers.render.sandbox import SandboxLimits
from hubshare_workers.scheduling import interrupt_nobody

log = logging.getLogger(__name__)

_SWITCH_SECONDS = 0.001
#: Where processors are scarce, others go first; what it locks in the database is not held for long even so.
_SLOW_NICENESS = 5
_SLOW_QUEUES = {jobs.APPLY_QUEUE, jobs.GIT_QUEUE, jobs.INDEX_QUEUE}
_LOOK_EVERY = 1
_CONNECTIONS_EVERY = 2.0
_SESSIONS_EVERY = 15
_HOUSEKEEPING_EVERY = 600


def main(lane: str = "") -> None:
    """Work until SIGTERM or SIGINT. What has begun is finished; what is not within 10 s, another process does once more.

    Args:
        lane: `slow` to take only what is in the slow lane of the queue, see `hubshare.jobs.script`.
    """
    slow = lane == "slow"
    logs.configure("INFO")
    tracing.export("hubshare-worker")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It would write down each address that is asked, and these may hold what opens something.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger(DRAMATIQ_LOG).addFilter(unexpected)
    allow_many_files()
    # A thread that computes lets go of the interpreter after that: one whose work is short waits for it at each step.
    sys.setswitchinterval(_SWITCH_SECONDS)
    if slow:
        os.nice(_SLOW_NICENESS)
        interrupt_nobody()
    settings = CentreSettings()
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        # By another thread: this one may be interrupted in the middle of waiting, with the event's lock in its hands.
        signal.signal(name, lambda *_: threading.Thread(target=ended.set).start())
    centre = _open(settings, ended)
    if centre is None:
        return
    found = all_jobs()
    renderer = Renderer(
        SandboxLimits(settings.render_seconds, settings.render_memory_bytes, settings.render_output_bytes),
        settings.render_idle_seconds,
    )
    context = Context(centre, renderer, ended)
    own = OwnProcess(centre.bus.redis, "slow lane" if slow else "worker")
    # Alone the slow lane would not be a Hub that works.
    heartbeat = Heartbeat(centre.bus.redis, report=lambda: presence.report(), counts=not slow)
    broker = jobs.make_broker(
        settings.redis_url.get_secret_value(),
        [
            Traced(),
            JobLog(),
            NoteJobs(),
            RunningJobs(),
            CancelledJobs(),
            Counting(),
            DeadLetter(given_up(context, found)),
            Metering(),
            heartbeat,
        ],
        threads=settings.worker_threads,
        slow=slow,
        at_once=at_once(found),
    )
    declare(broker, context, found)
    broker.emit_after("process_boot")
    queues = _SLOW_QUEUES if slow else None
    # What is taken has a thread at once, whatever else is at work here.
    rooms = at_once(found).items()
    threads = settings.worker_threads + sum(room for queue, room in rooms if queues is None or queue in queues)
    worker = dramatiq.Worker(broker, queues=queues, worker_threads=threads, worker_timeout=1000)
    intake = None if slow else _make_intake(centre, broker)
    kinds = {job.name: job.queue for job in found if queues is None or job.queue in queues}
    presence = Presence(own, broker, threads, kinds, lambda: intake is not None and intake.holds_lease, ended.set)
    with contextlib.suppress(HubShareError, redis.RedisError):
        mirror_pauses(centre)
    worker.start()
    processes = WorkerProcesses(broker, intake.lease if intake else "")
    with contextlib.suppress(redis.RedisError):
        processes.look()
    ours: list[Intake | JournalReader] = [] if intake is None else [intake, JournalReader(centre, all_ends(found))]
    for thread in ours:
        thread.start()
    _run_until_ended(
        centre, broker, ended, processes, lambda: all(thread.is_alive() for thread in ours) and runs(worker)
    )
    heartbeat.take_leave()
    with contextlib.suppress(redis.RedisError):
        presence.end()
        # Whoever looks at the centre looks again.
        tell_moved(centre.bus.redis, [""])
    for thread in ours:
        thread.stop()
    worker.stop()
    with contextlib.suppress(redis.RedisError):
        processes.leave()
        own.leave()
    renderer.close()
    broker.close()


def _make_intake(centre: Centre, broker: dramatiq.Broker) -> Intake:
    return Intake(
        centre.bus,
        centre.settings,
        lambda new: jobs.APPLY.enqueue_all(
            broker,
            [(jobs.OutboxEntry(outbox, entry), user_of(outbox), read_head(head)) for outbox, entry, head in new],
        ),
        lambda user: sessions.close_all(centre, user),
        lambda: sessions.users(centre),
        # It waits in the turn of whoever made it necessary; nobody looks for it among their own jobs.
        lambda project, version, author: jobs.INDEX.enqueue(
            broker, jobs.ProjectToIndex(project, version), author, known={"user": ""}
        ),
        lambda: index_all(centre),
        all_hearing(centre),
    )


def _open(settings: CentreSettings, ended: threading.Event) -> Centre | None:
    """The centre, once the database and Redis answer; they may start later than the workers."""
    centre, told = None, ""
    while not ended.is_set():
        try:
            centre = centre or Centre.open(settings)
            check_redis(centre)
        except (HubShareError, redis.RedisError) as error:
            if str(error) != told:
                log.warning("the workers wait: %s", error)
            told = str(error)
            ended.wait(0.2)
        else:
            return centre
    return None


def check_redis(centre: Centre) -> None:
    """Log what of Redis should be set in another way, and have the service tell of it.

    Raises:
        RedisError: it does not answer.
    """
    client = centre.bus.redis
    client.ping()
    try:
        faults = faults_of(look_at(client))
    except redis.ResponseError as error:
        faults = [f"it cannot be looked at: {error}"]
    for fault in faults:
        log.warning("Redis: %s", fault)
    write_redis_faults(client, faults)


def _run_until_ended(
    centre: Centre,
    broker: dramatiq.Broker,
    ended: threading.Event,
    processes: WorkerProcesses,
    whole: Callable[[], bool],
) -> None:
    """Until the end: look for processes that have died, close sessions whose time is over, now and then order housekeeping.

    Args:
        whole: whether all threads of the process run. If one does not, the process ends: the supervisor starts it again.
    """
    housekept = looked = time.monotonic()
    # The embedded Redis is the centre's alone; another one may have other clients, which are none of ours.
    looks = [] if broker.slow else [mirror_pauses, sessions.close_expired, resume_acts, remind_people, *all_looks()]
    nameless = embedded_redis_url(centre.settings.data) == centre.settings.redis_url.get_secret_value()
    while not ended.wait(_LOOK_EVERY):
        with contextlib.suppress(redis.RedisError):
            processes.look()
            end_connections(centre.bus.redis, nameless=nameless, every=_CONNECTIONS_EVERY)
        if time.monotonic() - looked < _SESSIONS_EVERY:
            continue
        looked = time.monotonic()
        if not whole():
            log.critical("a thread of this worker process has ended: the process ends, to be started again")
            os._exit(1)
        try:
            if time.monotonic() - housekept > _HOUSEKEEPING_EVERY:
                jobs.HOUSEKEEPING.enqueue(broker, jobs.Nothing())
                housekept = time.monotonic()
        except Exception as error:
            log.warning("housekeeping waits: %s", error)
        for look in looks:
            try:
                look(centre)
            except Exception as error:
                log.warning("%s waits: %s", look.__name__, error)


if __name__ == "__main__":
    main(*sys.argv[1:])
