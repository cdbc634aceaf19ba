"""What people and programs may do with webhooks: admins of a project or the Hub, maintainers of a team, each for themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from hubshare.centre import Centre
from hubshare.errors import Forbidden, Invalid, NotFound, Unavailable
from hubshare.features.webhooks import inboxes, lanes, rows
from hubshare.features.webhooks.jobs import DELIVER, Lane
from hubshare.features.webhooks.rows import Inbox, Subject
from hubshare.features.webhooks.signing import new_secret
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.operations.notifications.kinds import KINDS
from hubshare.store.access.actions import Action
from hubshare.store.database import Session
from hubshare.store.models import Project, Team, now
from hubshare.store.notifications import settle
from hubshare.store.webhook_tables import INBOX
from hubshare.store.webhook_tables import Webhook as Row
from hubshare.store.webhook_tables import WebhookDelivery as DeliveryRow
from hubshare.wire.agent import new_id
from hubshare.wire.api.base import Page
from hubshare.wire.api.webhooks import NewWebhook, Redelivered, Webhook, WebhookChange, WebhookDelivery

#: For so long what is sent is signed with the former secret as well.
_FORMER = timedelta(hours=24)
#: Projects of which a webhook is told at once when much is delivered once more.
_AT_ONCE = 20


class Place(NamedTuple):
    """Whose events a webhook is told: those of a project, a team, or of neither, that is the whole Hub.

    Attributes:
        project: owner and name.
        team: name.
        own: what the caller is told, and nothing else.
    """

    project: tuple[str, str] | None = None
    team: str | None = None
    own: bool = False


def create_webhook(caller: Caller, centre: Centre, *, of: Place, wanted: NewWebhook, source: str) -> Webhook:
    """Set up a webhook. Its secret is in this answer only.

    Args:
        source: address of the service, as events name it.
    """
    secret, limits = new_secret(), centre.settings
    with centre.database.begin() as session:
        subject = _subject(caller, session, of)
        rows.check_room(session, subject, caller.user, limits.max_webhooks, limits.max_webhooks_each)
        row = Row(id=new_id(), owner=caller.user, url=_checked(wanted.url), name=wanted.name.strip(), source=source)
        row.project_id = subject.id if isinstance(subject, Project) else None
        row.team_id = subject.id if isinstance(subject, Team) else None
        row.person = subject.person if isinstance(subject, Inbox) else None
        row.silent = _silent(row, wanted.kinds)
        if row.person is not None:
            # What was told before is in the inbox: a new one begins with what comes.
            inboxes.hand_over(session, row.person, now())
        row.secret, row.created = centre.sealer.seal(secret.encode()), now()
        session.add(row)
        session.flush()
        lanes.begin_lanes(session, row)
        _note(caller, session, subject, webhook=row.id, host=_host(row.url))
        return to_resource(row, subject, secret)


def list_webhooks(caller: Caller, centre: Centre, *, of: Place) -> list[Webhook]:
    """The webhooks of a project, a team, the whole Hub, or the caller's own."""
    with centre.database.read() as session:
        subject = _subject(caller, session, of)
        return [to_resource(row, subject) for row in rows.webhooks_of(session, subject)]


def get_webhook(caller: Caller, centre: Centre, *, webhook: str) -> Webhook:
    """One webhook."""
    with centre.database.read() as session:
        row, subject, _ = _find(caller, session, webhook)
        return to_resource(row, subject)


def change_webhook(caller: Caller, centre: Centre, *, webhook: str, wanted: WebhookChange) -> Webhook:
    """Change a webhook, stop it for a while, or have it go on. Whoever does has it from then on."""
    with _changing(caller, centre, webhook) as (session, row, subject, caller):
        row.owner = caller.user
        if wanted.url is not None:
            row.url = _checked(wanted.url)
        if wanted.name is not None:
            row.name = wanted.name.strip()
        if wanted.kinds is not None:
            row.silent = _silent(row, wanted.kinds)
        if wanted.paused:
            row.paused = True
        session.flush()
        waiting = lanes.wake(session, row, now()) if wanted.paused is False else set()
        done = {name: getattr(wanted, name) for name in ("name", "paused") if getattr(wanted, name) is not None}
        _note(caller, session, subject, webhook=row.id, host=_host(row.url), **done)
        changed = to_resource(row, subject)
    _deliver(centre, row, waiting)
    return changed


