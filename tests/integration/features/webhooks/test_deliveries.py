"""Deliveries of webhooks: whatever the receiver does, nothing is lost, order is kept, and others are not held up."""

from __future__ import annotations

import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from sqlalchemy import select

from hubshare import tracing
from hubshare.features.webhooks import lanes, operations, sending, worker
from hubshare.features.webhooks.jobs import Lane
from hubshare.operations.releases import add_release, delete_release
from hubshare.store.access.actions import Action
from hubshare.store.models import Project, Team, now
from hubshare.store.webhook_tables import Webhook, WebhookDelivery, WebhookLane
from hubshare.tracing import Trace
from hubshare.wire.api.cloud_events import CHANGED
from hubshare.wire.api.webhooks import WebhookChange
from tests.helpers.receivers import says
from tests.helpers.webhook_story import Story

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _waiting(story: Story, hook: str, count: int) -> None:
    """Have so many deliveries wait, as after one has asked for them again."""
    with story.centre.database.begin() as session:
        for number in range(count):
            of = {"webhook_id": hook, "project_id": story.world.project.id, "type": CHANGED, "body": "{}"}
            session.add(WebhookDelivery(event=f"event-{number:02d}", **of))
            session.flush()
        session.get_one(WebhookLane, (hook, story.world.project.id)).due = story.at


def test_many_that_wait_go_in_order_over_one_connection(story: Story) -> None:
    hook = story.webhook()
    _waiting(story, hook, 50)
    story.work()
    ids = [one.headers["webhook-id"] for one in story.receiver.received]
    assert ids == [f"event-{number:02d}" for number in range(50)]
    assert len({one.connection for one in story.receiver.received}) == 1
    assert {one.state for one in story.log(hook)} == {"delivered"}


def test_of_many_that_wait_nothing_is_sent_after_one_that_failed(story: Story) -> None:
    hook = story.webhook()
    _waiting(story, hook, 50)

    def fails_once(handler: BaseHTTPRequestHandler) -> None:
        says(500 if len(story.receiver.received) == 6 else 204)(handler)

    story.receiver.answers["/"] = fails_once
    story.work()
    ids = [one.headers["webhook-id"] for one in story.receiver.received]
    assert ids == [f"event-{number:02d}" for number in range(6)]
    assert [one.state for one in story.log(hook)] == ["delivered"] * 5 + ["waiting"] * 45
    story.wait(timedelta(seconds=10), timedelta(seconds=5))
    ids = [one.headers["webhook-id"] for one in story.receiver.received]
    assert ids == [f"event-{number:02d}" for number in (*range(6), *range(5, 50))]


def test_what_was_answered_before_a_process_ends_is_not_sent_again(story: Story) -> None:
    hook = story.webhook()
    _waiting(story, hook, 30)

    def ends_at_seven(handler: BaseHTTPRequestHandler) -> None:
        if len(story.receiver.received) == 7:
            story.context.ending.set()
        says(204)(handler)

    story.receiver.answers["/"] = ends_at_seven
    worker.deliver(story.context, Lane(hook, story.world.project.id, "alice", "x"), story.clock)
    assert [one.state for one in story.log(hook)] == ["delivered"] * 7 + ["waiting"] * 23
    # Another process goes on at once.
    assert [message.message_id.split(":")[-1] for message, _ in story.queue.messages] == ["after x"]
    story.context.ending.clear()
    story.work()
    ids = [one.headers["webhook-id"] for one in story.receiver.received]
    assert ids == [f"event-{number:02d}" for number in range(30)]


