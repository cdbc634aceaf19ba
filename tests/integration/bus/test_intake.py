"""The intake forgets nobody, whatever fails while it begins, and says who waits for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis
from hubshare_workers.intake import intake as module
from hubshare_workers.intake.intake import Intake, NewEntry

from hubshare import metering, tracing
from hubshare.bus.bus import Bus
from hubshare.bus.deliveries import Announce
from hubshare.bus.intake_report import read_report
from hubshare.bus.keys import OUTBOXES, outbox
from hubshare.config import CentreSettings
from hubshare.errors import Unavailable
from hubshare.operations.health import _intake as told_of
from hubshare.testing.centre import wait_until
from hubshare.tracing import Trace


class Sources:
    """What the intake asks and tells: a database with some users, and a queue; both can be away.

    Attributes:
        users: those with a session, in the database.
        database, queue: whether it answers.
        jobs: the entries that were put on the queue.
        asked: how often the database was.
    """

    def __init__(self) -> None:
        self.users: list[str] = []
        self.database = self.queue = True
        self.jobs: list[str] = []
        self.asked = 0

    def find(self) -> list[str]:
        self.asked += 1
        if not self.database:
            raise Unavailable("HubShare's database does not answer.")
        return self.users

    def enqueue(self, new: list[NewEntry]) -> None:
        if not self.queue:
            raise Unavailable("The job queue does not answer.")
        self.jobs += [one.entry for one in new]


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def sources() -> Sources:
    return Sources()


@pytest.fixture
def intake(bus: Bus, sources: Sources) -> Intake:
    return Intake(bus, CentreSettings(), sources.enqueue, lambda user: None, sources.find)


@contextmanager
def running(intake: Intake) -> Iterator[None]:
    intake.start()
    try:
        yield
    finally:
        intake.stop()
        intake.join(20)
        assert not intake.is_alive()


def send(bus: Bus, user: str) -> str:
    """What an agent of a user sends; returns the id of the entry."""
    entry: bytes = bus.redis.xadd(outbox(user), {"event": "x"})
    return entry.decode()


def test_a_redis_that_fails_while_the_database_is_away_leaves_no_outbox_unread(
    bus: Bus, sources: Sources, intake: Intake
) -> None:
    sources.users, sources.database = ["alice"], False
    first = send(bus, "alice")
    with running(intake):
        wait_until(lambda: sources.asked > 1, "the intake has asked a database that is away")
        assert sources.jobs == []
        sources.database = True
        wait_until(lambda: first in sources.jobs, "what was sent meanwhile is read")
        second = send(bus, "alice")
        wait_until(lambda: second in sources.jobs, "what is sent now is read")


def test_an_outbox_that_only_redis_knows_is_found(bus: Bus, sources: Sources, intake: Intake) -> None:
    intake.begin()
    entry = send(bus, "alice of the physics")
    intake.sweep()
    intake.read()
    assert sources.jobs == [entry] and bus.watched() == ["alice of the physics"]


def test_a_user_who_was_entered_and_not_told_of_is_found(bus: Bus, sources: Sources, intake: Intake) -> None:
    intake.begin()
    bus.redis.sadd(OUTBOXES, "alice")
    intake.sweep()
    entry = send(bus, "alice")
    intake.read()
    assert sources.jobs == [entry]


def test_a_user_whom_only_the_database_knows_is_found(bus: Bus, sources: Sources, intake: Intake) -> None:
    intake.begin()
    sources.users = ["alice"]
    intake.sweep()
    entry = send(bus, "alice")
    intake.read()
    assert sources.jobs == [entry]


def test_a_database_that_is_away_keeps_no_lost_job_from_being_made_again(
    bus: Bus, sources: Sources, intake: Intake
) -> None:
    entry = send(bus, "alice")
    intake.begin()
    intake.sweep()
    sources.database = False
    with pytest.raises(Unavailable):
        intake.sweep()
    assert sources.jobs == [entry]


def test_what_the_queue_did_not_take_becomes_a_job_as_soon_as_it_answers(
    bus: Bus, sources: Sources, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A sweep would find it as well, but later.
    monkeypatch.setattr(module, "_SWEEP_SECONDS", float("inf"))
    sources.queue = False
    sources.users = ["alice"]
    with running(intake):
        wait_until(lambda: sources.asked > 0, "the intake reads")
        entry = send(bus, "alice")
        wait_until(lambda: sources.asked > 1, "it begins anew")
        sources.queue = True
        wait_until(lambda: entry in sources.jobs, "the entry is a job")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def sweeps(intake: Intake, clock: Clock, times: int) -> None:
    for _ in range(times):
        clock.now += 15
        intake.sweep()


def test_health_tells_how_long_a_message_waits_and_which_process_should_have_taken_it_up(
    bus: Bus, sources: Sources, intake: Intake, clock: Clock
) -> None:
    intake.begin()
    assert told_of(read_report(bus.redis)) == "ok"
    send(bus, "alice")
    sweeps(intake, clock, 4)
    assert told_of(read_report(bus.redis)) == "ok"
    sweeps(intake, clock, 2)
    told = told_of(read_report(bus.redis))
    assert told == f"a message waits for 75 s, and was not taken up by worker process {intake.process}"


def test_a_push_that_takes_long_is_not_called_forgotten(
    bus: Bus, sources: Sources, intake: Intake, clock: Clock
) -> None:
    intake.begin()
    bus.take(outbox("alice"), send(bus, "alice"))
    sweeps(intake, clock, 8)
    assert told_of(read_report(bus.redis)) == "ok"


def test_what_waits_for_its_next_try_is_not_put_on_the_queue_once_more(
    bus: Bus, sources: Sources, intake: Intake, clock: Clock
) -> None:
    intake.begin()
    entry, lost = send(bus, "alice"), send(bus, "bob")
    bus.take(outbox("alice"), entry)
    sweeps(intake, clock, 3)
    assert sources.jobs == [lost, lost]
    # Its job was lost after all.
    bus.redis.expire(f"hubshare:tries:{outbox('alice')}:{entry}", 3500)
    sweeps(intake, clock, 1)
    assert entry in sources.jobs


def test_who_gives_way_to_others_is_no_fault_of_the_hub(bus: Bus, intake: Intake, clock: Clock) -> None:
    intake.begin()
    send(bus, "mallory")
    metering.charge(bus.redis, "mallory", metering.Meter(seconds=50))
    sweeps(intake, clock, 8)
    assert told_of(read_report(bus.redis)) == "ok"


def test_health_misses_a_reader_that_stands_still(bus: Bus, redis_client: redis.Redis) -> None:
    assert told_of(read_report(bus.redis)) == "no worker process reads the outboxes"


def test_what_follows_a_change_is_of_its_trace(bus: Bus) -> None:
    # What was played before in this process may have left one.
    tracing.adopt(None)
    told = list[tuple[str, Trace | None]]()
    intake = Intake(
        bus,
        CentreSettings(),
        lambda new: None,
        lambda user: None,
        list,
        published=lambda project, version, author: told.append(
            (f"{version} of {project} by {author}", tracing.current())
        ),
        heard=lambda project: told.append((project, tracing.current())),
    )
    intake.begin()
    trace = Trace("ab" * 16, "cd" * 8)
    with tracing.within(trace):
        bus.send([Announce("p1", {"type": "version", "number": 7, "author": "alice"})])
    bus.send([Announce("p2", {"type": "settings"})])
    # What people are told is of no project.
    bus.tell_of_inboxes(["alice", "bob"])
    while len(told) < 4:
        intake.read()
    assert sorted(told, key=str) == [("", None), ("7 of p1 by alice", trace), ("p1", trace), ("p2", None)]
    assert tracing.current() is None
