"""Webhooks of people: what they are told, when, in which order, and when it ends."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from hubshare.errors import Invalid, NotFound
from hubshare.features.webhooks import inboxes, operations, worker
from hubshare.features.webhooks.jobs import DELIVER
from hubshare.features.webhooks.operations import Place
from hubshare.jobs import Nothing
from hubshare.names import set_aside
from hubshare.operations.notifications.inbox import list_notifications, read_notification
from hubshare.service.background.hub_admins import HubAdmins
from hubshare.store.access.actions import Action
from hubshare.store.models import now
from hubshare.store.notifications import News, settle_for, tell
from hubshare.store.users import has_webhooks, remove_user, rename_user
from hubshare.testing.centre import StaticHub
from hubshare.wire.api.webhooks import WebhookChange
from tests.helpers.receivers import says
from tests.helpers.webhook_story import Story

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def own(story: Story, path: str = "", user: str = "bob") -> str:
    return story.webhook(path, caller=story.caller(user, Action.OWN_WEBHOOKS), of=Place(own=True))


def told(story: Story, *things: str, user: str = "bob", **more: Any) -> None:
    """Tell somebody of something, and let the workers look."""
    for thing in things:
        with story.centre.database.begin() as session:
            news = News("access_lost", thing, {"name": f"gone/{thing}"})
            tell(session, [user], news._replace(**more))
    hand_over(story)


def hand_over(story: Story) -> None:
    worker.look(story.centre)
    story.queue.messages.clear()
    story.at = max(story.at, now() + timedelta(seconds=1))
    story.work()


def names(story: Story, path: str = "/") -> list[str]:
    """What came in at a path, by the names of the projects that are gone."""
    found = [one.event["data"]["words"] for one in story.receiver.received if one.path == path]
    return [words.split("gone/")[1].split(" ")[0] for words in found]


def test_what_needs_a_person_arrives_signed_once_and_in_order(story: Story) -> None:
    told(story, "before")
    hook = own(story)
    told(story, "a", "b")
    told(story, "c")
    story.wait(HOUR)
    hand_over(story)
    assert names(story) == ["a", "b", "c"]
    first = story.receiver.received[0]
    assert first.verified(story.secrets[hook])
    event = first.event
    assert event["type"] == "org.jupyter.hubshare.notification.told.v1" and event["id"] == first.headers["webhook-id"]
    assert "." not in event["id"] and event["source"] == "http://hub.test/services/hubshare/"
    assert event["data"]["kind"] == "access_lost" and event["data"]["count"] == 1
    assert event["data"]["link"] == "http://hub.test/services/hubshare/"
    assert event["text"].startswith("You no longer have access to gone/a. ")
    assert story.secrets[hook] not in json.dumps([one.body for one in story.log(hook)])
    # Nothing is told that the person has not to be told of: neither versions nor others' notifications.
    told(story, "theirs", user="carol")
    story.publish()
    story.follow()
    assert len(story.receiver.received) == 3


def test_what_others_wrote_is_no_mention_and_no_link_in_a_chat(story: Story) -> None:
    own(story)
    told(story, "x", details={"name": "<!channel> @all [see](http://evil.example)"})
    (event,) = [one.event for one in story.receiver.received]
    assert "<!channel>" in event["data"]["words"]
    text = event["text"].removesuffix(event["data"]["link"])
    assert "<" not in text and "@all" not in text and "http://evil" not in text


def test_a_dead_address_delays_no_other_and_gets_all_in_order_later(story: Story) -> None:
    dead, alive = own(story, "dead"), own(story, "alive")
    story.receiver.answers["/dead"] = says(500)
    told(story, "a", "b", "c")
    assert names(story, "/alive") == ["a", "b", "c"] and set(names(story, "/dead")) == {"a"}
    story.receiver.received.clear()
    del story.receiver.answers["/dead"]
    story.wait(3 * HOUR)
    assert names(story, "/dead") == ["a", "b", "c"] and names(story, "/alive") == []
    assert {one.state for one in story.log(dead) + story.log(alive)} == {"delivered"}


def test_what_a_chat_refuses_holds_up_nothing_else_for_long(story: Story) -> None:
    hook = own(story)

    def refuses_a(handler: BaseHTTPRequestHandler) -> None:
        says(400 if names(story)[-1] == "a" else 204)(handler)

    story.receiver.answers["/"] = refuses_a
    told(story, "a")
    story.wait(HOUR)
    told(story, "b", "c")
    story.wait(timedelta(minutes=2))
    assert [one.state for one in story.log(hook)] == ["failed", "delivered", "delivered"]
    assert [name for name in names(story) if name != "a"] == ["b", "c"]


def test_what_is_told_is_sent_as_soon_as_the_hub_hears_of_it(story: Story) -> None:
    own(story)
    with story.centre.database.begin() as session:
        tell(session, ["bob", "carol"], News("access_lost", "a", {"name": "gone/a"}))
    worker.heard(story.centre, "")
    (job,) = [message for message, _ in story.queue.messages]
    assert job.actor_name == "webhook_inboxes"
    story.queue.messages.clear()
    worker.hand_over(story.context, Nothing())
    (job,) = [message for message, _ in story.queue.messages]
    assert job.actor_name == "webhook_deliver"
    worker.deliver(story.context, DELIVER.decode(job.args))
    assert names(story) == ["a"]
    story.queue.messages.clear()
    worker.hand_over(story.context, Nothing())
    assert story.queue.messages == []


def test_only_so_many_wait_for_a_dead_address(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inboxes, "MOST_WAITING", 2)
    dead = own(story, "dead")
    own(story, "alive")
    story.receiver.answers["/dead"] = says(500)
    for thing in "abc":
        told(story, thing)
    assert names(story, "/alive") == ["a", "b", "c"] and len(story.log(dead)) == 2


def test_that_it_was_given_up_is_in_the_inbox_alone(story: Story) -> None:
    dead, _ = own(story, "dead"), own(story, "alive")
    story.receiver.answers["/dead"] = says(500)
    told(story, *"abcdef")
    story.wait(6 * DAY, HOUR)
    assert story.hook(dead).disabled is not None
    story.receiver.received.clear()
    hand_over(story)
    told(story, "g")
    assert names(story, "/alive") == ["g"] and names(story, "/dead") == []
    caller = story.caller("bob", Action.BROWSE_OWN)
    assert [one.kind for one in list_notifications(caller, story.centre, kind="webhook").items] == ["webhook"]
    # It goes on with what comes from then on, and what still waited.
    del story.receiver.answers["/dead"]
    operations.change_webhook(caller, story.centre, webhook=dead, wanted=WebhookChange(paused=False))
    hand_over(story)
    told(story, "h")
    assert "g" not in names(story, "/dead") and names(story, "/dead")[-1] == "h"


def test_what_was_read_or_settled_before_it_could_be_sent_is_not_sent(story: Story) -> None:
    hook = own(story)
    story.receiver.answers["/"] = says(500)
    told(story, "a", "b", "c", "d")
    caller = story.caller("bob", Action.READ_INBOX)
    numbers = {one.words.split("gone/")[1][0]: one.number for one in list_notifications(caller, story.centre).items}
    read_notification(caller, story.centre, number=numbers["b"])
    with story.centre.database.begin() as session:
        settle_for(session, "access_lost", "c", ["bob"])
    story.receiver.received.clear()
    del story.receiver.answers["/"]
    story.wait(HOUR)
    assert names(story) == ["a", "d"] and len(story.log(hook)) == 2


def test_nothing_is_sent_of_a_project_that_the_person_may_not_see_any_more(story: Story) -> None:
    hook = own(story)
    story.receiver.answers["/"] = says(500)
    story.world.grant("bob", "writer")
    told(story, "x", kind="job", details={"kind": "push", "state": "failed"}, project_id=story.world.project.id)
    assert story.world.project.full_name in story.receiver.received[-1].body.decode()
    story.world.grant("bob", None)
    story.receiver.received.clear()
    del story.receiver.answers["/"]
    story.wait(HOUR)
    assert story.receiver.received == [] and [one.state for one in story.log(hook)] == ["failed"]
    # Nor when the person asks for it.
    operations.redeliver(story.caller("bob"), story.centre, webhook=hook, delivery=story.log(hook)[0].id)
    story.wait(HOUR)
    assert story.receiver.received == []


def test_a_pause_is_silent_and_kinds_are_chosen(story: Story) -> None:
    hook = own(story)
    caller = story.caller("bob")
    operations.change_webhook(caller, story.centre, webhook=hook, wanted=WebhookChange(paused=True))
    told(story, "a")
    operations.change_webhook(caller, story.centre, webhook=hook, wanted=WebhookChange(paused=False))
    told(story, "b")
    changed = operations.change_webhook(caller, story.centre, webhook=hook, wanted=WebhookChange(kinds=["conflict"]))
    assert changed.kinds == ["conflict"]
    told(story, "c")
    assert names(story) == ["b"]
    project = story.webhook("project")
    with pytest.raises(Invalid):
        operations.change_webhook(story.caller(), story.centre, webhook=project, wanted=WebhookChange(kinds=["job"]))


def test_a_test_does_not_wait_behind_what_waits(story: Story) -> None:
    hook = own(story)
    story.receiver.answers["/"] = says(500)
    told(story, "a")
    del story.receiver.answers["/"]
    operations.send_test(story.caller("bob"), story.centre, webhook=hook)
    story.at = max(story.at, now() + timedelta(seconds=1))
    story.work()
    assert "org.jupyter.hubshare.webhook.test.v1" in [one.event["type"] for one in story.receiver.received]


def test_nobody_else_has_to_do_with_it_and_it_is_no_webhook_of_the_hub(story: Story) -> None:
    hook = own(story)
    boss = story.caller("boss", Action.HUB_WEBHOOKS, admin=True)
    for caller in (boss, story.caller("alice")):
        with pytest.raises(NotFound):
            operations.get_webhook(caller, story.centre, webhook=hook)
    assert operations.list_webhooks(boss, story.centre, of=Place()) == []
    asyncio.run(HubAdmins(story.centre, StaticHub()).refresh())
    assert story.hook(hook).disabled is None
    (mine,) = operations.list_webhooks(story.caller("bob", Action.OWN_WEBHOOKS), story.centre, of=Place(own=True))
    assert (mine.id, mine.of) == (hook, "me")


@pytest.mark.parametrize("end", ["renamed", "removed"])
def test_it_ends_with_the_name(story: Story, end: str) -> None:
    own(story)
    if end == "removed":
        with story.centre.database.begin() as session:
            remove_user(session, "bob", set_aside("bob", "1"))
    else:
        with story.centre.database.begin() as session:
            rename_user(session, "bob", "robert")
    with story.centre.database.read() as session:
        assert not has_webhooks(session, "bob") and not has_webhooks(session, "robert")
    told(story, "a")
    told(story, "b", user="robert")
    assert story.receiver.received == []
