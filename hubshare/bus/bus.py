"""The centre's side of the bus."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from typing import Any

import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

from hubshare import metering, tracing
from hubshare.bus.connections import CLIENT_NAME
from hubshare.bus.deliveries import Announce, CountPush, Delivery, Drop, ReplyTo, Tell
from hubshare.bus.feed import FeedLog
from hubshare.bus.keys import AGENT_COMMANDS, CONTROL, EVERY_OUTBOX, OUTBOXES, acl_user, inbox, outbox, user_of
from hubshare.bus.replies import Reply, _answers
from hubshare.bus.taken import PushCount, Taken
from hubshare.names import key_part
from hubshare.wire.agent import LISTS_SECONDS, Lists

log = logging.getLogger(__name__)

_MINUTE = 60

_TRIES_SECONDS = 3600

#: The answer to a push by git is waited for; nobody comes for it later than this.
_ANSWER_SECONDS = 600

_RECONNECT = 0.25

_USERS_AT_ONCE = 500

#: Seconds to block at least: Redis 6.2 takes less than a millisecond for 0, that is for ever.
_SHORTEST = 0.002

#: Seconds to block at most, well within those after which a client gives a connection up.
_BLOCK_SECONDS = 2.0

#: Set: users of whom the audit log holds as much as it may; of the database, which housekeeping asks.
_FULL_LOGS = "hubshare:full-logs"

#: An inbox that nothing came into for this long is dropped; an agent that comes back asks where things stand.
_INBOX_SECONDS = 86_400

_HAS_ENTRY = "return #redis.call('xrange', KEYS[1], ARGV[1], ARGV[1], 'COUNT', 1)"

#: Puts one message into every inbox. One that its user has made useless, with an entry of the highest id or as something else
#: than a stream, is begun anew: it keeps nobody waiting.
_TELL = """
for _, inbox in ipairs(KEYS) do
    local function add()
        return redis.pcall("xadd", inbox, "maxlen", "~", ARGV[1], "*", unpack(ARGV, 3))
    end
    local added = add()
    if type(added) == "table" and added.err then
        redis.call("del", inbox)
        added = add()
        if type(added) == "table" and added.err then return added end
    end
    redis.call("expire", inbox, ARGV[2])
