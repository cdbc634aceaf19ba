"""What is cheap to send is cheap to answer: however much a message names, and however often it comes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hubshare_workers.context import Context
from hubshare_workers.intake.dispatch import dispatch
from hubshare_workers.publish import agent_push
from hubshare_workers.publish.agent_push import AgentPush
from hubshare_workers.publish.jobs import apply_event
from hubshare_workers.publish.publish import publish
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from hubshare import metering
from hubshare.bus.deliveries import Delivery, Drop
from hubshare.bus.keys import inbox, user_of
from hubshare.jobs import OutboxEntry
from hubshare.metering import Meter
from hubshare.names import key_part
from hubshare.store.database import Database
from hubshare.store.models import Checkout, Conflict, Project
from hubshare.wire.agent import Access, Outcome, Pull, Push, Sync, Update, new_id, read_from_centre
from tests.helpers.publishing import Killed, Stage


class Transactions:
    """Counts the transactions that write, and the rows that each deletes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: list[int] = []
        real = Database.begin

        @contextmanager
        def begin(database: Database, about: str = "") -> Iterator[Session]:
            with real(database, about) as session:
                before = count(session)
                yield session
                self.rows.append(before - count(session))

        monkeypatch.setattr(Database, "begin", begin)


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Conflict)) or 0


def sent(stage: Stage, event: Sync | Pull | Push) -> OutboxEntry:
    """An entry of an outbox that no worker reads."""
    key = f"hubshare:{{somebody-{new_id()}}}:outbox-of-nobody"
    return OutboxEntry(key, stage.centre.bus.redis.xadd(key, {"event": event.encode()}).decode())


def told(stage: Stage, user: str = "olga") -> list[Any]:
    found = stage.centre.bus.redis.xrange(inbox(user))
    return [read_from_centre(fields[b"event"]) for _, fields in found]


def conflicts(stage: Stage, paths: list[str]) -> None:
    with stage.centre.database.begin() as session:
        session.execute(delete(Conflict))
        session.add_all(
            Conflict(
                id=new_id(),
                project_id=stage.id,
                checkout_id=stage.checkout,
                path=path,
                kind="edit",
                snapshot=stage.head,
            )
            for path in paths
        )


def answer(stage: Stage, event: Sync | Pull) -> Meter:
    with metering.metered() as meter:
        dispatch(stage.centre, "olga", event.encode(), taken=sent(stage, event))
    return meter


