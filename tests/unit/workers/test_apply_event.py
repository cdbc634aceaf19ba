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
from hubshare.errors import Invalid
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
