"""Lanes: what a webhook is to be told of one project next, one thing at a time and in order.

Each function works in a transaction of its caller, of which the webhook's is about its id. So of two that look at a lane at the
same time one begins the tries, and the other finds them begun.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, exists, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from hubshare.features.webhooks import inboxes, rounds, rows
from hubshare.features.webhooks.schedule import GIVEN_UP_AFTER, GIVEN_UP_FAILURES, WAITS, Answer, is_refusal, judge
from hubshare.names import is_set_aside
from hubshare.operations.cloud_events import change_id, update_id
from hubshare.store.access.actions import decide
from hubshare.store.access.decisions import admins_of, reasons, role_of, team_role_of
from hubshare.store.models import Project, Team
from hubshare.store.notifications import News, settle, tell
from hubshare.store.teams import maintainers_of
from hubshare.store.webhook_tables import INBOX, OF_HUB, WORKS, Webhook, WebhookDelivery, WebhookLane
from hubshare.vocabulary import Role, TeamRole
from hubshare.wire.agent import new_id
from hubshare.wire.api.cloud_events import CHANGED, TEST, UPDATED
from hubshare.wire.api.notifications import Notification

#: Tries that were begun and not ended are begun again after this; longer than they take.
_BEGUN = timedelta(seconds=60)
#: So many deliveries are begun together, and what was sent of them is sent again if the worker dies before it is written down.
_TOGETHER = 20
#: When more versions than these wait, one event tells of all of them.
COALESCE = 10
#: Deliveries of a webhook that are kept in its log, besides those that wait; the others go when there are so many new ones.
KEPT, _PRUNED_EVERY = 200, 20

_PASSED_OVER = "It was refused again and again, and a later one was taken: it is passed over."
_BEHIND = or_(Project.version > WebhookLane.version, Project.revision > WebhookLane.revision)
#: Whether a webhook is about a project: it may have gone to another team.
_CONCERNS = or_(
    Webhook.project_id == Project.id,
    Webhook.team_id == Project.team_id,
    OF_HUB,
)


@dataclass(frozen=True)
class Tries:
    """Tries that were begun, to be made in order until one fails that was not refused before.

    Attributes:
        hook, deliveries: as they were then; one delivery at least.
        project: what they are about; None for tests and notifications.
        readable: whether the webhook's owner may read it.
        told: by the id of a delivery, the notification that it tells of, as the person may know of it now.
    """

    hook: Webhook
    deliveries: Sequence[WebhookDelivery]
    project: Project | None
    readable: bool
    told: Mapping[int, Notification] = field(default_factory=dict)


class Tried(NamedTuple):
    """A try that was made.

    Attributes:
        delivery: as it was before.
        body: what was sent.
        answer: what the receiver said.
        at: when that was.
    """

    delivery: WebhookDelivery
    body: str
    answer: Answer
    at: datetime


def begin_lanes(session: Session, hook: Webhook) -> None:
    """Have a new webhook told of what comes from now on."""
    if hook.person is not None:
        session.add(WebhookLane(webhook_id=hook.id, project_id=INBOX))
        return
    begun = select(literal(hook.id), Project.id, Project.version, Project.revision).where(_hears(hook))
    session.execute(insert(WebhookLane).from_select(["webhook_id", "project_id", "version", "revision"], begun))


def is_followed(session: Session, project: str) -> bool:
    """Return whether a project concerns any webhook that is to be told of it.

    Args:
        project: id.
    """
    return (
        session.scalar(select(Webhook.id).join(Project, _CONCERNS).where(Project.id == project, WORKS).limit(1))
        is not None
    )


def follow(session: Session, project: Project, at: datetime) -> list[tuple[str, str]]:
    """Have all webhooks that a project concerns be told of what is new.

    Returns:
        (id, owner) of those for which there is something to do now.
    """
    of_it = [Webhook.project_id == project.id, OF_HUB]
    if project.team_id is not None:
        of_it.append(Webhook.team_id == project.team_id)
    hooks = {hook.id: hook for hook in session.scalars(select(Webhook).where(or_(*of_it), WORKS))}
    if not hooks:
        return []
    # Waits for whoever ends a try at the same time, and sees what that has left.
    query = select(WebhookLane).where(WebhookLane.project_id == project.id, WebhookLane.webhook_id.in_(hooks))
    lanes = {lane.webhook_id: lane for lane in session.scalars(query.with_for_update())}
    refused = rounds.held_up(session, [one for one, lane in lanes.items() if lane.waits_after(at)], project.id)
    told = []
    for hook in hooks.values():
        lane = lanes.get(hook.id)
        if lane is None and project.deleted is not None:
            continue
        if lane is None:
            lane = _first_lane(hook, project)
            session.add(lane)
        held = lane.due is None or hook.id in refused
        if held and (project.version > lane.version or project.revision > lane.revision):
            lane.due = at
        if lane.due is not None and lane.due <= at:
            told.append((hook.id, hook.owner))
    return told


def _first_lane(hook: Webhook, project: Project) -> WebhookLane:
    """The lane of a project that was begun, or came to the team, after the webhook."""
    began = project.created >= hook.created
    version, revision = (-1, project.revision) if began else (project.version - 1, project.revision - 1)
    return WebhookLane(webhook_id=hook.id, project_id=project.id, version=version, revision=revision)


def begin_tries(session: Session, webhook: str, project_id: str, at: datetime) -> Tries | None:
    """Begin the next tries of a lane, unless there is nothing to do now. Of an address that fails it is one.

    Args:
        webhook, project_id: ids.
    """
    lane = session.get(WebhookLane, (webhook, project_id), with_for_update=True)
    if lane is None or lane.due is None or lane.due > at:
        return None
    if lane.begun_until is not None and lane.begun_until > at:
        return None
    hook = session.get_one(Webhook, webhook)
    if project_id and (hook.paused or hook.disabled is not None):
        lane.due = None
        return None
    if hook.rest_until is not None and hook.rest_until > at:
        lane.due = hook.rest_until
        return None
    project = session.get(Project, project_id) if project_id not in ("", INBOX) else None
    if project_id not in ("", INBOX) and not _hears_now(session, hook, project, at):
        lane.due = None
        return None
    if project_id == INBOX:
        # One at a time: what a person may know of is found out just before it is sent.
        found = inboxes.next_of(session, hook)
        deliveries, told = [one.delivery for one in found], {one.delivery.id: one.told for one in found}
    else:
        deliveries, told = _next_deliveries(session, lane, project, 1 if hook.failures else _TOGETHER), {}
    begun, due = rounds.choose(deliveries, at)
    if not begun:
        lane.due = due
        return None
    lane.begun_until = lane.due = at + _BEGUN
    session.flush()
    # Who has a webhook of one project is an admin of it, or would not have come so far.
    admin = project is not None and hook.project_id is not None and project.deleted is None
    readable = project is None or admin or role_of(session, project, hook.owner) is not None
    return Tries(hook, begun, project, readable, told)


def _next_deliveries(session: Session, lane: WebhookLane, project: Project | None, most: int) -> list[WebhookDelivery]:
    """What waits, and then what is new of the project."""
    waiting = WebhookDelivery.webhook_id == lane.webhook_id, WebhookDelivery.project_id == lane.project_id
    query = select(WebhookDelivery).where(*waiting, WebhookDelivery.state == "waiting").order_by(WebhookDelivery.id)
    found = list(session.scalars(query.limit(max(most, rounds.MOST_REFUSED))))
    most = rounds.wanted(found, most)
    found = found[:most]
    while project is not None and len(found) < most and (new := _next_delivery(session, lane, project)) is not None:
        found.append(new)
    return found


def _next_delivery(session: Session, lane: WebhookLane, project: Project) -> WebhookDelivery | None:
    if project.version > lane.version:
        old = lane.version
        new = project.version if project.version - old > COALESCE else old + 1
        lane.version, kind, event = new, UPDATED, update_id(project.id, old, new)
    elif project.revision > lane.revision:
        old, new = lane.revision, project.revision
        lane.revision, kind, event = new, CHANGED, change_id(project.id, new)
    else:
        return None
    return rows.add_delivery(session, lane.webhook_id, project.id, kind, event, old=old, new=new)


def add_test(session: Session, hook: Webhook, at: datetime) -> WebhookDelivery:
    """Have a trial event delivered now."""
    session.merge(WebhookLane(webhook_id=hook.id, project_id="", due=at))
    hook.rest_until = None
    return rows.add_delivery(session, hook.id, "", TEST, f"test-{new_id()}")


def end_tries(session: Session, begun: Tries, made: Sequence[Tried]) -> float | None:
    """Write down what came of tries; returns in how many seconds there may be more to do, None for nothing.

    Args:
        made: the first of those that were begun, one at least; only the last one, and what was refused before, may have failed.
    """
    # First: whoever publishes meanwhile waits for this row, or is seen below.
    lane = session.get(WebhookLane, (begun.hook.id, begun.deliveries[0].project_id), with_for_update=True)
    hook = session.get(Webhook, begun.hook.id)
    ids = [one.delivery.id for one in made]
    waiting = WebhookDelivery.id.in_(ids), WebhookDelivery.state == "waiting"
    waits = set(session.scalars(select(WebhookDelivery.id).where(*waiting)))
    made = [one for one in made if one.delivery.id in waits]
    if lane is None or hook is None or not made:
        return None
    written = [_end_try(session, hook, begun.deliveries[0].type != TEST, one) for one in made]
    last_taken = max((place for place, one in enumerate(written) if one["state"] == "delivered"), default=0)
    for one in written[:last_taken]:
        if one["state"] == "waiting":
            one |= {"state": "failed", "due": None, "error": f"{one['error']} {_PASSED_OVER}"}
    session.execute(update(WebhookDelivery), written)
    # What waits, and what has been published since, the next look finds.
    at, last = made[-1].at, written[-1]
    lane.due, lane.begun_until = last["due"] or at, None
    if last["state"] == "waiting" and last["attempts"] >= rounds.TWICE and is_refusal(last["status"]):
        # One behind it is tried soon, unless it is the address that fails.
        again = at + timedelta(seconds=WAITS[min(hook.failures, len(WAITS)) - 1])
        rest = hook.rest_until or at
        lane.due = rest if is_refusal(made[-1].answer.status) else min(last["due"], again)
    if any(number % _PRUNED_EVERY == 0 for number in ids):
        _prune(session, hook.id)
    return (lane.due - at).total_seconds()


def _end_try(session: Session, hook: Webhook, counts: bool, tried: Tried) -> dict[str, Any]:
    """Note for a webhook what came of a try; returns what its delivery becomes.

    Args:
        counts: whether a failure counts; of a test it does not.
    """
    answer, at, due = tried.answer, tried.at, tried.delivery.due
    # What is tried just because of one behind it waits as long afterwards, and stays a refused one.
    early = due is not None and due > at
    attempts = tried.delivery.attempts + (0 if early else 1)
    verdict = judge(attempts, hook.failures, answer)
    state = verdict.state
    if state == "delivered":
        hook.failures, hook.failing_since, hook.rest_until = 0, None, None
    elif counts:
        hook.failures, hook.failing_since = hook.failures + 1, hook.failing_since or at
        hook.rest_until = at + timedelta(seconds=verdict.rest)
    else:
        # Somebody tries it out and looks at what came of it.
        state = "failed"
    if verdict.gone:
        _disable(session, hook, at, "The receiver answered 410: it wants to hear nothing more.")
    elif (
        hook.failing_since is not None
        and at - hook.failing_since >= GIVEN_UP_AFTER
        and hook.failures >= GIVEN_UP_FAILURES
    ):
        _disable(session, hook, at, f"Nothing was taken for {GIVEN_UP_AFTER.days} days.")
    return {
        "id": tried.delivery.id,
        "attempts": attempts,
        "tried": at,
        "body": tried.body,
        "status": tried.delivery.status if early and state == "waiting" else answer.status,
        "answer": answer.text,
        "error": answer.error[:500],
        "state": state,
        "milliseconds": answer.milliseconds,
        "due": (due if early else at + timedelta(seconds=verdict.wait)) if state == "waiting" else None,
    }


def _disable(session: Session, hook: Webhook, at: datetime, reason: str, *others: str) -> None:
    """Tell a webhook nothing more until somebody has it go on; whose it is is told so, and others."""
    hook.disabled, hook.reason = at, reason
    about = hook.project_id, hook.team_id
    tell(session, [hook.owner, *others], News("webhook", hook.id, {"name": hook.name, "reason": reason}, *about))


def _prune(session: Session, webhook: str) -> None:
    of_it = WebhookDelivery.webhook_id == webhook, WebhookDelivery.state != "waiting"
    newest = select(WebhookDelivery.id).where(*of_it).order_by(WebhookDelivery.id.desc())
    if (last := session.scalar(newest.offset(KEPT).limit(1))) is not None:
        session.execute(delete(WebhookDelivery).where(*of_it, WebhookDelivery.id <= last))


def redeliver(
    session: Session, hook: Webhook, at: datetime, *, delivery: int | None = None, since: datetime | None = None
) -> tuple[int, set[str]]:
    """Have something delivered once more, as it was: one delivery, or all that failed since a moment.

    Returns:
        How many, and the ids of the projects that they are about.
    """
    wanted: list[ColumnElement[bool]] = [WebhookDelivery.webhook_id == hook.id, WebhookDelivery.state != "waiting"]
    if delivery is not None:
        wanted.append(WebhookDelivery.id == delivery)
    if since is not None:
        wanted += [WebhookDelivery.created >= since, WebhookDelivery.state == "failed"]
    lanes = set(session.scalars(select(WebhookDelivery.project_id).where(*wanted)))
    again = update(WebhookDelivery).where(*wanted).values(state="waiting", attempts=0, due=None)
    done: int = session.execute(again).rowcount  # type: ignore[attr-defined]
    mine = WebhookLane.webhook_id == hook.id, WebhookLane.project_id.in_(lanes)
    session.execute(update(WebhookLane).where(*mine).values(due=at))
    hook.rest_until = None
    return done, lanes


def wake(session: Session, hook: Webhook, at: datetime) -> set[str]:
    """Have a webhook that goes on again be told of all that is new since; one of a person, of what comes from now on.

    Returns:
        The projects of which it has to be told something.
    """
    if hook.person is not None:
        inboxes.hand_over(session, hook.person, at)
    hook.paused, hook.disabled, hook.reason = False, None, ""
    hook.failures, hook.failing_since, hook.rest_until = 0, None, None
    settle(session, "webhook", [hook.id])
    newer = exists().where(Project.id == WebhookLane.project_id, _BEHIND)
    waits = exists().where(
        WebhookDelivery.webhook_id == WebhookLane.webhook_id,
        WebhookDelivery.project_id == WebhookLane.project_id,
        WebhookDelivery.state == "waiting",
    )
    # Whoever has it go on has mended the receiver: what waits for its next try does not wait any longer.
    mine = WebhookDelivery.webhook_id == hook.id, WebhookDelivery.state == "waiting"
    session.execute(update(WebhookDelivery).where(*mine).values(due=None))
    behind = update(WebhookLane).where(WebhookLane.webhook_id == hook.id, or_(newer, waits)).values(due=at)
    return {*session.scalars(behind.returning(WebhookLane.project_id))}


def due(session: Session, at: datetime, most: int) -> list[tuple[str, str, str]]:
    """(webhook, project, owner) of lanes in which there is something to do, those that wait for longest first."""
    query = select(WebhookLane.webhook_id, WebhookLane.project_id, Webhook.owner).join(Webhook)
    found = session.execute(query.where(WebhookLane.due <= at).order_by(WebhookLane.due).limit(most))
    return [(webhook, project, owner) for webhook, project, owner in found]


def behind(session: Session, most: int) -> list[str]:
    """Ids of projects that have something new of which a webhook is not to be told yet: whoever was to say so has died."""
    known = select(WebhookLane.project_id).join(Project, Project.id == WebhookLane.project_id)
    known = known.join(Webhook, Webhook.id == WebhookLane.webhook_id)
    found = set(session.scalars(known.where(WebhookLane.due.is_(None), _BEHIND, _CONCERNS, WORKS).limit(most)))
    lane = exists().where(WebhookLane.webhook_id == Webhook.id, WebhookLane.project_id == Project.id)
    new = select(Project.id).join(Webhook, or_(Webhook.team_id == Project.team_id, OF_HUB))
    found |= set(session.scalars(new.where(~lane, WORKS, Project.deleted.is_(None)).limit(most)))
    return sorted(found)


def forget(session: Session, before: datetime) -> None:
    """Forget the deliveries of long ago, and the lanes of projects that are gone for good."""
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.created < before, WebhookDelivery.state != "waiting"))
    gone = ~exists().where(Project.id == WebhookLane.project_id)
    session.execute(delete(WebhookLane).where(WebhookLane.project_id.not_in(["", INBOX]), gone))


def _hears(hook: Webhook) -> ColumnElement[bool]:
    """The condition that a project concerns a webhook."""
    if hook.project_id is not None:
        return Project.id == hook.project_id
    return Project.team_id == hook.team_id if hook.team_id is not None else Project.deleted.is_(None)


def _hears_now(session: Session, hook: Webhook, project: Project | None, at: datetime) -> bool:
    """Whether a webhook is told of a project, in the trash or not. Whoever set it up has to be who may; else it is disabled."""
    if project is None or project.team_id != (hook.team_id or project.team_id):
        return False
    if hook.project_id is not None:
        role = decide(reasons(session, project, hook.owner))
        may = role is not None and role >= Role.admin
    elif hook.team_id is not None:
        may = team_role_of(session, session.get(Team, hook.team_id), hook.owner) == TeamRole.maintainer
    else:
        may = not is_set_aside(hook.owner)
    if not may:
        reason = f"{hook.owner} may not have it any more: whoever may can change it, and so take it over."
        others = admins_of(session, project) if hook.project_id else maintainers_of(session, hook.team_id or "")
        _disable(session, hook, at, reason, *others)
    return may
