"""Intake: reads all outboxes and turns each event into a job that names the stream entry.

One worker process at a time does it, the one that holds a lease in Redis. The entry stays in the outbox until its job has
answered it, so whoever takes the lease begins with what is still there. Making a job twice is harmless.

What is read is found out anew in each sweep, from all who know of it: the set of outboxes in Redis, the outboxes that lie
there, and the sessions in the database. So nobody is forgotten for good, whichever of these failed or forgot.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple
from uuid import uuid4

import redis

from hubshare import metering, tracing
from hubshare.bus.bus import Bus
from hubshare.bus.intake_report import IntakeReport, write_report
from hubshare.bus.keys import CONTROL, FEED, inbox, outbox, user_of
from hubshare.bus.streams import messages
from hubshare.config import KIB, CentreSettings
from hubshare.errors import HubShareError, Unavailable
from hubshare_workers.intake.outboxes import Look, Outboxes
from hubshare_workers.intake.throttle import Throttle

log = logging.getLogger(__name__)

LEASE = "hubshare:intake"
_LEASE_SECONDS = 5
_RENEW_SECONDS = 1.0
_BLOCK_MS = 2000
_SWEEP_SECONDS = 15
#: That a project has published is passed on once in so many seconds.
_PUBLISHED_SECONDS = 1.0
#: The same for that something has happened to it.
_HEARD_SECONDS = 0.2
#: What happens to projects is read no more often than so, where much does: nobody who pushes waits for that.
_FEED_SECONDS = 0.1
#: The streams that are read along with the outboxes: new outboxes, and what happened to projects.
_OURS = (CONTROL, FEED)
#: In an event that says that a project has published something.
_MOVED = b'"type": "version"'
_TRACEPARENT = tracing.TRACEPARENT.encode()
#: An entry that no job has taken up for so long is told of. It is by far longer than any is meant to wait.
_OVERDUE_SECONDS = 60.0
#: Longer than the longest pause between two tries of a job, in seconds.
_LATELY_SECONDS = 60
#: Who has such a debt, in seconds, may have to wait.
_DEAR_SECONDS = 1.0
#: So many that wait are looked at for that.
_OVERDUE_MOST = 1000
#: Most entries of one of our streams in one reading.
_COUNT = 32
#: Redis trims a stream in steps of this many entries.
_TRIM = 100
#: The centre's own messages are smaller than this on average by far.
_INBOX_ENTRY_BYTES = 64 * KIB

_RENEW = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end
return redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
"""


class _News(NamedTuple):
    """What has happened to a project: by which change, and the number and the author of the version that was published."""

    trace: tracing.Trace | None
    version: int = 0
    author: str = ""

    def pass_on(self, told: Callable[[], None]) -> None:
        with tracing.within(self.trace):
            told()


class NewEntry(NamedTuple):
    """An entry that becomes a job: its outbox, its id, and the first bytes of its event."""

    outbox: str
    entry: str
    head: bytes


