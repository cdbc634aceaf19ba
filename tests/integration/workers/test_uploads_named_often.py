"""What was uploaded once and is named often is looked into once, and only where it may be published at all."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hubshare_workers.publish import agent_push
from hubshare_workers.publish.agent_push import AgentPush
from hubshare_workers.publish.publish import publish

from hubshare import metering
from hubshare.errors import Unavailable
from hubshare.git.objects import BLOB, Object
from hubshare.git.packs import Pack, pack_of
from hubshare.testing.centre import wait_until
from hubshare.wire.agent import Push, new_id
from tests.helpers.forge import snapshot
from tests.helpers.publishing import Stage

ZEROS = 190_000


class Opened:
    """Counts the packs that are unpacked, and can hold them up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.go = 0, threading.Event()
        self.go.set()

        def opened(*args: Any) -> Pack:
            self.count += 1
            assert self.go.wait(30)
            return Pack(*args)

        monkeypatch.setattr(agent_push, "Pack", opened)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    return Opened(monkeypatch)


def upload(stage: Stage, spare: bool = True) -> tuple[str, str]:
    """A pack of little that unpacks to much, which is refused where it holds what the snapshot does not use."""
    objects = snapshot(stage.head, {"a.txt": b"a"} if spare else {"a.bin": bytes(ZEROS)}, "olga")
    zeros = [Object(BLOB, bytes(ZEROS))] if spare else []
    name = new_id()
    stage.centre.uploads.append("olga", name, 0, pack_of([*zeros, *objects]))
    stage.centre.uploads.finish("olga", name)
    return name, objects[-1].id


def push(stage: Stage, name: str, commit: str, **other: str) -> AgentPush:
    event = Push(**({"project": stage.id, "checkout": stage.checkout} | other), commit=commit, upload=name)
    return AgentPush(stage.centre, "olga", event)


def test_a_refused_upload_goes_and_who_names_it_again_hears_that_it_is_not_there(stage: Stage, opened: Opened) -> None:
    name, commit = upload(stage)
    answers = [publish(stage.centre, push(stage, name, commit)) for _ in range(3)]
    assert [(answer.code, answer.retry) for answer in answers] == [("bad-pack", False), *2 * [("not-found", True)]]
    assert opened.count == 1
    assert not stage.centre.uploads.path("olga", name).exists()


def test_one_job_at_a_time_looks_into_an_upload_and_others_go_back_to_the_queue(stage: Stage, opened: Opened) -> None:
    name, commit = upload(stage)
    opened.go.clear()
    first = threading.Thread(target=publish, args=(stage.centre, push(stage, name, commit)))
    first.start()
    wait_until(lambda: opened.count == 1, "the first one looks into it")
    for _ in range(5):
        with pytest.raises(Unavailable, match="being looked at"):
            publish(stage.centre, push(stage, name, commit))
    opened.go.set()
    first.join()
    assert opened.count == 1
    assert publish(stage.centre, push(stage, name, commit)).code == "not-found"


def test_an_event_that_comes_again_is_answered_without_a_look(stage: Stage, opened: Opened) -> None:
    name, commit = upload(stage)
    twice = push(stage, name, commit)
    again = AgentPush(stage.centre, "olga", twice._event)
    told = publish(stage.centre, twice)
    # It is sent once more with it.
    other = stage.centre.uploads
    other.append("olga", name, 0, b"anything")
    other.finish("olga", name)
    assert publish(stage.centre, again) == told and told.code == "bad-pack"
    assert opened.count == 1


@pytest.mark.parametrize("fault", ["checkout", "project", "quota"])
def test_what_may_not_be_published_is_not_unpacked(
    stage: Stage, opened: Opened, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, commit = upload(stage, spare=False)
    if fault == "quota":
        monkeypatch.setattr(stage.centre.settings, "max_owner_bytes", 1)
    other = {fault: new_id()} if fault != "quota" else {}
    answer = publish(stage.centre, push(stage, name, commit, **other))
    assert answer.code == ("over-quota" if fault == "quota" else "not-found") and not answer.retry
    assert opened.count == 0
    assert not stage.centre.uploads.path("olga", name).exists()


def test_what_it_cost_is_counted(stage: Stage) -> None:
    name, commit = upload(stage, spare=False)
    with metering.metered() as meter:
        assert publish(stage.centre, push(stage, name, commit)).status == "applied"
    assert ZEROS < meter.inflated < ZEROS + 5_000
    assert 300 < meter.stored < ZEROS / 50 and meter.queries >= 5 and meter.seconds > 0


def test_what_is_published_together_is_counted_for_each(stage: Stage) -> None:
    meters = [metering.Meter(), metering.Meter()]
    with metering.metered() as own, metering.shared() as among:
        among += meters
        metering.count(seconds=2.0, queries=10)
    assert [meter.queries for meter in (own, *meters)] == [0, 5, 5]
    assert all(1.0 <= meter.seconds < 1.5 for meter in meters) and own.seconds < 0.5
