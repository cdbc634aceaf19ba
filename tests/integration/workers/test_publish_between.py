"""What happens between the decision and the transaction, or to others of the same step, leads to no wrong answer."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hubshare_workers.publish import agent_push
from hubshare_workers.publish import publish as publishing
from hubshare_workers.publish.agent_push import AgentPush
from hubshare_workers.publish.publication import Publication, PublishOutcome
from hubshare_workers.publish.publish import publish
from hubshare_workers.publish.turns import Turns
from sqlalchemy import delete, select, update

from hubshare.errors import Unavailable
from hubshare.store.models import Conflict, Grant, Project
from hubshare.testing.centre import wait_until
from hubshare.wire.agent import Pick, Push, read_from_centre
from tests.helpers.centre_fixture import git, repository_of
from tests.helpers.forge import packed, snapshot
from tests.helpers.git_client import GitUser
from tests.helpers.publishing import STEPS, Killed, Stage

#: Every test over SQLite and over PostgreSQL.
pytestmark = pytest.mark.both_databases


def between(patch: pytest.MonkeyPatch, happens: Callable[[], None]) -> None:
    """Let something happen after the next decision and before its transaction."""
    real, once = publishing._write, iter([happens])

    def late(*args: Any) -> bool:
        next(once, lambda: None)()
        return real(*args)

    patch.setattr(publishing, "_write", late)


def change(stage: Stage, **values: Any) -> None:
    with stage.centre.database.begin() as session:
        session.execute(update(Project).where(Project.id == stage.id).values(**values))


def by_anna(stage: Stage, files: dict[str, bytes], **more: Any) -> Callable[[], Publication]:
    objects = snapshot(stage.head, {**files}, "anna")
    event = Push(project=stage.id, checkout=stage.others, commit=objects[-1].id, **more)
    return lambda: AgentPush(stage.centre, "anna", event, packed(objects))


def together(patch: pytest.MonkeyPatch, stage: Stage, *pushes: Callable[[], Publication]) -> list[PublishOutcome]:
    """Publish in one step, in this order; how each is answered."""
    held, gate = threading.Event(), threading.Event()
    real, first = publishing._write, iter([True])

    def slow(*args: Any) -> bool:
        if next(first, False):
            held.set()
            gate.wait(20)
        return real(*args)

    patch.setattr(publishing, "_write", slow)
    answers: dict[int, PublishOutcome] = {}

    def run(number: int, push: Callable[[], Publication]) -> None:
        answers[number] = publish(stage.centre, push())

    before = stage.push({"before.txt": b"before"})
    threads = [threading.Thread(target=run, args=(-1, before))]
    threads[0].start()
    assert held.wait(20)
    for number, push in enumerate(pushes):
        threads.append(threading.Thread(target=run, args=(number, push)))
        threads[-1].start()
        wait_until(
            lambda number=number: any(len(line.waiting) == number + 1 for line in publishing._TURNS._lines.values()),
            "it waits",
        )
    gate.set()
    for thread in threads:
        thread.join()
    return [answers[number] for number in range(len(pushes))]


def test_who_may_not_read_any_more_is_told_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    change(stage, visibility="hub")
    carl = GitUser(stage.olga.home, stage.olga.centre, "carl")
    carl.api("POST", "/checkouts", json={"project": stage.full, "folder": "/x"})
    between(monkeypatch, lambda: change(stage, visibility="private"))
    assert publish(stage.centre, stage.push({"secret.txt": b"secret"})()).status == "applied"
    assert stage.told("carl") == [] and stage.told("anna")


def test_agents_are_told_the_settings_of_this_moment(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    between(monkeypatch, lambda: change(stage, outputs="strip"))
    publish(stage.centre, stage.push({"a.txt": b"a"})())
    assert stage.told("anna")[-1].outputs == "strip"


@pytest.mark.parametrize("what", ["archived", "deleted"])
def test_what_is_put_away_meanwhile_is_not_published_to(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    between(monkeypatch, lambda: change(stage, **{what: datetime(2026, 1, 1)}))
    assert publish(stage.centre, stage.push({"a.txt": b"a"})()).status == "refused"
    assert stage.head == stage.first


def test_who_lost_the_right_meanwhile_publishes_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def revoke() -> None:
        with stage.centre.database.begin() as session:
            session.execute(delete(Grant).where(Grant.project_id == stage.id, Grant.subject == "anna"))

    between(monkeypatch, revoke)
    assert publish(stage.centre, by_anna(stage, {"a.txt": b"a"})()).status == "refused"
    assert stage.head == stage.first


def test_the_id_of_a_push_that_waits_takes_nothing_from_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = stage.push({"mine.txt": b"mine"})
    theirs = by_anna(stage, {"theirs.txt": b"theirs"}, id=mine().id)
    first, second = together(monkeypatch, stage, theirs, mine)
    assert first.status == "merged" and (second.status, second.code) == ("refused", "bad-event")


def test_the_same_push_twice_in_one_step_is_published_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = stage.push({"mine.txt": b"mine"})
    first, second = together(monkeypatch, stage, mine, mine)
    assert first == second and first.status == "merged" and stage.project.version == 2


def test_quotas_count_what_is_published_together(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    pushes = [stage.push({f"{number}.bin": os.urandom(20_000)}) for number in range(4)]
    with stage.centre.database.read() as session:
        used = sum(
            max(found.bytes, found.unpacked) for found in session.scalars(select(Project).filter_by(owner="olga"))
        )
    monkeypatch.setattr(stage.centre.settings, "max_owner_bytes", used + 50_000)
    answers = together(monkeypatch, stage, *pushes)
    assert [answer.code for answer in answers] == ["", "", "over-quota", "over-quota"]


def test_a_lock_that_stands_still_is_waited_for_once_by_all(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[int] = []

    def busy(first: int, collect: Callable[[], list[int]]) -> list[int | Exception]:
        waits.append(len(collect()))
        gate.wait(20)
        raise Unavailable("busy")

    gate, refused = threading.Event(), list[Unavailable]()
    turns = Turns[int, int](busy)

    def wait(number: int) -> None:
        try:
            turns.take("project", number, 20)
        except Unavailable as error:
            refused.append(error)

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(5)]
    threads[0].start()
    wait_until(lambda: waits, "the first one waits for the lock")
    for thread in threads[1:]:
        thread.start()
    wait_until(lambda: len(turns._lines["project"].waiting) == 4, "the others wait for the first one")
    gate.set()
    for thread in threads:
        thread.join()
    assert waits == [1, 4] and len(refused) == 5


def test_a_pick_is_told_though_the_worker_died_before(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(stage.centre, stage.push({"a.txt": b"base"})())
    base = stage.head
    stage.others_publish({"a.txt": b"theirs"})
    assert publish(stage.centre, stage.push({"a.txt": b"ours"}, onto=base)()).status == "conflict"
    with stage.centre.database.read() as session:
        conflict = session.scalars(select(Conflict).where(Conflict.project_id == stage.id)).one()
    again = stage.edit({"a.txt": b"of both"}, picked={conflict.id: "1" * 40})
    with monkeypatch.context() as patch, pytest.raises(Killed):
        STEPS["the transaction"][0](patch)
        publish(stage.centre, again())
    publish(stage.centre, again())
    inbox = stage.centre.bus.redis.xrange("hubshare:{olga}:inbox")
    told = [read_from_centre(fields[b"event"]) for _, fields in inbox]
    picks = [event for event in told if isinstance(event, Pick) and event.project == stage.id]
    assert [(pick.checkout, pick.paths[0].path) for pick in picks] == [(stage.checkout, "a.txt")]


def test_a_merge_that_is_made_once_more_later_is_the_same_commit(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    base = stage.head
    stage.others_publish({"b.txt": b"b"})
    again = stage.push({"a.txt": b"a"}, onto=base)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        STEPS["the objects"][0](patch)
        publish(stage.centre, again())
    later = time.time() + 3600
    monkeypatch.setattr(agent_push, "time", SimpleNamespace(time=lambda: later))
    assert publish(stage.centre, again()).status == "merged"
    assert git(repository_of(stage.olga.centre, stage.full), "fsck", "--strict") == b""
