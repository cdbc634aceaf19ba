"""The job that answers an entry: what becomes of a push that takes its worker down."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import fakeredis
import pytest
from dramatiq.brokers.stub import StubBroker
from hubshare_workers.actors import apply_event

from hubshare import jobs
from hubshare.bus.bus import Bus
from hubshare.bus.keys import outbox
from hubshare.errors import Invalid
from hubshare.wire.agent import Push, new_id, read_from_centre


class Killed(BaseException):
    """The worker dies of the job."""


def test_a_push_that_kills_its_worker_is_given_up_and_its_user_told(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = Bus("redis://unused")
    bus.redis = fakeredis.FakeRedis()
    told: list[Any] = []
    monkeypatch.setattr(bus, "tell", lambda users, event: told.append((users, read_from_centre(event))))
    centre: Any = SimpleNamespace(bus=bus)
    push = Push(project=new_id(), checkout=new_id(), commit="a" * 40)
    key = outbox("alice")
    entry = bus.redis.xadd(key, {"event": json.dumps(json.loads(push.encode()))}).decode()

    def dying(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(apply_event, "dispatch", dying)
    broker = StubBroker(middleware=jobs.standard_middleware())
    apply_event.declare(broker, centre)
    job = broker.get_actor("apply_event").fn
    for _ in range(apply_event.MOST_TRIES):
        with pytest.raises(Killed):
            job(key, entry)
    with pytest.raises(Invalid, match="again and again") as caught:
        job(key, entry)
    apply_event.give_up(centre, key, entry, caught.value)
    ((users, outcome),) = told
    assert users == ["alice"]
    assert (outcome.event, outcome.status, outcome.retry) == (push.id, "refused", False)
    assert bus.entry(key, entry) is None
