"""What the workers do for monitoring: write down what servers have reported, and let go what is old."""

from __future__ import annotations

import redis

from hubshare.bus.usage import take_usage
from hubshare.centre import Centre
from hubshare.errors import Unavailable
from hubshare.store.models import now
from hubshare.store.usage import add_usage, forget_old, is_anything_old

#: Users whose reports go into one transaction, and so many of these in one look.
_USERS, _TURNS = 200, 50


def look(centre: Centre) -> None:
    """Write down what has come since the look before; each worker process takes a part.

    Raises:
        Unavailable: Redis or the database does not answer.
    """
    for _ in range(_TURNS):
        try:
            reported = take_usage(centre.bus.redis, _USERS)
        except redis.RedisError as error:
            raise Unavailable("Redis does not answer.") from error
        if not reported:
            break
        with centre.database.begin("usage") as session:
            add_usage(session, reported)
    with centre.database.read() as session:
        old = is_anything_old(session, now())
    if old:
        with centre.database.begin("usage") as session:
            forget_old(session, now())