class Intake(threading.Thread):
    """The thread that reads outboxes.

    Args:
        bus: where they are.
        settings: sizes and limits.
        enqueue: makes a job of each of some entries, in this order.
        flood: is told of a user whose outbox is over the limits.
        users: the users with agent sessions, from the database: what to read if Redis has forgotten.
        published: is told of a project that has published something, and of the number and the author of the version.
        begun: is called when this process begins to read: nobody may have read for a while.
        heard: is told of a project to which something has happened, whatever it is; "" for what people are told.
    """

    def __init__(
        self,
        bus: Bus,
        settings: CentreSettings,
        enqueue: Callable[[list[NewEntry]], None],
        flood: Callable[[str], None],
        users: Callable[[], list[str]],
        published: Callable[[str, int, str], None] = lambda project, version, author: None,
        begun: Callable[[], None] = lambda: None,
        heard: Callable[[str], None] = lambda project: None,
    ) -> None:
        super().__init__(name="intake", daemon=True)
        self._bus, self._settings = bus, settings
        self._enqueue, self._flood, self._users = enqueue, flood, users
        self._begun = begun
        self._published = Throttle[_News](
            _PUBLISHED_SECONDS,
            lambda project, news: news.pass_on(lambda: published(project, news.version, news.author)),
        )
        self._heard = Throttle[_News](_HEARD_SECONDS, lambda project, news: news.pass_on(lambda: heard(project)))
        self._ended = threading.Event()
        self._name = uuid4().hex
        self._doorbell = bus.doorbell()
        self._outboxes = Outboxes(bus.redis, settings.outbox_entries, settings.outbox_bytes)
        self._renew = bus.redis.register_script(_RENEW)
        self._cursors: dict[str, str] = {}
        self._swept = self._fed = 0.0
        self._renewed = -_RENEW_SECONDS
        #: Each entry that the last sweep has found, and when it was found first; by a clock that nobody sets.
        self._waiting: dict[tuple[str, str], float] = {}
        #: What this process holds the lease with.
        self.lease = self._name
        self.process = f"{socket.gethostname()}:{os.getpid()}"

    @property
    def holds_lease(self) -> bool:
        """Whether this process is the one that reads."""
        return bool(self._cursors)

    def run(self) -> None:
        """Read until `stop`; a Redis that does not answer is waited for."""
        while not self._ended.is_set():
            try:
                if not self._holds():
                    self._cursors = {}
                    self._ended.wait(1)
                    continue
                if not self._cursors:
                    self.begin()
                # First: also when nothing can be read.
                if time.monotonic() - self._swept > _SWEEP_SECONDS:
                    self.sweep()
                self.read()
            except (redis.RedisError, Unavailable) as error:
                # What was read may not have become a job: all is read once more.
                log.warning("intake waits: %s", error)
                self._cursors = {}
                self._ended.wait(0.5)
            except Exception:
                log.exception("intake goes on after an unexpected error")
                self._ended.wait(1)

    def stop(self) -> None:
        """End soon, and let another process take the lease at once."""
        self._ended.set()
        try:
            if self._bus.redis.get(LEASE) == self._name.encode():
                self._bus.redis.delete(LEASE)
        except redis.RedisError:
            log.warning("the lease of the intake runs out by itself: Redis does not answer")

    def _holds(self) -> bool:
        """Return whether this process has the lease, which it renews now and then."""
        now = time.monotonic()
        if not self._cursors or now - self._renewed >= _RENEW_SECONDS:
            if not self._renew(keys=[LEASE], args=[self._name, _LEASE_SECONDS * 1000]):
                return False
            self._renewed = now
        return True

    # the steps of `run`

    def begin(self) -> None:
        """Take up every outbox from its first entry, and what the centre says from now on.

        Raises:
            RedisError, Unavailable: not everybody who has an outbox could be found: nothing is read then.
        """
        cursors = {key: self._newest(key) for key in _OURS}
        for user in {*self._bus.watched(), *self._bus.writing(), *self._users()}:
            self._bus.watch_outbox(user)
            cursors[outbox(user)] = "0"
        write_report(self._bus.redis, IntakeReport(self.process))
        self._waiting, self._cursors = {}, cursors
        self._swept = time.monotonic()
        try:
            self._begun()
        except HubShareError as error:
            log.warning("what was published while nobody read is looked at later: %s", error)

    def _newest(self, key: str) -> str:
        newest = self._bus.redis.xrevrange(key, count=1)
        return newest[0][0].decode() if newest else "0"

    def read(self) -> None:
        """Wait a moment for entries; make a job of each that is not too large, and end the floods among them."""
        due = min(self._published.pass_on() * 1000, self._heard.pass_on() * 1000, _BLOCK_MS)
        cursors, pause = dict(self._cursors), self._fed + _FEED_SECONDS - time.monotonic()
        if pause > 0:
            cursors.pop(FEED, None)
            due = min(due, pause * 1000)
        try:
            # A doorbell: what there is, is looked at without its contents.
            found = self._doorbell.xread(cursors, count=1, block=max(1, round(due)))
            rung = {message.stream for message in messages(found)}
        except redis.ConnectionError:
            # Somebody's entries may be so large that Redis cuts the answer off.
            rung = set(cursors)
        if ours := rung.intersection(_OURS):
            self._read_ours(ours)
        self._published.pass_on()
        self._heard.pass_on()
        self._take_in(rung.difference(_OURS))

    def _read_ours(self, keys: Collection[str]) -> None:
        found = self._bus.redis.xread({key: self._cursors[key] for key in keys}, count=_COUNT)
        entries = [*messages(found)]
        # Where there is more than is read at a time, the rest follows at once.
        if FEED in keys and sum(message.stream == FEED for message in entries) < _COUNT:
            self._fed = time.monotonic()
        for key, entry, fields in entries:
            self._cursors[key] = entry
            if key == CONTROL:
                self._cursors.setdefault(outbox(fields[b"outbox"].decode()), "0")
                continue
            project = fields[b"project"].decode()
            trace = tracing.Trace.parse(fields.get(_TRACEPARENT))
            self._heard.add(project, _News(trace))
            if _MOVED in fields[b"event"]:
                event = json.loads(fields[b"event"])
                self._published.add(project, _News(trace, event.get("number") or 0, event.get("author") or ""))

    def _take_in(self, keys: Iterable[str]) -> None:
        """Make jobs of what is new in some outboxes, the first of each before the second of any."""
        new: list[tuple[int, str, str, bytes]] = []
        for key, look in [*self._outboxes.look({key: self._cursors[key] for key in keys})]:
            if look.over:
                self._end_flood(key, look)
                continue
            for place, (entry, size, head) in enumerate(look.entries):
                self._cursors[key] = entry
                if size > 2 * self._settings.max_event_bytes:
                    self._end_oversized(key, entry, size)
                else:
                    new.append((place, key, entry, head))
        if new:
            self._enqueue([NewEntry(key, entry, head) for _, key, entry, head in sorted(new)])

    def _end_oversized(self, key: str, entry: str, size: int) -> None:
        log.warning("an oversized event of %s is dropped", user_of(key))
        self._bus.drop(key, entry)
        self._end_sessions(key, size)

    def _end_flood(self, key: str, look: Look) -> None:
        """What is lost with the streams is kept by an honest agent, and asked for again."""
        log.warning("the outbox of %s is over the limits, with %d entries", user_of(key), look.length)
        self._bus.redis.unlink(key, inbox(user_of(key)))
        self._cursors[key] = "0"
        self._end_sessions(key, look.bytes)

    def _end_sessions(self, key: str, size: int) -> None:
        """Who has sent too much comes back, and finds that it has cost something."""
        metering.charge(self._bus.redis, user_of(key), metering.Meter(stored=size))
        try:
            self._flood(user_of(key))
        except HubShareError as error:
            log.warning("the sessions of %s could not be ended: %s", user_of(key), error)

    def sweep(self) -> None:
        """Find floods, entries whose job was lost, and outboxes that are not read."""
        self._swept = time.monotonic()
        watched = {outbox(user) for user in self._bus.watched()}
        if not watched.issuperset(key for key in self._cursors if key not in _OURS):
            # Redis has forgotten: begin anew.
            self._cursors = {}
            return
        self._take_up(watched)
        self._take_up(map(outbox, self._bus.writing()))
        keys = [key for key in self._cursors if key not in _OURS]
        with self._bus.redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.xlen(inbox(user_of(key)))
                pipe.memory_usage(inbox(user_of(key)), samples=0)
            answers = pipe.execute()
        inboxes = dict(zip(keys, zip(answers[::2], answers[1::2], strict=True), strict=True))
        most, before, self._waiting = self._settings.inbox_entries, self._waiting, {}
        heads = dict[tuple[str, str], bytes]()
        for key, look in [*self._outboxes.look(dict.fromkeys(keys, "0"))]:
            length, size = inboxes[key]
            # An agent could write into its own inbox as well, where nobody but itself reads.
            if look.over or length > 2 * most + _TRIM or (size or 0) > most * _INBOX_ENTRY_BYTES:
                self._end_flood(key, look)
                continue
            for name, size, head in look.entries:
                entry = key, name
                heads[entry] = head
                self._waiting[entry] = before.get(entry, self._swept)
                if entry in before and size > 2 * self._settings.max_event_bytes:
                    self._end_oversized(*entry, size)
        again = [entry for entry in self._waiting if entry in before]
        # What was tried a moment ago waits in the queue for its next try.
        if lost := set(again) - self._bus.tried_lately(again, _LATELY_SECONDS):
            self._enqueue([NewEntry(*entry, heads[entry]) for entry in lost])
        self._report()
        # Last: a database that is away keeps none of this from being done.
        self._take_up(map(outbox, self._users()))

    def _take_up(self, keys: Iterable[str]) -> None:
        """Read outboxes from now on that were not read."""
        for key in set(keys).difference(self._cursors):
            log.warning("the outbox of %s was not read, and is from now on", user_of(key))
            self._bus.watch_outbox(user_of(key))
            self._cursors[key] = "0"

    def _report(self) -> None:
        """Say how long the oldest entry waits that no job has taken up."""
        overdue = [entry for entry, since in self._waiting.items() if self._swept - since >= _OVERDUE_SECONDS]
        left = self._bus.never_tried(overdue[:_OVERDUE_MOST])
        senders = sorted({user_of(key) for key, _ in left})
        accounts = zip(senders, metering.accounts(self._bus.redis, senders), strict=True)
        # Who has a debt gives way to others: that is no fault.
        dear = {user for user, account in accounts if account.debt > _DEAR_SECONDS}
        left = [entry for entry in left if user_of(entry[0]) not in dear]
        waits = max((self._swept - self._waiting[entry] for entry in left), default=0.0)
        if left:
            users = sorted({user_of(key) for key, _ in left})
            log.error("no worker takes up what %s sent, for up to %.0f s now", ", ".join(users[:10]), waits)
        oldest = max((self._swept - since for since in self._waiting.values()), default=0.0)
        write_report(self._bus.redis, IntakeReport(self.process, waits, len(self._waiting), oldest))
