"""Metering: what the work for each person costs, counted where it arises, and kept in Redis for all processes.

A `Meter` counts for one piece of work. What it cost goes to the person's account: the counts of lately, which halve every
minute, and a *debt* in seconds, of which one second is forgiven each second (the generic cell rate algorithm, ITU-T I.371).
The debt says whose turn it is in the queue, and whose work waits because it was too dear lately; the counts say whose work is
done in the slow lane, in a process of its own.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import wraps
from itertools import chain
from types import coroutine
from typing import Any, NamedTuple, TypeVar

from hubshare.names import key_part

Result = TypeVar("Result")

#: Sorted set: person, as part of a key, to the Redis time (s) at which the last of the debt is forgiven.
DEBTS = "hubshare:debts"
#: Sorted set: person, as part of a key, to the Redis time (s) until which their work lately counts as *dear*.
DEAR = "hubshare:dear"
#: What lately has cost more than so many seconds is dear: 200 saves in a minute are not.
_DEAR_SECONDS = 1.0
#: After so many seconds a count is worth half.
_HALF_LIFE = 60
#: An account that nothing came to for so long is forgotten, in seconds.
_ACCOUNT_SECONDS = 1200

#: What a second of processor time is worth as much as: bytes unpacked, bytes stored, statements to the database.
_INFLATED, _STORED, _QUERIES = 2_000_000_000, 200_000_000, 4_000

#: Lua: `charge(person, now, seconds, counts)`: the person as part of a key, the Redis time in seconds, the seconds of debt,
#: which may be less than 0, and counts as in `Meter.counts`, or nil.
CHARGE = f"""
local debts = "{DEBTS}"
local function debt_of(person)
    return tonumber(redis.call("zscore", debts, person) or 0)
end
local function charge(person, now, seconds, counts)
    if person == "" then return end
    redis.call("zadd", debts, math.max(now, debt_of(person)) + seconds, person)
    if not counts then return end
    local account = "hubshare:account:" .. person
    local known = redis.call("hmget", account, "at", "seconds", "inflated", "stored", "queries")
    local left = 0.5 ^ ((now - tonumber(known[1] or now)) / {_HALF_LIFE})
    for place = 1, 4 do known[place + 1] = tonumber(known[place + 1] or 0) * left + counts[place] end
    redis.call("hset", account, "at", now, "seconds", known[2], "inflated", known[3], "stored", known[4], "queries", known[5])
    local cost = known[2] + known[3] / {_INFLATED} + known[4] / {_STORED} + known[5] / {_QUERIES}
    if cost > {_DEAR_SECONDS} then
        redis.call("zadd", "{DEAR}", now + {_HALF_LIFE} * math.log(cost / {_DEAR_SECONDS}) / math.log(2), person)
    end
    redis.call("expire", account, {_ACCOUNT_SECONDS})
end
"""
#: So many people are charged in one step of Redis.
_CHARGED_AT_ONCE = 100
_CHARGE = (
    CHARGE
    + """
local now = redis.call("time")
for place = 1, #ARGV, 6 do
    local counts = {unpack(ARGV, place + 2, place + 5)}
    charge(ARGV[place], now[1] + now[2] / 1000000, tonumber(ARGV[place + 1]), counts)
