"""Tells people in time of what is nearly full, and of what ends soon."""

from __future__ import annotations

import time

from hubshare.centre import Centre
from hubshare.store.endings import tell_of_ends
from hubshare.store.models import now
from hubshare.store.nearly_full import nearly_full, tell_of_quotas

_EVERY_SECONDS = 300.0
_last = -_EVERY_SECONDS


def remind_people(centre: Centre) -> None:
    """Tell people what they are to know in time, every few minutes.

    Raises:
        Unavailable: the database does not answer.
    """
    global _last
    if time.monotonic() - _last < _EVERY_SECONDS:
        return
    _last = time.monotonic()
    # All projects are added up: nobody has to wait for that.
    with centre.database.read() as session:
        found = nearly_full(session, centre.settings)
    with centre.database.begin("reminders") as session:
        tell_of_quotas(session, found)
        tell_of_ends(session, now())