def delete_webhook(caller: Caller, centre: Centre, *, webhook: str) -> None:
    """Take a webhook away, with its log."""
    with _changing(caller, centre, webhook) as (session, row, subject, caller):
        _note(caller, session, subject, webhook=row.id, host=_host(row.url), deleted=True)
        settle(session, "webhook", [row.id])
        session.delete(row)


def rotate_secret(caller: Caller, centre: Centre, *, webhook: str) -> Webhook:
    """Give a webhook a new secret, which is in this answer only. What is sent is signed with the former one too, for a day."""
    secret = new_secret()
    with _changing(caller, centre, webhook) as (session, row, subject, caller):
        row.former_secret, row.former_until = row.secret, now() + _FORMER
        row.secret = centre.sealer.seal(secret.encode())
        _note(caller, session, subject, webhook=row.id, host=_host(row.url), secret="renewed")  # noqa: S106
        return to_resource(row, subject, secret)


def send_test(caller: Caller, centre: Centre, *, webhook: str) -> WebhookDelivery:
    """Have a trial event delivered, also by a webhook that is disabled or paused: nothing else is sent then."""
    with _changing(caller, centre, webhook) as (session, row, subject, caller):
        made = lanes.add_test(session, row, now())
        _note(caller, session, subject, webhook=row.id, test=True)
    _deliver(centre, row, {""})
    return to_delivery(made, {})


def list_deliveries(
    caller: Caller, centre: Centre, *, webhook: str, after: str | None, most: int
) -> Page[WebhookDelivery]:
    """The log of a webhook, the newest first."""
    place = decode_cursor(after, int)
    with centre.database.read() as session:
        _find(caller, session, webhook)
        before = int(place[0]) if place else None
        found = rows.deliveries(session, webhook, before, most + 1)
        # The bodies of projects that the person may not read are not shown: the webhook may have been somebody else's.
        names = rows.readable_names(session, caller.user, {row.project_id for row in found})
    more = encode_cursor(found[most - 1].id) if len(found) > most else None
    return Page(items=[to_delivery(row, names) for row in found[:most]], next=more)


def redeliver(caller: Caller, centre: Centre, *, webhook: str, delivery: int) -> Redelivered:
    """Deliver something once more.

    Raises:
        NotFound: there is no such delivery, or it waits to be made.
    """
    with _changing(caller, centre, webhook) as (session, row, subject, caller):
        done, projects = lanes.redeliver(session, row, now(), delivery=delivery)
        if not done:
            raise NotFound("There is no such delivery in the log, or it waits to be made.")
        _note(caller, session, subject, webhook=row.id, redelivered=delivery)
    _deliver(centre, row, projects)
    return Redelivered(deliveries=done)


def redeliver_failed(caller: Caller, centre: Centre, *, webhook: str, since: datetime) -> Redelivered:
    """Deliver once more what has failed since a moment."""
    moment = since.astimezone(UTC).replace(tzinfo=None) if since.tzinfo else since
    with _changing(caller, centre, webhook) as (session, row, subject, caller):
        done, projects = lanes.redeliver(session, row, now(), since=moment)
        _note(caller, session, subject, webhook=row.id, redelivered_since=str(moment))
    _deliver(centre, row, projects)
    return Redelivered(deliveries=done)


def to_resource(row: Row, subject: Subject, secret: str | None = None) -> Webhook:
    """A webhook as the API shows it."""
    return Webhook(
        id=row.id,
        of=_of(subject),
        kinds=[kind for kind in KINDS if kind not in row.silent] if row.person is not None else None,
        url=row.url,
        name=row.name,
        owner=row.owner,
        paused=row.paused,
        disabled=row.disabled,
        reason=row.reason,
        failing_since=row.failing_since,
        created=row.created,
        secret=secret,
    )


