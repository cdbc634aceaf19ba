"""Edits: changes of a project that are asked for at the centre and made by the workers; whoever asks waits."""

from __future__ import annotations

from hubshare import jobs
from hubshare.centre import Centre
from hubshare.errors import DeletionsAsked, Paused, Unavailable, from_code
from hubshare.jobs.payloads import Edit
from hubshare.operations.caller import Caller
from hubshare.store.publications import read_records
from hubshare.wire.agent import new_id

_REPLY_SECONDS = 30.0


def new_edit(caller: Caller, project: str, message: str = "") -> Edit:
    """An edit by a caller that changes nothing yet.

    Args:
        project: id.
        message: of the version that it is to make; "" for a title made from what it changes.
    """
    return Edit(
        id=new_id(),
        project=project,
        user=caller.user,
        door=caller.door,
        token=caller.person.token,
        message=message,
    )


def submit_edit(centre: Centre, edit: Edit) -> int:
    """Have the workers make an edit, and wait for it.

    Returns:
        Number of the version that it made, or of the newest one when there was nothing to change.

    Raises:
        DeletionsAsked: when it deletes many files, and nobody has confirmed just that.
        HubShareError: why it was not made.
        Unavailable: when no reply came; it may still be made.
    """
    jobs.EDIT.enqueue(centre.queue, edit)
    return wait_for_version(centre, edit.id)


def wait_for_version(centre: Centre, name: str) -> int:
    """Wait for what the workers were asked to publish; see `submit_edit`.

    Args:
        name: id of what was asked for.
    """
    reply = centre.bus.wait_for_reply(name, _REPLY_SECONDS)
    if reply is None:
        raise Unavailable("The workers do not answer: look at the project in a moment, it may still be done.")
    if reply.reason == Paused.code:
        with centre.database.read() as session:
            record = read_records(session, [name]).get(name)
        raise DeletionsAsked(reply.message, record.answer.get("asked", "") if record else "")
    if reply.reason:
        raise from_code(reply.reason, reply.message)
    return int(reply.message)