def test_one_that_breaks_the_worker_has_none_before_it_sent_again(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = story.webhook()
    _waiting(story, hook, 5)
    headers = worker._headers

    def breaks(delivery: WebhookDelivery, *others: Any) -> dict[str, str]:
        if delivery.event == "event-03":
            raise ZeroDivisionError
        return headers(delivery, *others)

    monkeypatch.setattr(worker, "_headers", breaks)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            story.work()
        story.at += timedelta(minutes=2)
    assert [one.headers["webhook-id"] for one in story.receiver.received] == [f"event-{n:02d}" for n in range(3)]
    assert [one.state for one in story.log(hook)] == ["delivered"] * 3 + ["waiting"] * 2


def test_a_worker_that_dies_among_many_has_all_of_them_sent_again_in_order(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: Any) -> Any:
        raise Killed

    hook = story.webhook()
    _waiting(story, hook, 30)
    with monkeypatch.context() as patch:
        patch.setattr(lanes, "end_tries", kill)
        with pytest.raises(Killed):
            story.work()
    sent = [one.headers["webhook-id"] for one in story.receiver.received]
    assert 0 < len(sent) < 30
    story.receiver.received.clear()
    story.wait(timedelta(minutes=2), timedelta(minutes=1))
    ids = [one.headers["webhook-id"] for one in story.receiver.received]
    assert ids == [f"event-{number:02d}" for number in range(30)]


def test_who_may_not_have_a_webhook_any_more_is_told_no_more_of_what_waits(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_TOGETHER_SECONDS", 0)
    hook = story.webhook()
    _waiting(story, hook, 10)

    def is_taken_away(handler: BaseHTTPRequestHandler) -> None:
        with story.centre.database.begin() as session:
            session.get_one(Webhook, hook).owner = "mallory"
        says(204)(handler)

    story.receiver.answers["/"] = is_taken_away
    story.work()
    assert len(story.receiver.received) == 1 and "mallory may not" in story.hook(hook).reason


def test_a_connection_that_the_receiver_closes_when_it_is_used_again_is_made_anew(story: Story) -> None:
    hook = story.webhook()

    def takes_one_each(handler: BaseHTTPRequestHandler) -> None:
        received = story.receiver.received
        if sum(one.connection == received[-1].connection for one in received) == 1:
            says(204)(handler)
        else:
            handler.close_connection = True

    story.receiver.answers["/"] = takes_one_each
    for number in range(3):
        story.publish(f"{number}.txt")
    story.follow()
    assert story.receiver.numbers() == [1, 2, 2, 3, 3]
    assert [(one.state, one.attempts) for one in story.log(hook)] == [("delivered", 1)] * 3


def test_stock_libraries_accept_what_is_sent(story: Story) -> None:
    hook = story.webhook()
    story.publish("new.txt", "folder/é b.ipynb")
    story.follow()
    (one,) = story.receiver.received
    assert one.verified(story.secrets[hook])
    event = from_http_event(HTTPMessage(one.headers, one.body))
    assert event.get_type() == "org.jupyter.hubshare.project.updated.v1"
    assert event.get_subject() == "alice/course" and event.get_source() == "http://hub.test/services/hubshare/"
    assert event.get_id() == one.headers["webhook-id"]
    data = event.get_data()
    assert isinstance(data, dict)
    assert (data["old"]["number"], data["new"]["number"]) == (0, 1) and data["new"][
        "commit"
    ] == story.world.repository.main
    assert {(file["path"], file["change"]) for file in data["changed"]} == {
        ("folder/é b.ipynb", "added"),
        ("new.txt", "added"),
    }
    assert not data["more"] and story.secrets[hook] not in story.hook(hook).secret


def test_a_receiver_that_is_down_for_an_hour_gets_all_in_order(story: Story) -> None:
    hook = story.webhook("down")
    story.webhook("up")
    story.receiver.answers["/down"] = says(500, b"it is broken")
    for number in range(3):
        story.publish(f"{number}.txt")
        story.follow()
    assert story.receiver.numbers("/up") == [1, 2, 3]
    assert set(story.receiver.numbers("/down")) == {1}
    story.wait(HOUR)
    first = story.log(hook)[0]
    assert (first.state, first.status, first.answer) == ("waiting", 500, "it is broken") and first.attempts == 4
    ids = {one.headers["webhook-id"] for one in story.receiver.received if one.path == "/down"}
    assert len(ids) == 1
    story.receiver.received.clear()
    del story.receiver.answers["/down"]
    story.wait(3 * HOUR)
    assert story.receiver.numbers("/down") == [1, 2, 3]
    assert story.hook(hook).failing_since is None


def test_a_delivery_is_of_the_trace_of_the_change_in_each_try(story: Story) -> None:
    story.webhook()
    story.receiver.answers["/"] = says(500, b"it is broken")
    story.publish()
    trace = Trace("ab" * 16, "cd" * 8)
    with tracing.within(trace):
        story.follow()
    del story.receiver.answers["/"]
    story.wait(HOUR)
    told = [one.headers["traceparent"] for one in story.receiver.received]
    assert len(told) == 2 and set(told) == {str(trace)}


def test_when_much_waits_one_event_tells_of_all_of_it(story: Story) -> None:
    story.webhook()
    for number in range(lanes.COALESCE + 1):
        story.publish(f"{number}.txt")
    story.follow()
    (event,) = [one.event for one in story.receiver.received]
    assert (event["data"]["old"]["number"], event["data"]["new"]["number"]) == (0, lanes.COALESCE + 1)
    assert len(event["data"]["changed"]) == lanes.COALESCE + 1


def test_nothing_is_lost_when_nobody_says_that_something_was_published(story: Story) -> None:
    story.webhook()
    story.publish()
    # As after Redis has forgotten everything.
    with story.centre.database.read() as session:
        assert lanes.behind(session, 10) == [story.world.project.id]
    story.follow()
    with story.centre.database.read() as session:
        assert lanes.behind(session, 10) == []
    assert story.receiver.numbers() == [1]


@pytest.mark.parametrize("step", ["begun", "sent"])
def test_a_worker_that_dies_leaves_the_delivery_to_another(
    story: Story, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: Any) -> Any:
        raise Killed

    story.webhook()
    story.publish()
    place, name = (sending.Sender, "send") if step == "begun" else (lanes, "end_tries")
    with monkeypatch.context() as patch:
        patch.setattr(place, name, kill)
        with pytest.raises(Killed):
            story.follow()
    story.publish()
    story.follow()
    assert story.receiver.numbers() == ([] if step == "begun" else [1])
    story.wait(timedelta(minutes=2), timedelta(minutes=1))
    assert story.receiver.numbers() == ([1, 2] if step == "begun" else [1, 1, 2])
    ids = [one.headers["webhook-id"] for one in story.receiver.received]
    assert len(set(ids)) == 2


def drips(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not handler.server.__dict__.get("over"):
        try:
            handler.wfile.write(b"X-Slow: 1\r\n")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.02)


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    try:
        while True:
            handler.wfile.write(b"x" * 65536)
    except OSError:
        return


def test_answers_are_bounded_in_time_and_bytes(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    slow, huge = story.webhook("slow"), story.webhook("huge")
    story.receiver.answers |= {"/slow": drips, "/huge": endless}
    story.publish()
    story.follow()
    assert story.log(slow)[0].state == "waiting" and "within" in story.log(slow)[0].error
    assert story.log(huge)[0].state == "delivered" and story.log(huge)[0].answer == "x" * 4096


def test_a_redirect_is_a_failure_and_private_networks_are_out_of_reach(story: Story) -> None:
    elsewhere = story.webhook("elsewhere")
    story.receiver.answers["/elsewhere"] = says(307, Location=f"{story.receiver.url}secret")
    story.publish()
    story.follow()
    assert [one.path for one in story.receiver.received] == ["/elsewhere"]
    assert story.log(elsewhere)[0].status == 307 and story.log(elsewhere)[0].state == "waiting"
    story.receiver.received.clear()
    story.centre.settings.fetch_allowed_networks = ()
    story.wait(timedelta(minutes=10))
    assert story.receiver.received == [] and "may not reach" in story.log(elsewhere)[0].error
    assert "127" not in story.log(elsewhere)[0].error


def test_after_days_of_failures_alone_it_is_disabled_and_goes_on_where_it_was(story: Story) -> None:
    hook = story.webhook()
    story.receiver.answers["/"] = says(503)
    story.publish()
    story.follow()
    story.wait(4 * DAY, HOUR)
    failed = story.log(hook)[0]
    assert (failed.state, failed.attempts) == ("failed", 10) and story.hook(hook).disabled is None
    for _ in range(2):
        story.publish()
        story.follow()
        story.wait(DAY, HOUR)
    assert story.hook(hook).disabled is not None
    sent = len(story.receiver.received)
    story.publish()
    story.follow()
    story.wait(DAY, HOUR)
    assert len(story.receiver.received) == sent
    del story.receiver.answers["/"]
    story.receiver.received.clear()
    story.queue.messages.clear()
    operations.change_webhook(story.caller(), story.centre, webhook=hook, wanted=WebhookChange(paused=False))
    # At once, not when somebody looks for what is due.
    assert [(one.message_id.partition(":")[0], delay) for one, delay in story.queue.messages] == [
        ("webhook_deliver", 0)
    ]
    story.at = now() + timedelta(seconds=1)
    with story.centre.database.begin() as session:
        for lane in session.scalars(select(WebhookLane)):
            lane.due = lane.due and story.at
        for waiting in session.scalars(select(WebhookDelivery).where(WebhookDelivery.state == "waiting")):
            waiting.due = story.at
    story.work()
    assert story.receiver.numbers() == [2, 3, 4]
    redone = operations.redeliver_failed(story.caller(), story.centre, webhook=hook, since=now() - timedelta(days=1))
    assert redone.deliveries == 1
    story.at = now() + timedelta(seconds=2)
    story.work()
    assert story.receiver.numbers() == [2, 3, 4, 1]


def test_a_release_is_told_and_a_project_that_left_a_team_is_not_waited_for(story: Story) -> None:
    hook, project = story.webhook(), story.world.project
    place = {"owner": project.owner, "name": project.name, "called": "Winter"}
    story.publish("a.txt")
    story.follow()
    add_release(story.caller(action=Action.RELEASE), story.centre, **place, version="1", notes="")
    story.follow()
    delete_release(story.caller(action=Action.RELEASE), story.centre, **place)
    story.follow()
    assert [one.type.split(".")[-2] for one in story.log(hook)] == ["updated", "changed", "changed"]
    with story.centre.database.begin() as session:
        session.get_one(Webhook, hook).project_id = None
        for name in ("physics", "chemistry"):
            session.add(Team(id=name, name=name, creator="alice"))
        session.flush()
        session.get_one(Webhook, hook).team_id = "physics"
        session.get_one(Project, project.id).team_id = "physics"
    story.publish("b.txt")
    with story.centre.database.begin() as session:
        assert lanes.behind(session, 10) == [project.id]
        session.get_one(Project, project.id).team_id = "chemistry"
        session.flush()
        assert lanes.behind(session, 10) == []


def test_settings_that_change_are_told_too(story: Story) -> None:
    story.webhook()
    with story.centre.database.begin() as session:
        project = session.get_one(Project, story.world.project.id)
        project.revision += 3
    story.follow()
    (event,) = [one.event for one in story.receiver.received]
    assert event["type"] == "org.jupyter.hubshare.project.changed.v1" and "sequence" not in event


def test_a_secret_that_cannot_be_opened_is_said_in_the_log(story: Story) -> None:
    hook = story.webhook()
    with story.centre.database.begin() as session:
        session.get_one(Webhook, hook).secret = "other"
    story.publish()
    story.follow()
    (one,) = story.log(hook)
    assert story.receiver.received == [] and one.state == "waiting" and "secrets/sealing" in one.error
