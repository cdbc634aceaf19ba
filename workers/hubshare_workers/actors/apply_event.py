"""The job that answers one entry of an outbox."""

from __future__ import annotations

import dramatiq

from hubshare.bus.keys import user_of
from hubshare.centre import Centre
from hubshare.errors import HubShareError, Invalid
from hubshare.jobs.policy import APPLY
from hubshare_workers.dispatch import dispatch, refuse

#: Retries count what a job raises; this also counts the workers that died of it, so that a push cannot take them down for ever.
MOST_TRIES = 20


def declare(broker: dramatiq.Broker, centre: Centre) -> None:
    """Make the job known to the broker."""

    def apply_event(outbox: str, entry: str) -> None:
        fields = centre.bus.entry(outbox, entry)
        if fields is not None:
            if centre.bus.count_try(outbox, entry) > MOST_TRIES:
                raise Invalid(
                    "The Hub broke down over this push again and again: push fewer files at once, or ask an admin."
                )
            dispatch(centre, user_of(outbox), fields.get(b"event", b""), fields.get(b"pack", b""))
            centre.bus.drop(outbox, entry)

    dramatiq.actor(apply_event, broker=broker, **APPLY.options())


def give_up(centre: Centre, outbox: str, entry: str, error: BaseException) -> None:
    """Tell the pusher that a push has failed for good, after the last try."""
    fields = centre.bus.entry(outbox, entry)
    if fields is None:
        return
    reason = (
        error
        if isinstance(error, HubShareError)
        else HubShareError(
            "The Hub could not apply this push. Nothing is lost; it is sent again. If it stays, tell an admin."
        )
    )
    refuse(centre, user_of(outbox), fields.get(b"event", b""), reason, retry=not isinstance(error, Invalid))
    centre.bus.drop(outbox, entry)
