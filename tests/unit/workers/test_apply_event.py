"""The job that answers an entry: what becomes of a push that takes its worker down."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import fakeredis
import pytest
from hubshare_workers.context import Context
from hubshare_workers.publish import jobs as publishing

from hubshare import jobs
from hubshare.bus.bus import Bus
from hubshare.bus.keys import outbox
from hubshare.config import CentreSettings
from hubshare.errors import Invalid, Unavailable
from hubshare.wire.agent import Push, new_id, read_from_centre


class Killed(BaseException):
    """The worker dies of the job."""


def test_a_push_that_kills_its_worker_is_given_up_and_its_user_told(monkeypatch: pytest.MonkeyPatch) -> None:
    bus = Bus("redis://unused")
    bus.redis = fakeredis.FakeRedis()
    told: list[Any] = []
    monkeypatch.setattr(bus, "tell", lambda users, event: told.append((users, read_from_centre(event))))
    centre: Any = SimpleNamespace(bus=bus, settings=CentreSettings())
    push = Push(project=new_id(), checkout=new_id(), commit="a" * 40)
    key = outbox("alice")
    entry = bus.redis.xadd(key, {"event": json.dumps(json.loads(push.encode()))}).decode()

    def dying(*_: object) -> None:
        raise Killed

    monkeypatch.setattr(publishing, "dispatch", dying)
    context, wanted = Context(centre, None), jobs.OutboxEntry(key, entry)  # type: ignore[arg-type]
    for _ in range(publishing.MOST_TRIES):
        with pytest.raises(Killed):
            publishing.apply_event(context, wanted)
    with pytest.raises(Invalid, match="again and again") as caught:
        publishing.apply_event(context, wanted)
    publishing.give_up_event(context, wanted, caught.value)
    ((users, outcome),) = told
    assert users == ["alice"]
    assert (outcome.event, outcome.status, outcome.retry) == (push.id, "refused", False)
    assert bus.entry(key, entry) is None


def test_a_push_that_finds_something_busy_however_often_is_not_given_up_for_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bus = Bus("redis://unused")
    bus.redis = fakeredis.FakeRedis()
    key = outbox("alice")
    entry = bus.redis.xadd(key, {"event": b"{}"}).decode()
    centre: Any = SimpleNamespace(bus=bus, settings=CentreSettings())
    context, wanted = Context(centre, None), jobs.OutboxEntry(key, entry)  # type: ignore[arg-type]

    def busy(*_: object) -> None:
        raise Unavailable("busy")

    monkeypatch.setattr(publishing, "dispatch", busy)
    for _ in range(3 * publishing.MOST_TRIES):
        with pytest.raises(Unavailable):
            publishing.apply_event(context, wanted)
    done: list[str] = []
    monkeypatch.setattr(publishing, "dispatch", lambda centre, user, *_: done.append(user))
    publishing.apply_event(context, wanted)
    assert done == ["alice"]