end
"""


class Bus:
    """The centre's side of the bus.

    Args:
        url: address of Redis, with the right to manage ACL users.
        inbox_entries: about how many messages an inbox keeps.

    Attributes:
        feed: what event streams are told.
    """

    def __init__(self, url: str, inbox_entries: int = 200) -> None:
        self._url = url
        self.redis: Any = redis.Redis.from_url(url, client_name=CLIENT_NAME)
        self.feed = FeedLog(self.redis)
        self._inbox_entries = inbox_entries

    def doorbell(self) -> Any:
        """A connection on which one waits for entries: an answer that was cut off is not asked for again by itself."""
        return redis.Redis.from_url(self._url, retry=Retry(NoBackoff(), 0), client_name=CLIENT_NAME)

    def send(self, deliveries: Iterable[Delivery]) -> None:
        """Make some deliveries, in this order and in one round trip."""
        with self.redis.pipeline(transaction=False) as pipe:
            for delivery in deliveries:
                match delivery:
                    case Tell():
                        told: list[Any] = [self._inbox_entries, _INBOX_SECONDS, "event", delivery.event]
                        told += ["pack", delivery.pack] if delivery.pack else []
                        told += [tracing.TRACEPARENT, str(trace)] if (trace := tracing.current()) else []
                        # In full: a pipeline would ask first whether Redis knows it, in a round trip of its own.
                        pipe.eval(_TELL, len(delivery.users), *map(inbox, delivery.users), *told)
                    case Announce():
                        self.feed.add(pipe, delivery)
                    case ReplyTo():
                        pipe.rpush(_answers(delivery.job), json.dumps(delivery.reply))
                        pipe.expire(_answers(delivery.job), _ANSWER_SECONDS)
                    case Drop():
                        self._drop(pipe, delivery)
                    case CountPush():
                        self._count_push(pipe, delivery.user)
            pipe.execute()

    def tell(self, users: Iterable[str], event: bytes, pack: bytes = b"") -> None:
        """Put one message into the inbox of every user named."""
        self.send([Tell(list(users), event, pack)])

    def tell_lists(self, users: Iterable[str]) -> None:
        """Tell the agents of some users that what is shared with them has changed: at most once in `LISTS_SECONDS` each."""
        everybody = list(users)
        for at in range(0, len(everybody), _USERS_AT_ONCE):
            some = everybody[at : at + _USERS_AT_ONCE]
            having = self.redis.smismember(OUTBOXES, some)
            told = [user for user, has in zip(some, having, strict=True) if has]
            with self.redis.pipeline(transaction=False) as pipe:
                for user in told:
                    pipe.set(f"hubshare:told-lists:{key_part(user)}", 1, nx=True, ex=LISTS_SECONDS)
                told = [user for user, first in zip(told, pipe.execute(), strict=True) if first]
            if told:
                self.tell(told, Lists().encode())

    def tell_of_inboxes(self, users: Collection[str]) -> None:
        """Have the event streams and agents of some users look what these are told. Where Redis is away they look later."""
        try:
            for at in range(0, len(users), _USERS_AT_ONCE):
                some = sorted(users)[at : at + _USERS_AT_ONCE]
                self.send(Announce("", {"type": "inbox", "project": ""}, user) for user in some)
            self.tell_lists(sorted(users))
        except redis.RedisError as error:
            log.warning("%d people do not hear at once that they are told something: %s", len(users), error)

    def open_session(self, user: str, session: str) -> str:
        """Make the Redis user of an agent session; return its password.

        It may add to and read its own two streams, and nothing else.
        """
        password = secrets.token_urlsafe(32)
        rules = ["reset", "on", f">{password}", f"~{outbox(user)}", f"~{inbox(user)}", "-@all", *AGENT_COMMANDS]
        self.redis.execute_command("ACL", "SETUSER", acl_user(user, session), *rules)
        self.watch_outbox(user)
        return password

    def close_session(self, user: str, session: str) -> None:
        """Remove the Redis user of a session and drop its connections."""
        self.redis.execute_command("ACL", "DELUSER", acl_user(user, session))

    def sessions(self) -> set[str]:
        """The Redis users of all agent sessions."""
        names: list[bytes] = self.redis.execute_command("ACL", "USERS")
        return {name.decode() for name in names if name.startswith(b"hubshare-")}

    def entry(self, outbox: str, entry: str) -> dict[bytes, bytes] | None:
        """One message of an outbox, or None when it has been answered."""
        found: list[tuple[bytes, dict[bytes, bytes]]] = self.redis.xrange(outbox, entry, entry, count=1)
        return found[0][1] if found else None

    def has_entry(self, outbox: str, entry: str) -> bool:
        """Return whether a message of an outbox has not been answered; what it says stays in Redis."""
        return bool(self.redis.eval(_HAS_ENTRY, 1, outbox, entry))

    def take(self, outbox: str, entry: str) -> Taken:
        """One message of an outbox, which somebody tries to answer; in one round trip."""
        key = _rate("messages", user_of(outbox))
        with self.redis.pipeline(transaction=False) as pipe:
            pipe.xrange(outbox, entry, entry, count=1)
            self._count_try(pipe, outbox, entry)
            pipe.incr(key)
            pipe.expire(key, 2 * _MINUTE)
            pipe.get(_rate("pushes", user_of(outbox)))
            self._ask_what_stands_against(pipe, user_of(outbox))
            found, tries, _, lately, _, pushes, full, *debt = pipe.execute()
        push = PushCount(int(pushes or 0) + 1, _debt(*debt), bool(full))
        return Taken(found[0][1] if found else None, int(tries), int(lately), push)

    def leave(self, where: str, name: str) -> None:
        """Count a try no more: nothing was done, and it comes again."""
        with self.redis.pipeline(transaction=False) as pipe:
            pipe.decr(_tries(where, name))
            pipe.expire(_tries(where, name), _TRIES_SECONDS)
            pipe.execute()

    @staticmethod
    def _ask_what_stands_against(pipe: Any, user: str) -> None:
        pipe.sismember(_FULL_LOGS, user)
        pipe.time()
        pipe.zscore(metering.DEBTS, key_part(user))

    def count_try(self, where: str, name: str) -> int:
        """Count that answering something is tried once more; return how often it was, this time included."""
        with self.redis.pipeline(transaction=False) as pipe:
            self._count_try(pipe, where, name)
            return int(pipe.execute()[0])

    def never_tried(self, entries: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Those of some messages (outbox, entry) that no job has taken up within the last hour."""
        with self.redis.pipeline(transaction=False) as pipe:
            for where, name in entries:
                pipe.exists(_tries(where, name))
            return [entry for entry, tried in zip(entries, pipe.execute(), strict=True) if not tried]

    def tried_lately(self, entries: Sequence[tuple[str, str]], seconds: int) -> set[tuple[str, str]]:
        """Those of some messages (outbox, entry) that a job has taken up within so many seconds."""
        with self.redis.pipeline(transaction=False) as pipe:
            for where, name in entries:
                pipe.ttl(_tries(where, name))
            found = zip(entries, pipe.execute(), strict=True)
        return {entry for entry, left in found if left >= _TRIES_SECONDS - seconds}

    def _count_try(self, pipe: Any, where: str, name: str) -> None:
        key = _tries(where, name)
        pipe.incr(key)
        pipe.expire(key, _TRIES_SECONDS)

    def answered(self, user: str, question: str) -> tuple[int, int]:
        """The time of Redis (ms), and that at which the last answer to a question of a user was begun; 0 for none."""
        with self.redis.pipeline(transaction=False) as pipe:
            pipe.time()
            pipe.get(_question(user, question))
            (seconds, micros), found = pipe.execute()
        return seconds * 1000 + micros // 1000, int(found or 0)

    def note_answered(self, user: str, question: str, began: int) -> None:
        """Write down when an answer was begun, once it was given; see `answered`."""
        self.redis.set(_question(user, question), began, ex=_MINUTE)

    def over(self, what: str, who: str, most: int) -> bool:
        """Count one more of something in this minute; whether it is more than so many."""
        key = _rate(what, who)
        with self.redis.pipeline(transaction=False) as pipe:
            pipe.incr(key)
            pipe.expire(key, 2 * _MINUTE)
            return int(pipe.execute()[0]) > most

    def set_full_logs(self, users: Iterable[str]) -> None:
        """Write down of whom the audit log holds as much as it may."""
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.delete(_FULL_LOGS)
            for user in users:
                pipe.sadd(_FULL_LOGS, user)
            pipe.execute()

    def count_write(self, user: str) -> tuple[int, bool]:
        """Count a change of a user in this minute; return how many there were, and whether the user's audit log is full."""
        key = _rate("writes", user)
        with self.redis.pipeline(transaction=False) as pipe:
            pipe.incr(key)
            pipe.expire(key, 2 * _MINUTE)
            pipe.sismember(_FULL_LOGS, user)
            writes, _, full = pipe.execute()
        return int(writes), bool(full)

    def count_push(self, user: str) -> PushCount:
        """Count a push of a user in this minute."""
        with self.redis.pipeline(transaction=False) as pipe:
            self._count_push(pipe, user)
            self._ask_what_stands_against(pipe, user)
            pushes, _, full, *debt = pipe.execute()
        return PushCount(int(pushes), _debt(*debt), bool(full))

    @staticmethod
    def _count_push(pipe: Any, user: str) -> None:
        key = _rate("pushes", user)
        pipe.incr(key)
        pipe.expire(key, 2 * _MINUTE)

    def announce(self, project: str, event: dict[str, Any], user: str = "") -> None:
        """Tell the event streams what happened to a project; see `Announce`."""
        self.send([Announce(project, event, user)])

    def answer(self, job: str, reply: Reply) -> None:
        """Answer a job, for whoever waits for that."""
        self.send([ReplyTo(job, reply)])

    def wait_for_reply(self, job: str, seconds: float) -> Reply | None:
        """Wait for the reply to a job; None when none has come by then.

        Args:
            job: its id.
            seconds: how long to wait.
        """
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > _SHORTEST:
            try:
                found: Any = self.redis.blpop([_answers(job)], timeout=min(_BLOCK_SECONDS, left))
            except redis.RedisError:
                # It may be back in time.
                time.sleep(min(_RECONNECT, left))
                continue
            if found:
                return Reply(*json.loads(found[1]))
        return None

    async def answers(self, push: str, every: float, seconds: float) -> AsyncIterator[Reply | None]:
        """Wait for the answer to a push by git.

        Args:
            every: seconds after each of which None is given, until the answer is.
            seconds: how long to wait in all; nothing more is given after that.
        """
        end = time.monotonic() + seconds
        client = redis.asyncio.Redis.from_url(self._url, socket_timeout=every + 10, client_name=CLIENT_NAME)
        async with client:
            while (left := end - time.monotonic()) > _SHORTEST:
                try:
                    found: Any = await client.blpop([_answers(push)], timeout=min(every, left))
                except redis.RedisError:
                    # It may be back in time.
                    await asyncio.sleep(min(_RECONNECT, left))
                    continue
                if found:
                    yield Reply(*json.loads(found[1]))
                    return
                yield None

    def drop(self, outbox: str, entry: str) -> None:
        """Remove a message from an outbox: it has been answered."""
        self.send([Drop(outbox, entry)])

    @staticmethod
    def _drop(pipe: Any, delivery: Drop) -> None:
        pipe.xdel(delivery.outbox, delivery.entry)
        # Whoever sends little and often would fill Redis with what is left of it.
        pipe.delete(_tries(delivery.outbox, delivery.entry))

    def watched(self) -> list[str]:
        """The users whose outboxes are read."""
        return sorted(name.decode() for name in self.redis.smembers(OUTBOXES))

    def writing(self) -> set[str]:
        """The users in whose outboxes something lies, read or not; it walks through all keys of Redis."""
        found = self.redis.scan_iter(match=EVERY_OUTBOX, count=1000, _type="stream")
        return {user_of(key.decode()) for key in found}

    def outbox_length(self, user: str) -> int:
        """How many messages of a user's agents are still to be answered."""
        return int(self.redis.xlen(outbox(user)))

    def forget_user(self, user: str) -> None:
        """Drop what waits for a user's agents, and what they said: who is called so later is somebody else."""
        self.redis.delete(inbox(user), outbox(user))
        metering.forget(self.redis, user)

    def watch_outbox(self, user: str) -> None:
        """Have the workers read a user's outbox from now on."""
        if self.redis.sadd(OUTBOXES, user):
            self.redis.xadd(CONTROL, {"outbox": user}, maxlen=1000)


def _rate(what: str, who: str) -> str:
    return f"hubshare:rate:{what}:{key_part(who)}:{int(time.time()) // _MINUTE}"


def _debt(now: tuple[int, int], forgiven: float | None) -> float:
    return max(0.0, (forgiven or 0.0) - now[0] - now[1] / 1e6)


def _question(user: str, question: str) -> str:
    return f"hubshare:answered:{key_part(user)}:{question}"


def _tries(where: str, name: str) -> str:
    return f"hubshare:tries:{where}:{name}"