def to_delivery(row: DeliveryRow, names: dict[str, str]) -> WebhookDelivery:
    """A delivery as the API shows it.

    Args:
        names: of the projects that the person may read, by id.
    """
    readable = row.project_id in ("", INBOX) or row.project_id in names
    return WebhookDelivery.model_validate(
        {
            "project": names.get(row.project_id),
            "request": row.body if readable else "",
            **{name: getattr(row, name) for name in WebhookDelivery.model_fields if name not in ("project", "request")},
        }
    )


def _deliver(centre: Centre, row: Row, projects: Iterable[str]) -> None:
    """Have a webhook told at once. What is not put on the queue here is found a little later."""
    mark = f"asked for {now().timestamp()}"
    with suppress(Unavailable):
        for project in islice(projects, _AT_ONCE):
            DELIVER.enqueue(centre.queue, Lane(row.id, project, row.owner, mark))


@contextmanager
def _changing(caller: Caller, centre: Centre, webhook: str) -> Iterator[tuple[Session, Row, Subject, Caller]]:
    with centre.database.begin(webhook) as session:
        row, subject, allowed = _find(caller, session, webhook)
        yield session, row, subject, allowed


def _find(caller: Caller, session: Session, webhook: str) -> tuple[Row, Subject, Caller]:
    """A webhook, what it is told of, and the caller, whose action is the one that it takes there."""
    row = session.get(Row, webhook)
    try:
        if row is None or row.project_id is not None:
            # One that is not there is found out no more cheaply than one that this person may not know of.
            project, _ = caller.project_of_id(session, row.project_id or "" if row else "")
            assert row is not None
            return row, project, caller
        if row.team_id is not None:
            allowed = replace(caller, action=Action.TEAM_WEBHOOKS)
            return row, allowed.team(session, session.get_one(Team, row.team_id).name)[0], allowed
        if row.person is not None:
            if row.person == caller.user:
                return row, Inbox(row.person), replace(caller, action=Action.OWN_WEBHOOKS)
        elif caller.hub_admin:
            return row, None, replace(caller, action=Action.HUB_WEBHOOKS)
    except NotFound:
        pass
    raise NotFound("There is no such webhook, or you may not know of it.")


def _subject(caller: Caller, session: Session, of: Place) -> Subject:
    if of.project is not None:
        return caller.project(session, *of.project)[0]
    if of.team is not None:
        return caller.team(session, of.team)[0]
    if of.own:
        return Inbox(caller.user)
    if not caller.hub_admin:
        raise Forbidden("Only admins of the Hub may manage webhooks of the whole Hub.")
    return None


def _of(subject: Subject) -> str:
    if isinstance(subject, Project):
        return subject.full_name
    if isinstance(subject, Inbox):
        return "me"
    return f"team:{subject.name}" if subject is not None else ""


def _note(caller: Caller, session: Session, subject: Subject, **details: Any) -> None:
    """Write into the audit log what was done; what somebody does for themselves is of no project and no team."""
    caller.note(session, None if isinstance(subject, Inbox) else subject, **details)


def _silent(row: Row, kinds: Collection[str] | None) -> list[str]:
    """The kinds of notifications that are not sent, where these are."""
    if kinds is not None and row.person is None:
        raise Invalid("Only a webhook for your own notifications is told of some kinds of them.")
    return sorted(KINDS.keys() - set(kinds)) if kinds is not None else []


def _checked(url: str) -> str:
    """An address that something can be sent to, as far as one can tell without asking."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise Invalid("A webhook needs an address that begins with https:// and a name of a host.")
    if parts.username is not None or parts.password is not None:
        raise Invalid("The address of a webhook holds no password: what is sent to it is signed.")
    if parts.fragment:
        raise Invalid("The address of a webhook has no part behind '#': it is not sent.")
    return url


def _host(url: str) -> str:
    """What the audit log says of an address, of which the rest may be secret."""
    return urlsplit(url).hostname or ""