def test_a_sync_of_a_thousand_names_is_a_few_queries_and_one_round_trip(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    sends: list[list[Delivery]] = []
    real = stage.centre.bus.send
    monkeypatch.setattr(stage.centre.bus, "send", lambda deliveries: (sends.append([*deliveries]), real(sends[-1])))
    few = answer(stage, Sync(checkouts=[stage.checkout]))
    # Hers, somebody else's, and many that there are not; each of them twice and more.
    names = [stage.checkout, stage.others, *(new_id() for _ in range(300))]
    many = answer(stage, Sync(checkouts=(4 * names)[:1000]))
    assert many.queries <= few.queries + 2 <= 10
    unknown = stage.centre.settings.inbox_entries // 2
    # Each is taken from its outbox afterwards.
    answers = [made for made in sends if not isinstance(made[0], Drop)]
    assert [len(made) for made in answers] == [1, 1 + unknown]
    seen = [read_from_centre(made.event) for made in answers[-1]]  # type: ignore[union-attr]
    assert [event.project for event in seen if isinstance(event, Update)] == [stage.id]
    assert len({event.checkout for event in seen if isinstance(event, Access)}.intersection(names[1:])) == unknown


def test_what_is_told_of_checkouts_that_there_are_not_pushes_nothing_else_out_of_the_inbox(stage: Stage) -> None:
    names = [stage.checkout, *(new_id() for _ in range(250))]
    lacking, asked = set(names[1:]), 0
    while lacking and asked < 100:
        asked += 1
        stage.centre.bus.redis.delete(inbox("olga"))
        answer(stage, Sync(checkouts=[*names, *(new_id() for _ in range(2))]))
        said = told(stage)
        assert [event.project for event in said if isinstance(event, Update)] == [stage.id]
        lacking.difference_update(event.checkout for event in said if isinstance(event, Access))
    # All of them in time.
    assert not lacking


def test_the_same_question_asked_often_before_it_was_answered_is_answered_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Sync(checkouts=[stage.checkout])
    entries = [sent(stage, asked) for _ in range(20)]
    monkeypatch.setattr("hubshare_workers.intake.standings._sent", lambda taken: int(taken.entry[:13]) - 1)
    # Whoever answers it first dies of it.
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(stage.centre.bus, "send", lambda _: (_ for _ in ()).throw(Killed))
        dispatch(stage.centre, "olga", asked.encode(), taken=entries[0])
    before = len(told(stage))
    for entry in entries:
        dispatch(stage.centre, "olga", Sync(checkouts=[stage.checkout]).encode(), taken=entry)
    assert len(told(stage)) == before + 1
    assert not any(stage.centre.bus.redis.xlen(entry.outbox) for entry in entries)


def test_a_question_asked_after_the_answer_is_answered(stage: Stage) -> None:
    answer(stage, Sync(checkouts=[stage.checkout]))
    before = len(told(stage))
    answer(stage, Sync(checkouts=[stage.checkout]))
    assert len(told(stage)) == before + 1


def test_deletions_that_a_checkout_has_brought_already_are_not_said_to_be_confirmed_again(stage: Stage) -> None:
    """The next ones, which nobody confirmed, would pass with them."""
    head = stage.head
    stage.others_publish({"a.txt": b"anna's"})
    said = []
    for holds in (head, stage.head):
        with stage.centre.database.begin() as session:
            project = session.get_one(Project, stage.id)
            project.deletions_confirmed = project.version
            session.get_one(Checkout, stage.checkout).commit = holds
        answer(stage, Sync(checkouts=[stage.checkout]))
        said.append(told(stage)[-1].confirmed)
    assert said == [True, False]


def test_many_settled_conflicts_go_in_short_transactions(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    real = [f"{number}.txt" for number in range(1200)]
    conflicts(stage, [*real, "open.txt"])
    transactions = Transactions(monkeypatch)
    event = Pull(
        project=stage.id,
        checkout=stage.checkout,
        commit=stage.head,
        settled=[*real, *real, *(f"no conflict {number}" for number in range(5000))],
    )
    monkeypatch.setattr(stage.centre.settings, "max_event_bytes", 1_000_000)
    answer(stage, event)
    assert sum(transactions.rows) == 1200 and max(transactions.rows) <= 500
    with stage.centre.database.read() as session:
        assert session.scalars(select(Conflict.path)).all() == ["open.txt"]


def test_a_pull_that_says_nothing_new_writes_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    event = Pull(
        project=stage.id, checkout=stage.checkout, commit=stage.head, settled=[f"{number}" for number in range(4000)]
    )
    answer(stage, event)
    transactions = Transactions(monkeypatch)
    for _ in range(5):
        assert answer(stage, event).queries <= 3
    answer(stage, event.model_copy(update={"checkout": stage.others}))
    assert transactions.rows == []
    stage.others_publish({"a.txt": new_id().encode()})
    transactions.rows.clear()
    answer(stage, event.model_copy(update={"commit": stage.head}))
    assert len(transactions.rows) == 1


def test_a_pull_of_what_is_no_version_writes_nothing_but_what_is_settled(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    conflicts(stage, ["a.txt", "open.txt"])
    event = Pull(project=stage.id, checkout=stage.checkout, commit="c" * 40)
    transactions = Transactions(monkeypatch)
    answer(stage, event)
    assert transactions.rows == []
    answer(stage, event.model_copy(update={"settled": ["a.txt"]}))
    assert transactions.rows == [1]
    with stage.centre.database.read() as session:
        assert session.get_one(Checkout, stage.checkout).commit != event.commit


def test_who_has_cost_too_much_waits_and_is_told(stage: Stage) -> None:
    context = Context(stage.centre, None)  # type: ignore[arg-type]
    client = stage.centre.bus.redis
    push = Push(project=stage.id, checkout=stage.checkout, commit=stage.head)
    entries = [sent(stage, push), sent(stage, Sync(checkouts=[stage.checkout]))]
    for wanted in entries:
        metering.charge(client, user_of(wanted.outbox), Meter(seconds=stage.centre.settings.max_cost_seconds + 30))
        apply_event(context, wanted)
    # The push comes again, from the agent; the question waits.
    assert [client.xlen(wanted.outbox) for wanted in entries] == [0, 1]
    (outcome,) = told(stage, user_of(entries[0].outbox))
    assert isinstance(outcome, Outcome) and (outcome.code, outcome.retry) == ("too-many", True)
    assert "more than your share" in outcome.message
    for _ in range(30):
        apply_event(context, entries[1])
    assert client.xlen(entries[1].outbox) == 1
    client.zrem(metering.DEBTS, key_part(user_of(entries[1].outbox)))
    apply_event(context, entries[1])
    assert client.xlen(entries[1].outbox) == 0
    assert len(told(stage, user_of(entries[1].outbox))) == 1


def test_who_has_sent_too_much_in_a_minute_waits_and_the_rest_of_it_is_not_read(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = Context(stage.centre, None)  # type: ignore[arg-type]
    client = stage.centre.bus.redis
    monkeypatch.setattr(stage.centre.settings, "pushes_per_minute", 10)
    # All of it in one minute.
    monkeypatch.setattr("hubshare.bus.bus._rate", lambda what, who: f"hubshare:rate:test-{stage.id}:{what}:{who}")
    outbox = f"hubshare:{{somebody-{new_id()}}}:outbox-of-nobody"

    def send(event: Sync | Push) -> OutboxEntry:
        return OutboxEntry(outbox, client.xadd(outbox, {"event": event.encode()}).decode())

    for _ in range(20):
        apply_event(context, send(Sync(checkouts=[new_id()])))
    assert client.xlen(outbox) == 0
    monkeypatch.setattr("hubshare_workers.intake.dispatch.read_from_agent", lambda *_: pytest.fail("it was read"))
    waits = send(Sync(checkouts=[new_id()]))
    for _ in range(30):
        apply_event(context, waits)
    assert client.xlen(outbox) == 1
    monkeypatch.undo()
    apply_event(context, waits)
    assert client.xlen(outbox) == 0


def test_nothing_stays_in_redis_of_what_was_answered(stage: Stage) -> None:
    context = Context(stage.centre, None)  # type: ignore[arg-type]
    client = stage.centre.bus.redis
    outbox = f"hubshare:{{somebody-{new_id()}}}:outbox-of-nobody"
    raws = [b"{}", Sync(checkouts=[]).encode(), Pull(project=stage.id, checkout=new_id(), commit=stage.head).encode()]
    raws.append(Push(project=stage.id, checkout=stage.checkout, commit="d" * 40).encode())
    entries = [OutboxEntry(outbox, client.xadd(outbox, {"event": raw}).decode()) for raw in raws]
    for wanted in entries[1:]:
        apply_event(context, wanted)
    stage.centre.bus.count_try(*entries[0])
    assert stage.centre.bus.never_tried(entries) == entries[1:]
    apply_event(context, entries[0])
    assert stage.centre.bus.never_tried(entries) == entries
    assert client.xlen(outbox) == 0


def test_a_push_that_comes_too_often_is_sent_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    context = Context(stage.centre, None)  # type: ignore[arg-type]
    monkeypatch.setattr(stage.centre.settings, "pushes_per_minute", 0)
    wanted = sent(stage, Push(project=stage.id, checkout=stage.checkout, commit=stage.head))
    apply_event(context, wanted)
    (outcome,) = told(stage, user_of(wanted.outbox))
    assert isinstance(outcome, Outcome) and (outcome.code, outcome.retry) == ("too-many", True)
    assert stage.centre.bus.redis.xlen(wanted.outbox) == 0


def test_an_inline_pack_of_somebody_who_may_not_push_is_not_unpacked(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object) -> None:
        raise AssertionError("it was unpacked")

    monkeypatch.setattr(agent_push, "Pack", opened)
    event = Push(project=stage.id, checkout=stage.checkout, commit=stage.head)
    answered = publish(stage.centre, AgentPush(stage.centre, "mallory", event, b"PACK" * 10_000))
    assert (answered.status, answered.code) == ("refused", "not-found")
