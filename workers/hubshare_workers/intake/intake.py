"""Intake: reads all outboxes and turns each event into a job that names the stream entry.

One worker process at a time does it, the one that holds a lease in Redis. The entry stays in the outbox until its job has
answered it, so whoever takes the lease begins with what is still there. Making a job twice is harmless.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from uuid import uuid4

import redis

from hubshare.bus.bus import Bus
from hubshare.bus.keys import CONTROL, FEED, inbox, outbox, user_of
from hubshare.bus.streams import messages
from hubshare.config import KIB, CentreSettings

log = logging.getLogger(__name__)

LEASE = "hubshare:intake"
_LEASE_SECONDS = 5
_BLOCK_MS = 2000
_SWEEP_SECONDS = 15
#: The streams that are read along with the outboxes: new outboxes, and what happened to projects.
_OURS = (CONTROL, FEED)
#: In an event that says that a project has published something.
_MOVED = b'"type": "version"'
#: An entry that is older and still there is made a job again, in case the queue was lost.
_OLD_MS = 30_000
#: Most entries of one outbox in one reading.
_COUNT = 32
#: Redis trims a stream in steps of this many entries.
_TRIM = 100
#: The centre's own messages are smaller than this on average by far.
_INBOX_ENTRY_BYTES = 64 * KIB

_RENEW = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end
return redis.call('set', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
"""


class Intake(threading.Thread):
    """The thread that reads outboxes.

    Args:
        bus: where they are.
        settings: sizes and limits.
        enqueue: makes a job of (outbox, entry).
        flood: is told of a user whose outbox is over the limits.
        users: the users with agent sessions, from the database: what to read if Redis has forgotten.
        published: is told of a project that has published something, and of the number of the version.
        begun: is called when this process begins to read: nobody may have read for a while.
    """

    def __init__(
        self,
        bus: Bus,
        settings: CentreSettings,
        enqueue: Callable[[str, str], None],
        flood: Callable[[str], None],
        users: Callable[[], list[str]],
        published: Callable[[str, int], None] = lambda project, version: None,
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(name="intake", daemon=True)
        self._bus, self._settings = bus, settings
        self._enqueue, self._flood, self._users = enqueue, flood, users
        self._published, self._begun = published, begun
        self._ended = threading.Event()
        self._name = uuid4().hex
        self._renew = bus.redis.register_script(_RENEW)
        self._cursors: dict[str, str] = {}
        self._swept = 0.0

    def run(self) -> None:
        """Read until `stop`; a Redis that does not answer is waited for."""
        while not self._ended.is_set():
            try:
                if not self._renew(keys=[LEASE], args=[self._name, _LEASE_SECONDS * 1000]):
                    self._cursors.clear()
                    self._ended.wait(1)
                    continue
                if not self._cursors:
                    self.begin()
                self.read()
                if time.monotonic() - self._swept > _SWEEP_SECONDS:
                    self.sweep()
            except redis.RedisError as error:
                log.warning("intake waits for Redis: %s", error)
                self._cursors.clear()
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

    # the steps of `run`

    def begin(self) -> None:
        """Take up every outbox from its first entry, and what the centre says from now on."""
        self._cursors = {key: self._newest(key) for key in _OURS}
        for user in {*self._bus.watched(), *self._users()}:
            self._bus.watch_outbox(user)
            self._cursors[outbox(user)] = "0"
        self._swept = time.monotonic()
        self._begun()

    def _newest(self, key: str) -> str:
        newest = self._bus.redis.xrevrange(key, count=1)
        return newest[0][0].decode() if newest else "0"

    def read(self) -> None:
        """Wait a moment for entries; make a job of each that is not too large, and end the floods among them."""
        found = self._bus.redis.xread(dict(self._cursors), count=_COUNT, block=_BLOCK_MS)
        counts, moved = Counter[str](), dict[str, int]()
        for key, entry, fields in messages(found):
            self._cursors[key] = entry
            counts[key] += 1
            if key == FEED:
                if _MOVED in fields[b"event"]:
                    moved[fields[b"project"].decode()] = json.loads(fields[b"event"]).get("number") or 0
            elif key == CONTROL:
                self._cursors.setdefault(outbox(fields[b"outbox"].decode()), "0")
            elif sum(map(len, (*fields, *fields.values()))) > 2 * self._settings.max_event_bytes:
                log.warning("an oversized event of %s is dropped", user_of(key))
                self._bus.drop(key, entry)
                self._flood(user_of(key))
            else:
                self._enqueue(key, entry)
        for project, version in moved.items():
            self._published(project, version)
        for key, count in counts.items():
            if count == _COUNT and key not in _OURS and self._bus.redis.xlen(key) > self._settings.outbox_entries:
                self._end_flood(key)

    def _end_flood(self, key: str) -> None:
        """What is lost with the streams is kept by an honest agent, and asked for again."""
        self._flood(user_of(key))
        self._bus.redis.delete(key, inbox(user_of(key)))
        self._cursors[key] = "0"

    def sweep(self) -> None:
        """Find floods, and entries whose job was lost."""
        self._swept = time.monotonic()
        keys = [key for key in self._cursors if key not in _OURS]
        seconds, _ = self._bus.redis.time()
        with self._bus.redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.xlen(key)
                pipe.xlen(inbox(user_of(key)))
                pipe.memory_usage(inbox(user_of(key)))
                pipe.xrange(key, max=str(seconds * 1000 - _OLD_MS), count=_COUNT)
            answers = pipe.execute()
        most = self._settings.inbox_entries
        for key, *found, old in zip(keys, *(answers[at::4] for at in range(4)), strict=True):
            length, inbox_length, inbox_bytes = found
            # An agent could write into its own inbox as well, where nobody but itself reads.
            flooded = inbox_length > 2 * most + _TRIM or (inbox_bytes or 0) > most * _INBOX_ENTRY_BYTES
            if flooded or length > self._settings.outbox_entries:
                self._end_flood(key)
                continue
            for entry, _ in old:
                self._enqueue(key, entry.decode())
        watched = {outbox(user) for user in self._bus.watched()}
        if not watched.issuperset(keys):
            # Redis has forgotten: begin anew.
            self._cursors.clear()
