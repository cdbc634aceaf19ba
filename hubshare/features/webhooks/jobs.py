"""The jobs of webhooks.

| job               | tries again | waits between   | time limit | what happens when it is dead                            |
|-------------------|-------------|-----------------|------------|---------------------------------------------------------|
| `webhook_follow`  | 3 times     | 1 s to 1 min    | 1 min      | logged; what is behind is looked for every minute       |
| `webhook_inboxes` | 3 times     | 1 s to 1 min    | 1 min      | logged; inboxes are looked at every 15 s as well        |
| `webhook_deliver` | never       |                 | 2 min      | logged; its lane is due again a minute after it began   |
"""

from __future__ import annotations

from typing import NamedTuple

from hubshare.jobs import Job, Nothing

QUEUE = "webhooks"
#: They wait for others most of the time, in threads of their own.
_AT_ONCE = 8


class Followed(NamedTuple):
    """A project to which something has happened.

    Attributes:
        project: id.
    """

    project: str


class Lane(NamedTuple):
    """What a webhook is to be told of a project.

    Attributes:
        webhook: id.
        project: id; "" for tests, `INBOX` for notifications.
        owner: of the webhook, whose work it is.
        mark: tells a job from one that is under way and may not see any more what this one is for.
    """

    webhook: str
    project: str
    owner: str
    mark: str


FOLLOW = Job(
    "webhook_follow",
    QUEUE,
    Followed,
    run="hubshare.features.webhooks.worker:follow",
    key=lambda followed: followed.project,
    max_retries=3,
    min_backoff=1000,
    max_backoff=60_000,
    time_limit=60_000,
    at_once=_AT_ONCE,
)
#: Each is one of its own: one that is under way may not see any more what the next one is for.
INBOXES = Job(
    "webhook_inboxes",
    QUEUE,
    Nothing,
    run="hubshare.features.webhooks.worker:hand_over",
    max_retries=3,
    min_backoff=1000,
    max_backoff=60_000,
    time_limit=60_000,
    at_once=_AT_ONCE,
)
DELIVER = Job(
    "webhook_deliver",
    QUEUE,
    Lane,
    run="hubshare.features.webhooks.worker:deliver",
    ended="hubshare.features.webhooks.worker:end_of_delivery",
    key=lambda lane: f"{lane.webhook}:{lane.project}:{lane.mark}",
    person=lambda lane: lane.owner,
    max_retries=0,
    time_limit=120_000,
    at_once=_AT_ONCE,
)
JOBS = (FOLLOW, INBOXES, DELIVER)
