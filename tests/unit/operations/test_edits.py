"""Waiting for an edit: the reply of the workers, their reasons, and nobody there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import fakeredis
import pytest
import redis

from hubshare import jobs
from hubshare.bus.bus import Bus
from hubshare.bus.replies import Reply
from hubshare.errors import Clash, Unavailable
from hubshare.jobs.payloads import Edit
from hubshare.operations import edits
from hubshare.operations.edits import submit_edit
from hubshare.wire.agent import new_id


@pytest.fixture
def centre() -> Any:
    server = fakeredis.FakeServer()
    bus = Bus("redis://unused")
    bus.redis = fakeredis.FakeRedis(server=server)
    return SimpleNamespace(bus=bus, queue=jobs.make_broker("", client=fakeredis.FakeRedis(server=server)))


def an_edit() -> Edit:
    return Edit(id=new_id(), project=new_id(), user="alice", door="page", token="", message="Restore everything")


def test_an_edit_is_put_on_the_queue_and_its_version_is_known_from_the_reply(centre: Any) -> None:
    edit = an_edit()
    centre.bus.answer(edit.id, Reply("", "7"))
    assert submit_edit(centre, edit) == 7
    assert centre.queue.do_qsize(jobs.EDIT.queue) == 1


def test_why_an_edit_was_not_made_is_raised_as_the_error_that_it_was(centre: Any) -> None:
    edit = an_edit()
    centre.bus.answer(edit.id, Reply("clash", "It was published anew meanwhile."))
    with pytest.raises(Clash, match="published anew"):
        submit_edit(centre, edit)


def test_workers_that_do_not_answer_are_not_waited_for_for_ever(centre: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edits, "_REPLY_SECONDS", 0.05)
    with pytest.raises(Unavailable, match="look at the project in a moment"):
        submit_edit(centre, an_edit())


def test_a_reply_is_still_waited_for_when_redis_was_away(centre: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bus, tries = centre.bus, iter([redis.ConnectionError(), None])
    take = bus.redis.blpop

    def blpop(*args: Any, **more: Any) -> Any:
        if (error := next(tries)) is not None:
            raise error
        return take(*args, **more)

    bus.answer("job", Reply("", "3"))
    monkeypatch.setattr(bus.redis, "blpop", blpop)
    assert bus.wait_for_reply("job", 5) == Reply("", "3")
