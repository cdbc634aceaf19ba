"""What keeps sharing from working, and the cause of it by name: a pure function of what was seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hubshare.bus.processes import LOST_SECONDS, SILENT_SECONDS
from hubshare.names import count, quoted
from hubshare.operations.ops.words import duration
from hubshare.wire.api.ops import Finding, Queue, Queues, RunningJob, WorkerProcess

#: Longer waits for the lock of a project are told of, and longer waits of a queue all of whose workers are busy, in seconds.
LOCK_SECONDS, QUEUE_SECONDS = 5.0, 30.0
#: A job that finds a project busy for longer than this, try after try, is told of, in seconds.
BUSY_SECONDS = 10.0
#: A message of an agent that waits for longer than this is told of, in seconds.
OUTBOX_SECONDS = 60.0
#: The jobs of a process that says nothing go to others after so many seconds.
TAKEN_OVER_SECONDS = LOST_SECONDS
#: Notes on jobs that are written down later than this are told of, in seconds.
JOURNAL_SECONDS = 30.0
#: Clocks that differ by more than this are told of, in seconds.
SKEW_SECONDS = 5.0
#: A database that takes longer for a look is told of, in seconds.
DATABASE_SECONDS = 2.0
#: A disk or a Redis that is fuller than this is told of.
NEARLY_FULL = 0.95


@dataclass(frozen=True)
class Disk:
    """A file system that something lies on, in bytes."""

    what: str
    free: int
    total: int


@dataclass(frozen=True)
class Redis:
    """What Redis says of itself.

    Attributes:
        used, most: bytes; `most` is 0 for no limit.
        refuses: why it takes nothing new, in its words; "" where it does.
        seconds: for how long it took to answer.
    """

    used: int = 0
    most: int = 0
    refuses: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Busy:
    """A job that found a project busy, and waits for its next try.

    Attributes:
        seconds: since it found that first.
    """

    project: str
    person: str
    kind: str
    seconds: float


@dataclass(frozen=True)
class Held:
    """A push that waits for somebody: many files would be deleted."""

    project: str
    person: str
    seconds: float


@dataclass(frozen=True)
class Sight:
    """All that was seen at one moment.

    Attributes:
        redis: None where it does not answer.
        queues: None where they could not be read.
        database_seconds: for how long a look took; None where the database does not answer.
        mail: why the mail server takes nothing; "" where it does.
        journal_seconds: for how long the oldest note on a job waits to be written down; None where that cannot be asked.
        floods: people whose outbox was over its limits, with the seconds until they are listened to again.
    """

    redis: Redis | None
    database_seconds: float | None
    disks: Sequence[Disk] = ()
    workers: Sequence[WorkerProcess] = ()
    queues: Queues | None = None
    floods: Sequence[tuple[str, float]] = ()
    held: Sequence[Held] = field(default_factory=tuple)
    mail: str = ""
    busy: Sequence[Busy] = ()
    journal_seconds: float | None = 0.0


def find_causes(seen: Sight) -> list[Finding]:
    """What is wrong, the worst first: what keeps everybody from sharing, then what keeps some, then what is to be known."""
    found = [
        *_of_redis(seen),
        *_of_database(seen),
        *_of_disks(seen),
        *_of_processes(seen),
        *_of_queues(seen),
        *_of_locks(seen),
        *_of_outboxes(seen),
        *_of_people(seen),
        *_of_mail(seen),
        *_of_journal(seen),
    ]
    ranks = {"broken": 0, "stuck": 1, "notice": 2}
    return sorted(found, key=lambda one: ranks[one.severity])


def _of_redis(seen: Sight) -> Iterator[Finding]:
    if seen.redis is None:
        yield Finding(
            code="redis-away", severity="broken", words="Redis does not answer: nothing is taken up until it does."
        )
        return
    if seen.redis.refuses:
        words = (
            f"Redis takes nothing new ({quoted(seen.redis.refuses)}): pushes wait on people's servers until it does."
        )
        yield Finding(code="redis-full", severity="broken", words=words)
    elif seen.redis.most and seen.redis.used > NEARLY_FULL * seen.redis.most:
        words = f"Redis is nearly full: {_size(seen.redis.used)} of {_size(seen.redis.most)}. Raise `maxmemory`."
        yield Finding(code="redis-nearly-full", severity="stuck", words=words)


def _of_database(seen: Sight) -> Iterator[Finding]:
    if seen.database_seconds is None:
        words = "The database does not answer, or somebody holds it locked: nothing is published until it does."
        yield Finding(code="database-away", severity="broken", words=words)
    elif seen.database_seconds > DATABASE_SECONDS:
        words = (
            f"The database is slow: one look took {duration(seen.database_seconds)}. Something large runs, or holds it."
        )
        yield Finding(code="database-slow", severity="stuck", words=words)


def _of_mail(seen: Sight) -> Iterator[Finding]:
    if seen.mail:
        words = f"Notifications are not mailed, and wait: {seen.mail}"
        yield Finding(code="mail-fails", severity="notice", words=words)


def _of_journal(seen: Sight) -> Iterator[Finding]:
    if seen.redis is None or seen.database_seconds is None:
        return
    why = ""
    if seen.journal_seconds is None:
        why = "What becomes of jobs cannot be written down: the journal cannot be read."
    elif seen.journal_seconds > JOURNAL_SECONDS:
        why = f"What becomes of jobs is written down late, by {duration(seen.journal_seconds)} so far."
    if why:
        words = f"{why} Lists of jobs and charts are as they were before; jobs run all the same, as queues and workers show."
        yield Finding(code="journal-behind", severity="notice", words=words, list="queues")


def _of_disks(seen: Sight) -> Iterator[Finding]:
    for disk in seen.disks:
        if disk.free < (1 - NEARLY_FULL) * disk.total:
            full = disk.free < 0.005 * disk.total
            how, left = "full" if full else "nearly full", f"{_size(disk.free)} of {_size(disk.total)}"
            words = f"The disk of {disk.what} is {how}: {left} are free."
            yield Finding(
                code="disk-full" if full else "disk-nearly-full", severity="broken" if full else "stuck", words=words
            )


def _of_processes(seen: Sight) -> Iterator[Finding]:
    for one in seen.workers:
        place, running = f"{one.host}:{one.pid}", _in_hand(one)
        if one.lost:
            words = f"{one.part.capitalize()} {place} is lost since {one.seen:%H:%M:%S} UTC.{running}"
            open_ = [job for job in one.running if not job.now]
            if open_:
                words += " It goes to other workers." if _others(seen, one) else " No other worker takes it over."
            elif one.running:
                words += f" {'It' if len(one.running) == 1 else 'The first'}: {one.running[0].now}."
            serious = bool(open_) and not _others(seen, one)
            yield Finding(
                code="worker-lost",
                severity="stuck" if serious else "notice",
                words=words,
                list="workers",
                since=one.seen,
            )
        elif one.seen_seconds_ago > SILENT_SECONDS and one.running:
            left = max(0.0, TAKEN_OVER_SECONDS - one.seen_seconds_ago)
            words = f"{place} says nothing since {duration(one.seen_seconds_ago)}.{running}"
            words += f" Others take it over in {duration(left)}."
            yield Finding(code="worker-silent", severity="notice", words=words, list="workers")
        if not one.lost and abs(one.skew_seconds) > SKEW_SECONDS:
            way = "ahead of" if one.skew_seconds > 0 else "behind"
            words = (
                f"The clock of {one.host} is {duration(abs(one.skew_seconds))} {way} that of Redis: set both by NTP."
            )
            yield Finding(code="clock-skew", severity="stuck", words=words, list="workers")


def _in_hand(one: WorkerProcess) -> str:
    if not one.running:
        return ""
    job = one.running[0]
    more = f" and {count(len(one.running) - 1, 'other job')}" if len(one.running) > 1 else ""
    return f" It had {_job(job)}{more} in hand."


def _job(job: RunningJob | Busy) -> str:
    whose = f" of {quoted(job.person)}" if job.person else ""
    return f"{job.kind}{whose}{f' on {job.project}' if job.project else ''}"


def _others(seen: Sight, lost: WorkerProcess) -> bool:
    return any(one.threads and _is_there(one) and not one.quiet and one.name != lost.name for one in seen.workers)


def _is_there(one: WorkerProcess) -> bool:
    return not one.ending and one.seen_seconds_ago <= SILENT_SECONDS


def _of_queues(seen: Sight) -> Iterator[Finding]:
    if seen.queues is None:
        return
    for pause in seen.queues.pauses:
        why = f": {quoted(pause.reason)}" if pause.reason else ""
        waits = _waits_for(seen.queues, pause.what)
        wait = f"{count(waits, 'job')} {'waits' if waits == 1 else 'wait'}"
        words = f"{pause.what} is paused by {quoted(pause.user)}{why}. {wait}."
        yield Finding(
            code="paused", severity="notice", words=words, list="queues", since=pause.since, person=pause.user
        )
    there = [one for one in seen.workers if one.threads and _is_there(one)]
    if all(one.quiet for one in there):
        why = "all that are there were asked to begin no more jobs" if there else _why_none(seen)
        waits = sum(queue.waiting for queue in seen.queues.queues)
        words = f"No worker begins jobs: {why}. {count(waits, 'job')} {'waits' if waits == 1 else 'wait'}."
        yield Finding(code="no-worker", severity="broken", words=words, list="workers")
        return
    for queue in seen.queues.queues:
        if queue.waiting <= sum(queue.aside.values()) or queue.paused:
            continue
        if not queue.workers:
            wait = f"{count(queue.waiting, 'job')} {'waits' if queue.waiting == 1 else 'wait'}"
            words = f"No worker takes jobs of the queue {queue.name}, although others work: {wait}."
            yield Finding(code="no-taker", severity="broken", words=words, list="queues")
        elif queue.oldest_seconds > QUEUE_SECONDS and not queue.running:
            words = f"Nothing of the queue {queue.name} is begun, although workers are there: the oldest job waits for "
            words += f"{_oldest(queue)}."
            yield Finding(code="queue-stands", severity="stuck", words=words, list="queues")
        elif queue.oldest_seconds > QUEUE_SECONDS:
            most = max(queue.people, key=lambda who: queue.people[who], default="")
            whose = f", most of them of {quoted(most)}" if most else ""
            words = f"The queue {queue.name} is behind: {count(queue.waiting, 'job')} wait{whose}, "
            words += f"the oldest for {_oldest(queue)}; {queue.running} run."
            yield Finding(code="queue-behind", severity="stuck", words=words, list="queues", person=most)


def _why_none(seen: Sight) -> str:
    found = [one for one in seen.workers if one.threads and not one.lost]
    if any(one.ending for one in found):
        return "those that are there end once the jobs are over that they have begun"
    if found:
        return f"the last one was heard of {duration(min(one.seen_seconds_ago for one in found))} ago"
    return "none is running"


def _oldest(queue: Queue) -> str:
    return duration(queue.oldest_seconds)


def _waits_for(found: Queues, what: str) -> int:
    """How many jobs wait since something is paused."""
    sort, _, name = what.partition(":")
    if sort == "kind":
        return sum(queue.aside.get(name, 0) for queue in found.queues)
    return sum(queue.waiting for queue in found.queues if queue.name == name)


def _of_locks(seen: Sight) -> Iterator[Finding]:
    holders: dict[str, tuple[WorkerProcess, RunningJob]] = {}
    # A try is over soon: who finds the lock taken waits most of the time for the next one.
    waiting = [one for one in seen.busy if one.seconds > BUSY_SECONDS]
    for one in seen.workers:
        for job in one.running:
            if job.now:
                # Another process has it by now.
                continue
            if job.project and job.step == "holds the lock":
                holders[job.project] = one, job
            elif job.project and job.step and not one.lost and job.step_seconds - one.seen_seconds_ago > LOCK_SECONDS:
                # What it has done since it was heard of, nobody knows.
                waiting.append(Busy(job.project, job.person, job.kind, job.step_seconds))
    longest = {one.project: one for one in sorted(waiting, key=lambda one: one.seconds)}
    for project, waits in longest.items():
        words = f"{_job(waits)} waits for the lock of the repository for {duration(waits.seconds)}"
        if project in holders:
            worker, holder = holders[project]
            lost = ", which is lost" if worker.lost else ""
            words += (
                f", held by {worker.host}:{worker.pid}{lost} for {duration(holder.step_seconds)} to do {holder.kind} of "
                f"{quoted(holder.person)}."
            )
        else:
            words += ", held by none of the workers that are known: something else on the disk may have it."
        yield Finding(code="lock", severity="stuck", words=words, list="workers", project=project, person=waits.person)


def _of_outboxes(seen: Sight) -> Iterator[Finding]:
    if seen.redis is None or seen.queues is None:
        return
    found = seen.queues
    if found.outbox_messages is None:
        words = "No worker process reads what agents send: it waits until one does."
        yield Finding(code="nobody-reads", severity="broken", words=words, list="workers")
    elif found.outbox_oldest_seconds > OUTBOX_SECONDS and not _apply_waits(found):
        oldest = duration(found.outbox_oldest_seconds)
        words = f"{count(found.outbox_messages, 'message')} of agents wait, the oldest for {oldest} at least, "
        words += "and no queue says why: see the log of the workers."
        yield Finding(code="outbox-waits", severity="stuck", words=words, list="queues")
    for person, seconds in seen.floods:
        words = f"The outbox of {quoted(person)} was over its limits: what they send is refused for {duration(seconds)} more."
        yield Finding(code="flood", severity="notice", words=words, person=person)


def _apply_waits(found: Queues) -> bool:
    """Whether something else was said of what agents have sent: it waits in the queue, or that is paused."""
    return any(
        queue.paused or queue.waiting or queue.running or queue.delayed
        for queue in found.queues
        if queue.name == "apply"
    )


def _of_people(seen: Sight) -> Iterator[Finding]:
    for one in seen.held:
        words = f"A push of {quoted(one.person)} to {one.project} waits for a confirmation since it deletes many files."
        yield Finding(code="brake", severity="notice", words=words, project=one.project, person=one.person)


def _size(number: int) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 10 * 1024:
            return f"{number} {unit}"
        number //= 1024
    return f"{number} TiB"
