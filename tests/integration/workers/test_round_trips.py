"""What a push asks of Redis and of the database: few round trips, and few statements for all that are published together."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from hubshare_workers.context import Context
from hubshare_workers.publish import publish as publishing
from hubshare_workers.publish.jobs import apply_event
from hubshare_workers.publish.publish import publish
from sqlalchemy import event

from hubshare.bus.keys import inbox
from hubshare.jobs import OutboxEntry
from hubshare.testing.centre import wait_until
from hubshare.wire.agent import Outcome, Push, read_from_centre
from tests.helpers.forge import packed, snapshot
from tests.helpers.publishing import Stage


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one for each round trip of Redis that this thread makes."""
    made, here, real = list[int](), threading.get_ident(), redis.Connection.send_packed_command

    def send(connection: redis.Connection, *args: Any, **more: Any) -> None:
        if threading.get_ident() == here:
            made.append(1)
        real(connection, *args, **more)

    monkeypatch.setattr(redis.Connection, "send_packed_command", send)
    return made


@pytest.fixture(autouse=True)
def olgas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the outbox that no worker reads be that of olga."""
    for module in ("hubshare_workers.publish.jobs", "hubshare.bus.bus"):
        monkeypatch.setattr(f"{module}.user_of", lambda _: "olga")


def pushed(stage: Stage, number: int) -> OutboxEntry:
    """A push of olga on top of what is published, in an outbox that nobody reads."""
    objects = snapshot(stage.head, {"a.txt": b"%d" % number}, "olga")
    push = Push(project=stage.id, checkout=stage.checkout, commit=objects[-1].id, confirmed=True)
    outbox = "hubshare:{somebody}:outbox-of-nobody"
    fields = {"event": push.encode(), "pack": packed(objects)}
    return OutboxEntry(outbox, stage.centre.bus.redis.xadd(outbox, fields).decode())


def test_a_push_takes_two_round_trips_to_redis(stage: Stage, sent: list[int]) -> None:
    context = Context(stage.centre, None)  # type: ignore[arg-type]
    # The first one opens connections.
    apply_event(context, pushed(stage, 1))
    wanted = pushed(stage, 2)
    sent.clear()
    apply_event(context, wanted)
    assert len(sent) == 2, "one to take it, one to answer it and to tell everybody"
    assert stage.files() == {"a.txt": b"2"}


def test_a_push_counts_with_its_answer(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    context = Context(stage.centre, None)  # type: ignore[arg-type]
    monkeypatch.setattr(stage.centre.settings, "pushes_per_minute", 3)
    # All of it in one minute.
    monkeypatch.setattr("hubshare.bus.bus._rate", lambda what, who: f"hubshare:rate:test-{stage.id}:{what}:{who}")
    for number in range(4):
        apply_event(context, pushed(stage, number))
    found = [read_from_centre(fields[b"event"]) for _, fields in stage.centre.bus.redis.xrange(inbox("olga"))]
    codes = [told.code for told in found if isinstance(told, Outcome) and told.checkout == stage.checkout]
    assert codes == ["", "", "", "too-many"]
    assert stage.files() == {"a.txt": b"2"}


@contextmanager
def held_up(patch: pytest.MonkeyPatch, steps: list[tuple[int, int]], stage: Stage) -> Iterator[threading.Event]:
    """Notes of each step that publishes how many there were and how many statements it took; the first waits for the event."""
    engine, statements = stage.centre.database.engine, list[int]()
    held, gate, real = threading.Event(), threading.Event(), publishing._publish

    def note(*_: Any) -> None:
        statements.append(threading.get_ident())

    def step(centre: Any, project: str, entries: list[Any]) -> Any:
        if not held.is_set():
            held.set()
            gate.wait(20)
        here = threading.get_ident()
        before = statements.count(here)
        made = real(centre, project, entries)
        steps.append((len(entries), statements.count(here) - before))
        return made

    patch.setattr(publishing, "_publish", step)
    event.listen(engine, "before_cursor_execute", note)
    first = threading.Thread(target=lambda: publish(stage.centre, stage.push({f"first-{len(steps)}.txt": b"first"})()))
    first.start()
    assert held.wait(20)
    try:
        yield gate
    finally:
        gate.set()
        first.join()
        event.remove(engine, "before_cursor_execute", note)
        patch.undo()


def test_many_pushes_that_wait_take_as_many_statements_as_two(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, first = list[tuple[int, int]](), stage.head
    for many in (2, 9):
        pushes = [stage.push({f"{many}-{number}.txt": b"%d" % number}, onto=first) for number in range(many)]
        with held_up(monkeypatch, steps, stage) as gate:
            threads = [threading.Thread(target=lambda push=push: publish(stage.centre, push())) for push in pushes]
            for thread in threads:
                thread.start()
            wait_until(
                lambda many=many: any(len(line.waiting) == many for line in publishing._TURNS._lines.values()),
                "they wait",
            )
            gate.set()
            for thread in threads:
                thread.join()
    (_, (two, of_two), _, (nine, of_nine)) = steps
    assert (two, nine) == (2, 9)
    assert of_two == of_nine
