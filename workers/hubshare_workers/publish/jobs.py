"""The jobs that publish: each takes what it is about to the part that does the work, and tells when it has failed for good."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from hubshare.bus.bus import Bus
from hubshare.bus.keys import user_of
from hubshare.bus.replies import Reply
from hubshare.centre import Centre
from hubshare.errors import HubShareError, Invalid, TooMany, Unavailable
from hubshare.git.waiting import discard
from hubshare.jobs import Edit, FileUpload, GitPush, OriginPull, OutboxEntry
from hubshare_workers.context import Context
from hubshare_workers.intake.dispatch import dispatch, put_off, refuse
from hubshare_workers.publish.edit import Edited
from hubshare_workers.publish.from_origin import FromOrigin
from hubshare_workers.publish.git_push import ByGit
from hubshare_workers.publish.limits import check_messages
from hubshare_workers.publish.noted import publish_noted
from hubshare_workers.publish.publication import Publication
from hubshare_workers.publish.upload import UploadedFiles

#: Retries count what a job raises; this also counts the workers that died of it, so that a push cannot take them down for ever.
MOST_TRIES = 20
_AGE = re.compile(rb"[0-9]{1,6}")


def apply_event(context: Context, wanted: OutboxEntry) -> None:
    """Answer one entry of an outbox."""
    bus = context.centre.bus
    taken = bus.take(*wanted)
    if (fields := taken.fields) is None:
        return
    user, event = user_of(wanted.outbox), fields.get(b"event", b"")
    try:
        check_messages(context.centre, taken)
    except TooMany as error:
        put_off(context.centre, user, event, error, wanted)
    else:
        with _trying(bus, *wanted, taken.tries, "push fewer files at once"):
            pack, trace = fields.get(b"pack", b""), fields.get(b"traceparent", b"")
            saved = _saved(wanted.entry, fields.get(b"age", b""))
            dispatch(context.centre, user, event, pack, wanted, trace, saved, taken.push)


def _saved(entry: str, age: bytes) -> int:
    """When what a message holds was taken from the disk, by the clock of Redis (ms since 1970); 0 where its sender says nothing
    of the last quarter of an hour."""
    return int(entry.partition("-")[0]) - int(age) if _AGE.fullmatch(age) else 0


def give_up_event(context: Context, wanted: OutboxEntry, error: BaseException) -> None:
    """Tell the pusher that a push has failed for good, after the last try."""
    bus = context.centre.bus
    fields = bus.entry(*wanted)
    if fields is None:
        return
    told = _told(
        error, "The Hub could not apply this push. Nothing is lost; it is sent again. If it stays, tell an admin."
    )
    refuse(
        context.centre, user_of(wanted.outbox), fields.get(b"event", b""), told, retry=not isinstance(error, Invalid)
    )
    bus.drop(*wanted)


def apply_git(context: Context, push: GitPush) -> None:
    """Apply a push by git."""
    _publish(context.centre, "git", push.id, ByGit(context.centre, push), "push it in parts")


def give_up_git(context: Context, push: GitPush, error: BaseException) -> None:
    """Tell the pusher that a push has failed for good, and remove it."""
    told = _told(error, "The Hub could not apply this push; tell an admin.")
    context.centre.bus.answer(push.id, Reply("failed", told.message))
    discard(context.centre.settings.quarantine, push.id)


def edit(context: Context, wanted: Edit) -> None:
    """Make an edit."""
    _publish(context.centre, "edit", wanted.id, Edited(context.centre, wanted), "make it in parts")


def give_up_edit(context: Context, wanted: Edit, error: BaseException) -> None:
    """Tell whoever asked for an edit that it has failed for good."""
    _answer(context.centre.bus, wanted.id, _told(error, "The Hub could not do this; tell an admin."))


def upload(context: Context, wanted: FileUpload) -> None:
    """Publish what somebody has uploaded."""
    _publish(context.centre, "upload", wanted.id, UploadedFiles(context.centre, wanted), "upload it in parts")


def give_up_upload(context: Context, wanted: FileUpload, error: BaseException) -> None:
    """Tell whoever has uploaded something that it has failed for good, and remove it."""
    _answer(context.centre.bus, wanted.id, _told(error, "The Hub could not publish this upload; tell an admin."))
    discard(context.centre.settings.quarantine, wanted.id)


def pull_origin(context: Context, wanted: OriginPull) -> None:
    """Have a fork take what is new at its origin."""
    _publish(context.centre, "origin", wanted.id, FromOrigin(context.centre, wanted), "try again later")


def give_up_pull(context: Context, wanted: OriginPull, error: BaseException) -> None:
    """Tell whoever asked for a pull from an origin that it has failed for good."""
    _answer(
        context.centre.bus, wanted.id, _told(error, "The Hub could not take what is new at the origin; tell an admin.")
    )


def _publish(centre: Centre, kind: str, name: str, publication: Publication, instead: str) -> None:
    with _trying(centre.bus, kind, name, centre.bus.count_try(kind, name), instead):
        publish_noted(centre, publication)


def _answer(bus: Bus, name: str, told: HubShareError) -> None:
    bus.answer(name, Reply(told.code, told.message))


@contextmanager
def _trying(bus: Bus, where: str, name: str, tries: int, instead: str) -> Iterator[None]:
    if tries > MOST_TRIES:
        raise Invalid(f"The Hub broke down over this again and again: {instead}, or ask an admin.")
    try:
        yield
    except Unavailable:
        # Nobody broke down over it: something else was busy, or away.
        bus.leave(where, name)
        raise


def _told(error: BaseException, otherwise: str) -> HubShareError:
    return error if isinstance(error, HubShareError) else HubShareError(otherwise)
