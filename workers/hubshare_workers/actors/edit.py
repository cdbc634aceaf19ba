"""The job that makes an edit at the centre, and answers whoever asked for it."""

from __future__ import annotations

from typing import Any

import dramatiq

from hubshare.bus.replies import Reply
from hubshare.centre import Centre
from hubshare.errors import HubShareError, Invalid
from hubshare.jobs.payloads import Edit
from hubshare.jobs.policy import EDIT
from hubshare_workers.actors.apply_event import MOST_TRIES
from hubshare_workers.publish.edit import Edited
from hubshare_workers.publish.publish import publish


def declare(broker: dramatiq.Broker, centre: Centre) -> None:
    """Make the job known to the broker."""

    def edit(fields: dict[str, Any]) -> None:
        run(centre, Edit(**fields))

    dramatiq.actor(edit, broker=broker, **EDIT.options())


def run(centre: Centre, wanted: Edit) -> None:
    """Make an edit."""
    if centre.bus.count_try("edit", wanted.id) > MOST_TRIES:
        raise Invalid("The Hub broke down over this change again and again: make it in parts, or ask an admin.")
    publish(centre, Edited(centre, wanted))


def give_up(centre: Centre, fields: dict[str, Any], error: BaseException) -> None:
    """Tell whoever asked for an edit that it has failed for good, after the last try."""
    told = error if isinstance(error, HubShareError) else HubShareError("The Hub could not do this; tell an admin.")
    centre.bus.answer(Edit(**fields).id, Reply(told.code, told.message))