end
"""
)


@dataclass
class Meter:
    """What a piece of work has cost so far.

    Attributes:
        seconds: of processor time.
        inflated: bytes that were unpacked.
        stored: bytes that stay.
        queries: statements to the database.
        answering: seconds of processor time of what anybody asks for all the time, and the service answers at once. They say
            whose requests are dear, and are on nobody's account: who turns pages does not save in the slow lane.
    """

    seconds: float = 0.0
    inflated: float = 0
    stored: float = 0
    queries: float = 0
    answering: float = 0.0

    @property
    def counts(self) -> tuple[float, float, float, float]:
        """All of it, for Redis."""
        return self.seconds, self.inflated, self.stored, self.queries

    @property
    def cost(self) -> float:
        """All of it in seconds."""
        return self.seconds + self.inflated / _INFLATED + self.stored / _STORED + self.queries / _QUERIES

    def add(self, other: Meter, part: float = 1.0) -> None:
        """Count what another has counted, or a part of that."""
        self.seconds += other.seconds * part
        self.inflated += other.inflated * part
        self.stored += other.stored * part
        self.queries += other.queries * part
        self.answering += other.answering * part

    def take(self) -> Meter:
        """Return what was counted so far, and begin anew."""
        taken = replace(self)
        self.seconds, self.inflated, self.stored, self.queries, self.answering = 0.0, 0, 0, 0, 0.0
        return taken


class Account(NamedTuple):
    """What a person's work has cost lately.

    Attributes:
        debt: seconds that are not forgiven yet.
        lately: counts, of which those of a minute ago are worth half.
    """

    debt: float
    lately: Meter


_METER: ContextVar[Meter | None] = ContextVar("meter", default=None)


def current() -> Meter | None:
    """The meter of the work that is being done here, if any."""
    return _METER.get()


def count(seconds: float = 0.0, inflated: int = 0, stored: int = 0, queries: int = 0) -> None:
    """Count something for the work that is being done here; processor time of this thread is counted without that."""
    if (meter := _METER.get()) is not None:
        meter.add(Meter(seconds, inflated, stored, queries))


@contextmanager
def counted() -> Iterator[Meter]:
    """Count what is counted inside, here and in the threads that are handed the context."""
    meter = Meter()
    token = _METER.set(meter)
    try:
        yield meter
    finally:
        _METER.reset(token)


def timed(work: Callable[[], Result]) -> Callable[[], Result]:
    """The same work, which counts the processor time of the thread that does it for the work that is being done here."""
    meter = _METER.get()

    def work_timed() -> Result:
        began = time.thread_time()
        try:
            return work()
        finally:
            if meter is not None:
                meter.seconds += time.thread_time() - began

    return work_timed


def answering(work: Callable[..., Result]) -> Callable[..., Result]:
    """The same work, which counts the processor time of its thread as answering for the work that is being done there."""

    @wraps(work)
    def work_timed(*args: Any, **named: Any) -> Result:
        began = time.thread_time()
        try:
            return work(*args, **named)
        finally:
            if (meter := _METER.get()) is not None:
                meter.answering += time.thread_time() - began

    return work_timed


def each_timed(pieces: Iterable[Result]) -> Iterator[Result]:
    """The same pieces; making each counts like `timed`."""
    rest, end = iter(pieces), object()
    following = timed(lambda: next(rest, end))
    try:
        while (piece := following()) is not end:
            yield piece  # type: ignore[misc]
    finally:
        if isinstance(rest, Generator):
            rest.close()


@coroutine
def steps_timed(work: Awaitable[Result]) -> Generator[Any, Any, Result]:
    """The same work of an event loop, whose thread works for all: its steps count as answering, its waits do not."""
    steps: Any = work.__await__()
    meter, take, given = _METER.get(), steps.send, None
    while True:
        began = time.thread_time()
        try:
            awaited = take(given)
        except StopIteration as ended:
            result: Result = ended.value
            return result
        finally:
            # An error would hold this frame, and this frame the error, with all that it came through.
            given = None
            if meter is not None:
                meter.answering += time.thread_time() - began
        try:
            take, given = steps.send, (yield awaited)
        except GeneratorExit:
            steps.close()
            raise
        except BaseException as error:
            take, given = steps.throw, error


@contextmanager
def metered() -> Iterator[Meter]:
    """Count what is done inside, with the processor time of this thread."""
    began = time.thread_time()
    with counted() as meter:
        try:
            yield meter
        finally:
            meter.seconds += time.thread_time() - began


@contextmanager
def shared() -> Iterator[list[Meter | None]]:
    """Work for several at once: what it costs is shared by the meters that are put into the list."""
    own, among = _METER.get(), list[Meter | None]()
    with metered() as work:
        yield among
    if own is not None:
        # This thread's time, which is counted there as well.
        own.seconds -= work.seconds
    for meter in among or [own]:
        if meter is not None:
            meter.add(work, 1 / (len(among) or 1))


def charge(client: Any, person: str, meter: Meter) -> None:
    """Put what was done for a person on their account.

    Args:
        client: connection to Redis.
        person: name of a user, or an address for who has none.
    """
    charge_all(client, {person: meter})


def charge_all(client: Any, meters: Mapping[str, Meter]) -> None:
    """The same for some people, in as few steps as there may be."""
    people = sorted(meters)
    for at in range(0, len(people), _CHARGED_AT_ONCE):
        some = people[at : at + _CHARGED_AT_ONCE]
        costs = ((key_part(person), meters[person].cost, *meters[person].counts) for person in some)
        client.eval(_CHARGE, 0, *chain.from_iterable(costs))


def forget(client: Any, person: str) -> None:
    """Drop a person's account.

    Args:
        client: connection to Redis.
    """
    client.delete(f"hubshare:account:{key_part(person)}")
    client.zrem(DEBTS, key_part(person))
    client.zrem(DEAR, key_part(person))


def accounts(client: Any, people: Sequence[str]) -> list[Account]:
    """What the work of some people has cost lately.

    Args:
        client: connection to Redis.
    """
    with client.pipeline(transaction=False) as pipe:
        pipe.time()
        for person in people:
            pipe.zscore(DEBTS, key_part(person))
            pipe.hgetall(f"hubshare:account:{key_part(person)}")
        (seconds, micros), *found = pipe.execute()
    now = seconds + micros / 1e6
    made = []
    for debt, raw in zip(found[::2], found[1::2], strict=True):
        known = {name.decode(): float(value) for name, value in raw.items()}
        left = 0.5 ** ((now - known.pop("at", now)) / _HALF_LIFE)
        made.append(Account(max(0.0, (debt or 0.0) - now), Meter(**{name: known[name] * left for name in known})))
    return made


def dearest(client: Any, most: int) -> list[str]:
    """The people whose debts are largest, as parts of keys; at most so many.

    Args:
        client: connection to Redis.
    """
    now, _ = client.time()
    return [name.decode() for name in client.zrevrangebyscore(DEBTS, "+inf", now, start=0, num=most)]
