"""What people's own webhooks are told: what comes into the inbox, each in a lane of its own, which holds up no other."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from hubshare.features.webhooks import rounds, rows
from hubshare.operations.cloud_events import notification_id
from hubshare.operations.notifications.inbox import read_page
from hubshare.store.notification_tables import Notification as NotificationRow
from hubshare.store.notifications import KEPT
from hubshare.store.webhook_tables import INBOX, WORKS, Webhook, WebhookDelivery, WebhookLane
from hubshare.wire.api.cloud_events import NOTIFIED
from hubshare.wire.api.notifications import Notification

#: Deliveries that may wait for one webhook, as many as an inbox holds: what comes beyond that is in the inbox alone.
MOST_WAITING = KEPT
_OVER = "Not sent again: what it told of is not as it was, or you may not know of it any more."


class Next(NamedTuple):
    """What a webhook is to be told next, as the person may know of it at this moment."""

    delivery: WebhookDelivery
    told: Notification


def waiting(session: Session, most: int) -> list[str]:
    """People who were told something that none of their webhooks has been handed yet."""
    theirs = select(Webhook.person).where(Webhook.person.is_not(None), WORKS, exists().where(_unposted(Webhook.person)))
    return [person for person in session.scalars(theirs.distinct().limit(most)) if person]


def hand_over(session: Session, person: str, at: datetime) -> list[str]:
    """Have a person's webhooks told of what is new; what comes while one is stopped is in the inbox alone.

    Returns:
        ids of those for which there is something to do now.
    """
    own = list(session.scalars(select(Webhook).where(Webhook.person == person).order_by(Webhook.id)))
    works = [hook for hook in own if not hook.paused and hook.disabled is None]
    # First: whoever ends a try has its lane when it tells of a webhook that is given up. One without was deleted just now.
    found = {hook.id: session.get(WebhookLane, (hook.id, INBOX), with_for_update=True) for hook in works}
    lanes = {webhook: lane for webhook, lane in found.items() if lane is not None}
    works = [hook for hook in works if hook.id in lanes]
    refused = rounds.held_up(session, [one for one, lane in lanes.items() if lane.waits_after(at)], INBOX)
    room = {hook.id: MOST_WAITING - _count_waiting(session, hook) for hook in works}
    oldest = select(NotificationRow).where(_unposted(person)).order_by(NotificationRow.time, NotificationRow.number)
    for row in session.scalars(oldest.with_for_update(skip_locked=True)):
        row.posted = at
        if row.kind == "webhook" and row.thing in {hook.id for hook in own}:
            # That one of them was given up is said by none of them.
            continue
        for hook in works:
            if row.kind in hook.silent or not room[hook.id]:
                continue
            room[hook.id] -= 1
            event = notification_id(row.number, row.time)
            rows.add_delivery(session, hook.id, INBOX, NOTIFIED, event, notification=row.number)
            lanes[hook.id].due = at if hook.id in refused else lanes[hook.id].due or at
    return [webhook for webhook, lane in lanes.items() if lane.due is not None and lane.due <= at]


def next_of(session: Session, hook: Webhook) -> list[Next]:
    """What a person's webhook is told next: one thing, and those before it that were refused. What is over, or was read
    meanwhile, is not sent.
    """
    found = list[Next]()
    mine = WebhookDelivery.webhook_id == hook.id, WebhookDelivery.project_id == INBOX
    query = select(WebhookDelivery).where(*mine, WebhookDelivery.state == "waiting").order_by(WebhookDelivery.id)
    for delivery in session.scalars(query):
        told = _told_by(session, hook, delivery)
        if told is not None:
            found.append(Next(delivery, told))
            if len(found) == rounds.wanted([one.delivery for one in found], 1):
                break
        elif delivery.tried is None:
            session.delete(delivery)
        else:
            delivery.state, delivery.due, delivery.error = "failed", None, _OVER
    return found


def _told_by(session: Session, hook: Webhook, delivery: WebhookDelivery) -> Notification | None:
    """The notification that a delivery tells of, if it is still that, and the person may know of it."""
    found = read_page(session, hook.person or "", everything=True, number=delivery.notification or 0, limit=1).items
    if not found or notification_id(found[0].number, found[0].time) != delivery.event:
        return None
    told = found[0]
    unwanted = told.read or told.done or told.kind in hook.silent
    return None if unwanted and delivery.tried is None else told


def _count_waiting(session: Session, hook: Webhook) -> int:
    mine = WebhookDelivery.webhook_id == hook.id, WebhookDelivery.project_id == INBOX
    return session.scalar(select(func.count()).where(*mine, WebhookDelivery.state == "waiting")) or 0


def _unposted(user: InstrumentedAttribute[str | None] | str) -> ColumnElement[bool]:
    return and_(
        NotificationRow.user == user,
        NotificationRow.read.is_(None),
        NotificationRow.done.is_(None),
        NotificationRow.posted.is_(None),
    )
