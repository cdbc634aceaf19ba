"""Which deliveries of a lane are tried next. One that is refused for itself, and not for the moment, holds up others briefly.

What was refused twice and what waits right behind it are tried in a round, in order. Where the receiver takes a later one, the
refused ones before it are passed over: they have failed. Where it takes none of them it is the address that is wrong, say while
a receiver is moved, and all of them wait. So nothing is given up as long as nothing is taken, and order is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.features.webhooks.schedule import REFUSALS, is_refusal
from hubshare.store.webhook_tables import WebhookDelivery

#: So many tries of one are refused before another one is tried.
TWICE = 2
#: So many refused ones wait in a lane at most: nothing behind them is tried until one of them is due.
MOST_REFUSED = 5


class Round(NamedTuple):
    """What is tried next.

    Attributes:
        deliveries: in order; none if there is nothing to do now.
        due: when there is something to do, then; None for nothing.
    """

    deliveries: Sequence[WebhookDelivery]
    due: datetime | None = None


def is_refused(delivery: WebhookDelivery) -> bool:
    """Return whether a delivery that waits was refused for itself, and has been tried anew."""
    return delivery.attempts >= TWICE and is_refusal(delivery.status)


def wanted(waiting: Sequence[WebhookDelivery], most: int) -> int:
    """Return how many of those that wait in a lane are to be known, in order.

    Args:
        waiting: the first of them.
        most: that are tried together where none was refused.
    """
    refused = len(list(takewhile(is_refused, waiting)))
    return min(refused + 1, MOST_REFUSED) if refused else most


def choose(waiting: Sequence[WebhookDelivery], at: datetime) -> Round:
    """Return which of those that wait in a lane, in order, are tried now."""

    def is_due(one: WebhookDelivery) -> bool:
        return one.due is None or one.due <= at

    if not waiting:
        return Round([])
    if not is_refused(waiting[0]):
        begun = list(takewhile(is_due, waiting))
        return Round(begun, waiting[0].due)
    # All of them if any: what would be passed over is asked for once more just before.
    return Round(waiting if any(map(is_due, waiting)) else [], min(one.due for one in waiting if one.due is not None))


def held_up(session: Session, webhooks: Collection[str], project: str) -> set[str]:
    """Ids of those of some webhooks of which something of a project was refused, so that what is new need not wait for it."""
    refused = [WebhookDelivery.attempts >= TWICE, WebhookDelivery.status.in_(REFUSALS)]
    waiting = WebhookDelivery.project_id == project, WebhookDelivery.state == "waiting"
    query = select(WebhookDelivery.webhook_id).where(WebhookDelivery.webhook_id.in_(webhooks), *waiting, *refused)
    return set(session.scalars(query.distinct())) if webhooks else set()
