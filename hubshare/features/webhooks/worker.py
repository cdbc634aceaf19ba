"""What the workers do for webhooks: find who is to be told, tell them one thing after the other, come back to what waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from hubshare_workers.context import Context
from hubshare_workers.fetch.budget import Budget
from hubshare_workers.fetch.guard import Guard
from sqlalchemy import func, select

from hubshare.centre import Centre
from hubshare.errors import HubShareError, NotFound
from hubshare.features.webhooks import inboxes, lanes, rounds, sending
from hubshare.features.webhooks.jobs import DELIVER, FOLLOW, INBOXES, Followed, Lane
from hubshare.features.webhooks.lanes import Tried, Tries
from hubshare.features.webhooks.schedule import Answer, is_refusal
from hubshare.features.webhooks.sending import Sender
from hubshare.features.webhooks.signing import signature_headers
from hubshare.jobs import Nothing
from hubshare.jobs.ends import JobEnd, LeftJob
from hubshare.operations import cloud_events
from hubshare.store.models import Project, now
from hubshare.store.projects import versions_numbered
from hubshare.store.webhook_tables import INBOX, Webhook, WebhookDelivery, WebhookLane
from hubshare.tracing import TRACEPARENT
from hubshare.wire.api.cloud_events import TEST, UPDATED, CloudEvent

#: For so long one lane is gone through in one go; then others have a turn.
_SECONDS = 10.0
#: What is begun together is written down, and whether the owner may still hear of it looked up, after so long.
_TOGETHER_SECONDS = 1.0
#: What was refused before takes no more than this of the time of the one behind it, or that would never have its turn.
#: With the longest answer it is less than what is given to tries that were begun.
_REFUSED_SECONDS = 30.0
#: What is due so soon is put on the queue at once; what is due later is found by `look`.
_SHORT_SECONDS = 30.0
#: Lanes that are put on the queue in one look, and projects that are looked at because something of theirs was lost.
_DUE, _BEHIND = 200, 1000
#: People whose webhooks are handed what is new in one look.
_PEOPLE = 200
#: What is behind is looked for, and the log is cleared, once in so many seconds.
_BEHIND_EVERY, _FORGET_EVERY = 60.0, 3600.0
_last: dict[str, float] = {}


def follow(context: Context, followed: Followed, clock: Callable[[], datetime] = now) -> None:
    """Have all webhooks that a project concerns be told of what is new."""
    centre = context.centre
    with centre.database.read() as session:
        # Most projects have none: nobody who saves waits for this then.
        if not lanes.is_followed(session, followed.project):
            return
    with centre.database.begin(f"webhooks of {followed.project}") as session:
        project = session.get(Project, followed.project)
        told = lanes.follow(session, project, clock()) if project is not None else []
        mark = f"{project.version}.{project.revision}" if project is not None else ""
    for webhook, owner in told:
        DELIVER.enqueue(centre.queue, Lane(webhook, followed.project, owner, mark))


def deliver(context: Context, lane: Lane, clock: Callable[[], datetime] = now) -> None:
    """Tell a webhook what is new of a project, until nothing is, something fails, or others should have their turn."""
    centre, end = context.centre, time.monotonic() + _SECONDS
    with centre.database.begin(lane.webhook) as session:
        begun = lanes.begin_tries(session, lane.webhook, lane.project, clock())
    if begun is None:
        return
    budget = Budget(sending.SECONDS, sending.ANSWER_BYTES, sending.SECONDS)
    with Guard(centre.settings).client(budget) as client:
        sender = Sender(client, budget.renew)
        while begun is not None:
            made = _make(centre, sender, begun, clock, context.ending)
            late = time.monotonic() > end or context.ending.is_set()
            with centre.database.begin(lane.webhook) as session:
                wait = lanes.end_tries(session, begun, made)
                goes_on = wait == 0 and not late
                begun = lanes.begin_tries(session, lane.webhook, lane.project, clock()) if goes_on else None
    if wait == 0 and late:
        # Another name than that of this job, which is still on the queue.
        DELIVER.enqueue(centre.queue, lane._replace(mark=f"after {lane.mark}"[:100]))
    elif wait is not None and 0 < wait <= _SHORT_SECONDS:
        mark = f"{made[-1].delivery.id}.{made[-1].delivery.attempts + 1}"
        DELIVER.enqueue(centre.queue, lane._replace(mark=mark), delay=round(wait * 1000))


def heard(centre: Centre, project: str) -> None:
    """Something has happened to a project, or, without one, people were told something.

    Raises:
        Unavailable: the queue does not answer.
    """
    if project:
        FOLLOW.enqueue(centre.queue, Followed(project))
    else:
        INBOXES.enqueue(centre.queue, Nothing())


def hand_over(context: Context, _: Nothing, clock: Callable[[], datetime] = now) -> None:
    """Have people's webhooks told of what is new in their inboxes."""
    centre, at = context.centre, clock()
    for person, webhook in _hand_over(centre, at):
        DELIVER.enqueue(centre.queue, Lane(webhook, INBOX, person, f"told {at.timestamp()}"))


