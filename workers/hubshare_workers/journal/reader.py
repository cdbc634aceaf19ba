"""The reader of the journal: one thread in all worker processes, the one that holds a lease, writes notes into the tables.

Which note was the last is a row that changes in the same transaction. So a note counts once, whoever dies when, and two who
both believe that they hold the lease do no harm.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

import redis
from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from hubshare.bus.lease import Lease
from hubshare.bus.streams import messages
from hubshare.centre import Centre
from hubshare.errors import HubShareError
from hubshare.jobs.ends import JobEnd, LeftJob
from hubshare.jobs.journal import JOURNAL, PASSING, Note, clock, decode_notes
from hubshare.jobs.news import tell_moved
from hubshare.jobs.presence import Queued, are_there
from hubshare.store.changes_under_way import checked_out
from hubshare.store.job_rollups import Counts, count_ended, write_counts
from hubshare.store.job_rows import journal_place, read_jobs, write_jobs
from hubshare.store.job_tables import Job, JournalPlace
from hubshare_workers.context import FindEnd
from hubshare_workers.journal.following import JobChanges, changes_of, ended, milliseconds_of, time_of
from hubshare_workers.journal.sampling import sample_queues
from hubshare_workers.journal.telling import tell_of_jobs
from hubshare_workers.journal.token_pushes import TokenPushes

log = logging.getLogger(__name__)

_LEASE, _LEASE_SECONDS = "hubshare:journal-reader", 5.0
_BLOCK_MS = 1000
#: Most entries of the journal for one transaction, and the pause after it: what is read together costs less, and others write
#: meanwhile. Where much is noted it grows up to the longest one: the fewer transactions, the less they cost in all.
_ENTRIES, _PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 128, 0.5, 3.0
#: How often it is looked for jobs of which nothing is noted any more, how many of each state at once, and after how many
#: seconds of silence. A process tells its notes twice a second: what is not told by then was lost.
_SWEEP_SECONDS, _SWEEP_JOBS, _SILENT_SECONDS = 5.0, 250, 10
#: How often it is written down how much lies in the queues.
_SAMPLE_SECONDS = 60.0
_FIRST = "0-0"
_NONE: Mapping[str, FindEnd] = MappingProxyType({})
_PLACE: Table = JournalPlace.__table__  # type: ignore[assignment]
_MOVE = update(_PLACE).where(_PLACE.c.entry == bindparam("begin")).values(entry=bindparam("end"))


class JournalReader(threading.Thread):
    """Reads the journal until `stop`.

    Args:
        centre: has the journal and the tables.
        ends: finds out how a job has ended of whose end no note came, by its name.
    """

    def __init__(self, centre: Centre, ends: Mapping[str, FindEnd] = _NONE) -> None:
        super().__init__(name="journal reader", daemon=True)
        self._centre, self._ends, self._bell = centre, ends, centre.bus.doorbell()
        self._lease = Lease(centre.bus.redis, _LEASE, _LEASE_SECONDS)
        self._pushes = TokenPushes(centre)
        self._ended = threading.Event()
        self._swept = self._sampled = time.monotonic()
        self._place = ""
        self._behind, self._missing = dict.fromkeys(PASSING, 0), set[str]()

    def run(self) -> None:
        """Read as long as this process may. What does not answer is waited for: the notes wait, too."""
        while not self._ended.is_set():
            pause = _PAUSE_SECONDS
            try:
                if not self._lease.hold():
                    self._ended.wait(1)
                    continue
                entries = self.read()
                pause = pause_after(entries)
                self._pushes.write()
                # What is behind has ends to read yet.
                if time.monotonic() - self._swept > _SWEEP_SECONDS and entries < _ENTRIES:
                    self._swept = time.monotonic()
                    self.sweep()
                if time.monotonic() - self._sampled > _SAMPLE_SECONDS:
                    self._sampled = time.monotonic()
                    sample_queues(self._centre)
            except (redis.RedisError, HubShareError) as error:
                log.warning("the journal of jobs waits: %s", error)
                self._ended.wait(1)
            except Exception:
                log.exception("the journal of jobs goes on after an unexpected error")
                self._ended.wait(1)
            self._ended.wait(pause)
        with suppress(HubShareError):
            self._pushes.write(every=0)

    def stop(self) -> None:
        """End soon, and let another process go on."""
        self._ended.set()
        self.join(timeout=3)
        try:
            self._lease.let_go()
        except redis.RedisError:
            log.warning("the lease of the journal runs out by itself: Redis does not answer")

    # the steps of `run`

    def read(self, block: int = _BLOCK_MS) -> int:
        """Write down what was noted since the last time; return how many entries of the journal that were.

        Args:
            block: milliseconds to wait for the first.
        """
        begin = self._place or self._read_place()
        found = [*messages(self._bell.xread({JOURNAL: begin}, count=_ENTRIES, block=block) or [])]
        if not found:
            if begin != _FIRST and self._is_younger(begin):
                self._write([], begin, _FIRST)
            return 0
        notes = [note for message in found for note in decode_notes(message.fields.get(b"notes", b""))]
        end = found[-1].entry
        try:
            changes = self._write(notes, begin, end)
        except HubShareError:
            raise
        except Exception:
            # What cannot be written down must not hold up what comes after it.
            log.exception("%d notes on jobs are left out", len(notes))
            changes = self._write([], begin, end)
        if changes is None:
            return 0
        with self._centre.bus.redis.pipeline(transaction=False) as pipe:
            if changes.users:
                tell_moved(pipe, changes.users, changes.projects)
            pipe.xtrim(JOURNAL, minid=end, approximate=False)
            pipe.execute()
        self._pushes.add(notes)
        return len(found)

    def _read_place(self) -> str:
        with self._centre.database.read() as session:
            return journal_place(session)

    def _is_younger(self, begin: str) -> bool:
        """Whether Redis has lost the journal and begun a new one, by a clock that went back."""
        try:
            newest = self._centre.bus.redis.xinfo_stream(JOURNAL)["last-generated-id"].decode()
        except redis.ResponseError:
            return False
        return _number(newest) < _number(begin)

    def _write(self, notes: Sequence[Note], begin: str, end: str) -> JobChanges | None:
        """Write notes down; return what they tell, None where another process was quicker."""
        (changes, counts), self._place = self._changes(notes), ""
        with self._centre.database.begin("journal") as session:
            if not _move_place(session, begin, end):
                return None
            write_changes(session, changes, counts)
        self._place = end
        return changes

    def _changes(self, notes: Sequence[Note]) -> tuple[JobChanges, Counts]:
        """What notes tell of their jobs. This is found out before others have to wait: only a reader changes these rows."""
        with self._centre.database.read() as session:
            changes = changes_of(read_jobs(session, list({note.job[:32] for note in notes})), notes)
            # Whoever looks at a project is woken by who may have to do with it.
            changes.projects.update(checked_out(session, changes.pushed))
            return changes, count_ended(session, [*map(ended, changes.ended), *changes.stages])

    def sweep(self) -> None:
        """Find jobs of which nothing is noted any more and which the queue does not have: their end was never told.

        What they did may be written down all the same; of the others nobody knows how they ended.
        """
        rows = [*self._silent()]
        there = are_there(
            self._centre.bus.redis, [Queued(row.queue, row.user, row.message, row.attempt) for row in rows]
        )
        missing = {row.id: row for row, is_there in zip(rows, there, strict=True) if not is_there}
        # One that has just ended may still be on its way here.
        lost = [row for name, row in missing.items() if name in self._missing]
        self._missing = missing.keys() - {row.id for row in lost}
        if lost:
            changes, counts = self._changes([self._end_of(row) for row in lost])
            with self._centre.database.begin("journal") as session:
                write_changes(session, changes, counts)
            tell_moved(self._centre.bus.redis, changes.users, changes.projects)

    def _silent(self) -> Iterator[Job]:
        """Some jobs of which nothing was noted for a while, others each time, and those again that were missing."""
        silent = select(Job).where(Job.moved < time_of(clock() - _SILENT_SECONDS * 1000))
        with self._centre.database.read() as session:
            yield from session.scalars(silent.where(Job.id.in_(self._missing), Job.state.in_(PASSING)))
            for state in PASSING:
                some = silent.where(Job.state == state, Job.number > self._behind[state], Job.id.not_in(self._missing))
                rows = [*session.scalars(some.order_by(Job.number).limit(_SWEEP_JOBS))]
                self._behind[state] = rows[-1].number if len(rows) == _SWEEP_JOBS else 0
                yield from rows

    def _end_of(self, row: Job) -> Note:
        """How a job has ended that nobody has told of."""
        name, _, key = row.message.partition(":")
        end: JobEnd | None = None
        if name in self._ends:
            try:
                end = self._ends[name](self._centre, LeftJob(name, key, row.trace, row.user, row.queued))
            except Exception:
                log.exception("how the job %s of the kind %s has ended is not found out", row.id, name)
        queued = milliseconds_of(row.queued)
        if end is None:
            told = "The queue does not have it any more, and nothing was noted of its end."
            return Note(row.id, "lost", clock(), queued=queued, attempt=row.attempt, error=told)
        return Note(
            row.id,
            end.state,
            # What another had done before it, a job has found done.
            max(milliseconds_of(end.at), queued) if end.at else clock(),
            queued=queued,
            attempt=row.attempt,
            outcome=end.outcome,
            version=end.version,
            code=end.code,
            error=end.error,
        )


def pause_after(entries: int) -> float:
    """How many seconds to wait after so many entries were read at once; the shortest where there may be more to read."""
    if entries >= _ENTRIES:
        return _PAUSE_SECONDS
    return min(_LONGEST_PAUSE_SECONDS, _PAUSE_SECONDS * max(1.0, entries / 2))


def _move_place(session: Session, begin: str, end: str) -> bool:
    """Note up to where the journal is written down, unless that is not from `begin` on."""
    if session.execute(_MOVE, {"begin": begin, "end": end}).rowcount:  # type: ignore[attr-defined]
        return True
    if begin != _FIRST or session.scalar(select(JournalPlace.entry)) is not None:
        return False
    session.add(JournalPlace(id=1, entry=end))
    return True


def write_changes(session: Session, changes: JobChanges, counts: Counts) -> None:
    """Write down what is new of jobs, how many ended, and tell whom it concerns."""
    tell_of_jobs(session, changes.ended)
    write_jobs(session, changes.new, changes.changed, changes.over)
    write_counts(session, counts)


def _number(entry: str) -> tuple[int, int]:
    time_, _, count = entry.partition("-")
    return int(time_), int(count or 0)
