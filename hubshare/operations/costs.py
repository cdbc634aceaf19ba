"""What people's work has cost the Hub lately, for themselves and for admins of the Hub."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

import redis

from hubshare import metering
from hubshare.centre import Centre
from hubshare.errors import Forbidden, Unavailable
from hubshare.git.waiting import WAITING_TIMES, parts_of, waiting_of
from hubshare.operations.caller import Caller
from hubshare.store import held
from hubshare.wire.api.hub import Cost, Held

_MOST = 100


def read_cost(caller: Caller, centre: Centre) -> Cost:
    """What the caller's own work has cost lately.

    Raises:
        Unavailable: Redis does not answer.
    """
    return _costs(centre, [caller.user])[0]


def read_costs(caller: Caller, centre: Centre) -> list[Cost]:
    """Those whose work has cost most lately, the dearest first, then those of whom most is held; for admins of the Hub.

    Raises:
        Forbidden: for everybody else.
        Unavailable: Redis does not answer.
    """
    if not caller.hub_admin:
        raise Forbidden("Only admins of the Hub see what everybody's work costs.")
    try:
        people = [unquote(name) for name in metering.dearest(centre.bus.redis, _MOST)]
    except redis.RedisError as error:
        raise _away() from error
    with centre.database.read() as session:
        people += [user for user in held.holding_most(session, _MOST) if user not in people]
    return _costs(centre, people)


def own_debt(centre: Centre, user: str) -> float:
    """The debt of a user in seconds; 0 when Redis does not answer."""
    try:
        return metering.accounts(centre.bus.redis, [user])[0].debt
    except redis.RedisError:
        return 0.0


def held_of(centre: Centre, user: str) -> list[Held]:
    """What the Hub holds of a user beside the projects."""
    limits = centre.settings
    with centre.database.read() as session:
        kept, told = held.kept_of(session, user), held.audit_of(session, user)
    most = WAITING_TIMES * limits.max_push_bytes
    return [
        Held(kind="uploads", bytes=centre.uploads.held_of(user), most_bytes=centre.uploads.most_each),
        Held(kind="pushes", bytes=sum(waiting_of(limits.quarantine, user).values()), most_bytes=most),
        Held(
            kind="downloads",
            bytes=sum(parts_of(limits.quarantine, user).values()),
            most_bytes=limits.fetch_max_bytes,
        ),
        Held(kind="conflicts", bytes=kept, most_bytes=limits.max_kept_bytes),
        Held(kind="log", bytes=told, most_bytes=limits.max_audit_bytes),
    ]


def _costs(centre: Centre, people: Sequence[str]) -> list[Cost]:
    try:
        found = metering.accounts(centre.bus.redis, people)
    except redis.RedisError as error:
        raise _away() from error
    return [
        Cost(
            user=person,
            debt_seconds=account.debt,
            most_seconds=centre.settings.max_cost_seconds,
            seconds=account.lately.seconds,
            unpacked_bytes=round(account.lately.inflated),
            stored_bytes=round(account.lately.stored),
            queries=round(account.lately.queries),
            held=held_of(centre, person),
        )
        for person, account in zip(people, found, strict=True)
    ]


def _away() -> Unavailable:
    return Unavailable("HubShare's Redis does not answer: try again in a moment.")
