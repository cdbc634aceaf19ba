"""How a job of webhooks has ended is known without a note of it."""

from __future__ import annotations

from datetime import timedelta

from hubshare.features.webhooks import worker
from hubshare.jobs.ends import JobEnd, LeftJob
from tests.helpers.webhook_story import Story


def test_how_a_delivery_has_ended_is_known_without_a_note_of_it(story: Story) -> None:
    hook, project = story.webhook(), story.world.project.id
    left = LeftJob("webhook_deliver", f"{hook}:{project}:1.0", "", "alice", story.at)
    assert worker.end_of_delivery(story.centre, left) is None
    story.publish("a.txt")
    story.follow()
    assert worker.end_of_delivery(story.centre, left) == JobEnd("done", story.log(hook)[-1].tried)
    assert worker.end_of_delivery(story.centre, left._replace(queued=story.at + timedelta(hours=1))) is None
