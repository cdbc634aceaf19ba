"""What webhooks tell: never more than whoever set them up may know at that moment."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

from sqlalchemy import select

from hubshare.features.webhooks import lanes, operations
from hubshare.features.webhooks.operations import Place
from hubshare.operations.lifecycle import delete_project, restore_project
from hubshare.service.background.hub_admins import HubAdmins
from hubshare.store.access.actions import Action
from hubshare.store.models import Grant, now
from hubshare.store.notification_tables import Notification
from hubshare.store.webhook_tables import Webhook, WebhookLane
from hubshare.testing.centre import StaticHub
from hubshare.wire.api.webhooks import WebhookChange
from tests.helpers.receivers import says
from tests.helpers.webhook_story import Story

HOUR = timedelta(hours=1)


def test_whoever_lost_the_project_is_told_nothing_more(story: Story) -> None:
    story.world.grant("bob", "admin")
    hook = story.webhook(caller=story.caller("bob"))
    story.publish()
    story.follow()
    told = len(story.receiver.received)
    story.world.grant("bob", "writer")
    story.publish()
    story.follow()
    assert len(story.receiver.received) == told
    assert "bob" in story.hook(hook).reason
    with story.centre.database.read() as session:
        people = session.scalars(
            select(Notification.user).where(Notification.thing == hook, Notification.done.is_(None))
        )
        assert set(people) == {"alice", "bob"}, "who may take it over hears of it"
    # Another admin takes it over, and nothing was lost.
    operations.change_webhook(story.caller(), story.centre, webhook=hook, wanted=WebhookChange(paused=False))
    story.at = now() + timedelta(seconds=1)
    story.work()
    types = [one.event["type"].split(".")[4] for one in story.receiver.received[told:]]
    assert "updated" in types and story.hook(hook).owner == "alice"


def test_a_webhook_of_the_hub_says_of_what_its_owner_may_not_read_only_that_it_is_new(story: Story) -> None:
    boss = story.caller("boss", Action.HUB_WEBHOOKS, admin=True)
    story.webhook(caller=boss, of=Place())
    story.publish("secret name.txt")
    story.follow()
    (event,) = [one.event for one in story.receiver.received]
    assert event["data"]["new"]["number"] == 1 and event["data"]["more"]
    assert "secret name" not in str(event) and event["data"].get("author") is None


def test_that_a_project_is_put_into_the_trash_and_taken_out_is_told_without_what_is_in_it(story: Story) -> None:
    project = story.world.project
    place = {"owner": project.owner, "name": project.name}
    own = story.webhook()
    boss = story.webhook("hub", story.caller("boss", Action.HUB_WEBHOOKS, admin=True), Place())
    story.publish("secret name.txt")
    delete_project(story.caller(action=Action.DELETE), story.centre, **place)
    story.follow()
    for hook in (own, boss):
        assert story.hook(hook).disabled is None
        assert [json.loads(one.body)["data"].get("deleted") for one in story.log(hook)] == [None, True]
    assert "secret name" not in str([one.event for one in story.receiver.received])
    restore_project(story.caller(action=Action.RESTORE), story.centre, **place)
    story.follow()
    assert "deleted" not in story.receiver.received[-1].event["data"]
    # What nobody has said, as a worker has died, is found.
    delete_project(story.caller(action=Action.DELETE), story.centre, **place)
    with story.centre.database.read() as session:
        assert lanes.behind(session, 10) == [project.id]


def test_of_a_project_that_was_deleted_before_it_was_told_nothing_is_told_until_it_is_back(story: Story) -> None:
    boss = story.caller("boss", Action.HUB_WEBHOOKS, admin=True)
    hook = story.webhook(caller=boss, of=Place())
    with story.centre.database.begin() as session:
        # The project is newer than the webhook.
        session.delete(session.get_one(WebhookLane, (hook, story.world.project.id)))
        session.get_one(Webhook, hook).created -= HOUR
    place = {"owner": story.world.project.owner, "name": story.world.project.name}
    delete_project(story.caller(action=Action.DELETE), story.centre, **place)
    story.follow()
    assert story.receiver.received == []
    restore_project(story.caller(action=Action.RESTORE), story.centre, **place)
    story.follow()
    assert [one.event["type"].split(".")[4] for one in story.receiver.received] == ["updated"]


def test_a_webhook_of_the_hub_ends_when_its_owner_is_no_admin_any_more(story: Story) -> None:
    boss = story.caller("boss", Action.HUB_WEBHOOKS, admin=True)
    hook, other = story.webhook(caller=boss, of=Place()), story.webhook("other")
    hub = StaticHub()
    hub.admins = {"boss"}
    asyncio.run(HubAdmins(story.centre, hub).refresh())
    assert story.hook(hook).disabled is None
    hub.admins = set()
    asyncio.run(HubAdmins(story.centre, hub).refresh())
    story.publish()
    story.follow()
    assert [one.path for one in story.receiver.received] == ["/other"]
    assert "boss" in story.hook(hook).reason and story.hook(other).disabled is None


def test_what_waits_says_no_more_than_its_owner_may_read_when_it_goes_out(story: Story) -> None:
    boss = story.caller("boss", Action.HUB_WEBHOOKS, admin=True)
    with story.centre.database.begin() as session:
        given = Grant(project_id=story.world.project.id, kind="user", subject="boss", role="reader")
        session.add(given)
    hook = story.webhook("hub", caller=boss, of=Place())
    story.receiver.answers["/hub"] = says(503)
    story.publish("secret name.txt")
    story.follow()
    assert "secret name" in story.log(hook)[0].body
    with story.centre.database.begin() as session:
        session.delete(session.merge(given))
    story.receiver.received.clear()
    del story.receiver.answers["/hub"]
    story.wait(HOUR)
    assert [b"secret name" in one.body for one in story.receiver.received] == [False]
