"""The inbox by the API and the event stream: who is told of what, and what of it goes again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
from hubshare_workers.journal.following import changes_of
from hubshare_workers.journal.reader import write_changes

from hubshare.client import Client
from hubshare.jobs.journal import Note, clock
from hubshare.store.job_rollups import Counts
from hubshare.testing.centre import TestCentre
from tests.helpers.access_fixture import Stage, Stages


def inbox(stage: Stage, token: str, **wanted: Any) -> list[dict[str, Any]]:
    answer = stage.api(token, "GET", "/me/notifications", params=wanted)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def note(stage: Stage, user: str, state: str, **more: str) -> None:
    """What the journal tells of a push of a user."""
    told = Note(uuid4().hex, state, clock(), kind="push", user=user, project=stage.id, worker="w:1", **more)
    with stage.centre.centre.database.begin("journal") as session:
        write_changes(session, changes_of({}, [told]), Counts([], []))


def test_who_is_given_access_and_loses_it_is_told_so(stages: Stages) -> None:
    stage, new = stages.new(), f"n{uuid4().hex[:8]}"
    owner, grant = stage["owner"], f"/projects/{stage.full}/grants/{new}"
    known = inbox(stage, owner.token, everything=True)
    assert stage.api(owner.token, "PUT", grant, json={"role": "writer"}).status_code < 300
    [given] = inbox(stage, new)
    assert given["words"] == f"{owner.user} made you writer of {stage.full}"
    assert (given["page"], given["project"], given["count"]) == (f"projects/{stage.full}", stage.full, 1)
    assert stage.api(new, "POST", f"/me/notifications/{given['number']}/read").status_code == 204
    assert inbox(stage, new) == []
    assert stage.api(owner.token, "DELETE", grant).status_code < 300
    [lost] = inbox(stage, new)
    assert (lost["kind"], lost["project"]) == ("access_lost", "")
    assert stage.full in lost["words"]
    # What was told before of what one may not see any more is not shown, not even as read.
    assert [one["kind"] for one in inbox(stage, new, everything=True)] == ["access_lost"]
    assert inbox(stage, owner.token, everything=True) == known, "nobody is told of what they do themselves"


def test_access_that_is_taken_up_needs_nobody_any_more(stages: Stages) -> None:
    stage, users = stages.new(), [f"n{uuid4().hex[:8]}" for _ in range(2)]
    for user in users:
        stage.api(stage["owner"].token, "PUT", f"/projects/{stage.full}/grants/{user}", json={"role": "writer"})
    asked = stage.api(users[0], "POST", "/checkouts", json={"project": stage.full, "folder": "/home/n/course"})
    assert asked.status_code == 201, asked.text
    assert [len(inbox(stage, user)) for user in users] == [0, 1]


def test_a_number_of_somebody_else_is_none(stages: Stages) -> None:
    stage, new = stages.new(), f"n{uuid4().hex[:8]}"
    stage.api(stage["owner"].token, "PUT", f"/projects/{stage.full}/grants/{new}", json={"role": "writer"})
    [given] = inbox(stage, new)
    answer = stage.api(stage["stranger"].token, "POST", f"/me/notifications/{given['number']}/read")
    assert answer.status_code == 404
    assert inbox(stage, new) == [given]


def test_a_push_that_failed_needs_its_person_until_one_is_done(stages: Stages) -> None:
    stage = stages.new()
    writer = stage["writer"]
    stage.api(writer.token, "POST", "/me/notifications/read", json={})
    note(stage, writer.user, "refused", code="too-large", error="big.bin is too large.")
    note(stage, writer.user, "refused", code="too-large", error="big.bin is too large.")
    # What is tried again by itself, and what is not there, is nobody's concern.
    note(stage, writer.user, "refused", code="too-many", error="Later.")
    note(stage, writer.user, "lost")
    [told] = inbox(stage, writer.token)
    assert told["words"] == f"Your push to {stage.full} was refused: big.bin is too large."
    assert told["count"] == 2
    assert "Your files are as they were" in told["advice"]
    note(stage, stage["owner"].user, "done")
    assert inbox(stage, writer.token) == [told], "somebody else's is another thing"
    note(stage, writer.user, "done")
    assert inbox(stage, writer.token) == []


def test_the_client_lists_and_marks(centre: TestCentre, stages: Stages) -> None:
    stage, new = stages.new(), f"n{uuid4().hex[:8]}"
    stage.api(stage["owner"].token, "PUT", f"/projects/{stage.full}/grants/{new}", json={"role": "admin"})
    with Client(centre.url, new) as client:
        [told] = list(client.notifications())
        assert client.read_notifications(until=told.time).read == 1
        assert list(client.notifications()) == []
        assert [one.number for one in client.notifications(everything=True)] == [told.number]


def heard(lines: Iterator[str]) -> tuple[str, Any]:
    """Id and text of the next event."""
    name = ""
    for line in lines:
        if line.startswith("id:"):
            name = line
        elif line.startswith("data:"):
            return name, json.loads(line.removeprefix("data:"))
    raise AssertionError("the stream has ended")


def test_a_stream_says_that_the_inbox_is_otherwise_to_its_person_alone(centre: TestCentre, stages: Stages) -> None:
    stage, new = stages.new(), f"n{uuid4().hex[:8]}"
    streams = [
        httpx.stream("GET", f"{centre.url}api/v1/events", headers={"Authorization": f"token {user}"})
        for user in (new, f"{new}-other")
    ]
    with streams[0] as mine, streams[1] as other:
        lines, others = mine.iter_lines(), other.iter_lines()
        assert next(lines) == next(others) == ": connected"
        stage.api(stage["owner"].token, "PUT", f"/projects/{stage.full}/grants/{new}", json={"role": "reader"})
        name, event = heard(lines)
        assert event == {"type": "inbox", "project": ""}
        # What comes later is the first that somebody else hears.
        centre.centre.bus.tell_of_inboxes([f"{new}-other"])
        first, event = heard(others)
        assert (event["type"], first != name) == ("inbox", True)