def look(centre: Centre) -> None:
    """Put on the queue what is due; now and then also that of which nobody has said so, and forget what is old.

    Raises:
        Unavailable: the queue or the database does not answer.
    """
    at = now()
    _hand_over(centre, at)
    with centre.database.read() as session:
        found = lanes.due(session, at, _DUE)
        late = lanes.behind(session, _BEHIND) if _is_time("behind", _BEHIND_EVERY) else []
    for webhook, project, owner in found:
        DELIVER.enqueue(centre.queue, Lane(webhook, project, owner, "due"))
    for project in late:
        FOLLOW.enqueue(centre.queue, Followed(project))
    if _is_time("forget", _FORGET_EVERY):
        with centre.database.begin("webhooks") as session:
            lanes.forget(session, at - timedelta(days=centre.settings.webhook_log_days))


def _hand_over(centre: Centre, at: datetime) -> list[tuple[str, str]]:
    """Hand over what is new; returns person and webhook where there is something to do now."""
    with centre.database.read() as session:
        people = inboxes.waiting(session, _PEOPLE)
    found = list[tuple[str, str]]()
    for person in people:
        with centre.database.begin(f"inbox {person}") as session:
            found += [(person, webhook) for webhook in inboxes.hand_over(session, person, at)]
    return found


def _is_time(what: str, every: float) -> bool:
    if time.monotonic() - _last.get(what, -every) < every:
        return False
    _last[what] = time.monotonic()
    return True


def _make(
    centre: Centre, sender: Sender, begun: Tries, clock: Callable[[], datetime], ending: threading.Event
) -> list[Tried]:
    """Make tries that were begun until one fails, they have taken long enough, or the process is to end."""
    began, made, keys = time.monotonic(), list[Tried](), list[str]()
    for delivery in begun.deliveries:
        at, body = clock(), ""
        try:
            keys = keys or _keys(centre, begun.hook, at)
            # What was made while the owner could read the project is told to nobody who may not any more.
            body = (delivery.body if begun.readable else "") or _body(centre, begun, delivery)
            answer = sender.send(begun.hook.url, _headers(delivery, keys, body.encode()), body.encode())
        except HubShareError as error:
            # A secret that cannot be opened, or a project that is being mended: its owner sees it in the log.
            answer = Answer(None, error=error.message)
        except Exception:
            # What was sent is written down first, or it would be sent again each time that this one is tried.
            if made:
                break
            raise
        made.append(Tried(delivery, body, answer, at))
        goes_on = answer.taken or (rounds.is_refused(delivery) and is_refusal(answer.status))
        most = _TOGETHER_SECONDS if answer.taken else _REFUSED_SECONDS
        if not goes_on or time.monotonic() - began > most or ending.is_set():
            break
    return made


def _keys(centre: Centre, hook: Webhook, at: datetime) -> list[str]:
    secrets = [hook.secret] + ([hook.former_secret] if hook.former_until and hook.former_until > at else [])
    return [centre.sealer.open(secret).decode() for secret in secrets]


def _headers(delivery: WebhookDelivery, keys: list[str], sent: bytes) -> dict[str, str]:
    headers = signature_headers(keys, delivery.event, int(time.time()), sent)
    return headers | ({TRACEPARENT: delivery.traceparent} if delivery.traceparent else {})


def _body(centre: Centre, begun: Tries, delivery: WebhookDelivery) -> str:
    """What is sent: made at the first try, and the same as long as the owner may read the project."""
    hook, project = begun.hook, begun.project
    if (told := begun.told.get(delivery.id)) is not None:
        event = cloud_events.notified(hook.source, told)
    elif project is None:
        event = CloudEvent(id=delivery.event, source=hook.source, type=TEST, time=delivery.created)
    elif delivery.type == UPDATED:
        with centre.database.read() as session:
            known = versions_numbered(session, project.id, [delivery.old, delivery.new])
        if delivery.new not in known:
            raise NotFound(f"{project.full_name} has no version {delivery.new} any more.")
        event = cloud_events.updated(
            centre, hook.source, project, known.get(delivery.old), known[delivery.new], begun.readable
        )
    else:
        event = cloud_events.changed(hook.source, project, delivery.new, delivery.created)
    return event.encode()


def end_of_delivery(centre: Centre, job: LeftJob) -> JobEnd | None:
    """How a job has ended that was to tell a webhook something; None where it was told nothing since, or a try is under way."""
    webhook, project, _ = job.key.split(":", 2)
    with centre.database.read() as session:
        lane = session.get(WebhookLane, (webhook, project))
        of_lane = WebhookDelivery.webhook_id == webhook, WebhookDelivery.project_id == project
        at = session.scalar(select(func.max(WebhookDelivery.tried)).where(*of_lane))
    if lane is None or lane.begun_until is not None or at is None or at < job.queued:
        return None
    return JobEnd("done", at)
