"""Fan-out: what every subscriber who may read a project at this moment is told when it has moved on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from os import SEEK_END
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, NamedTuple, cast

from sqlalchemy.orm import Session

from hubshare.bus.deliveries import Announce, Delivery, Tell
from hubshare.centre import Centre
from hubshare.config import MIB
from hubshare.git.update import write_update
from hubshare.project_settings import for_agents
from hubshare.store.access.actions import decide
from hubshare.store.access.decisions import Reasons, reasons_of_subscribers
from hubshare.store.versions import Branch, NewVersion
from hubshare.vocabulary import Role
from hubshare.wire.agent import Update
from hubshare_workers.publish.overlay import Overlay
from hubshare_workers.publish.publication import PublishOutcome


class Move(NamedTuple):
    """A move of the branch that is to be told.

    Attributes:
        before, after: the published commits; `before` is "" when it is not known.
        number: of the version that is published then.
        versions: what was added.
    """

    before: str
    after: str
    number: int
    versions: Sequence[NewVersion] = ()

    @classmethod
    def of(cls, step: Overlay) -> Move:
        """What a step does."""
        return cls(step.branch.head, step.head, step.number, step.versions)

    @classmethod
    def again(cls, answer: PublishOutcome) -> Move:
        """What was done when something was answered the first time."""
        return cls(answer.before, answer.commit, answer.number)


#: Those who are told of a project, by role.
Subscribers = dict[Role, list[str]]


def find_subscribers(session: Session, branch: Branch, known: Reasons | None = None) -> Subscribers:
    """Who has a checkout of a project and may read it at this moment.

    Args:
        known: what `reasons_of_subscribers` gives, where that was read in the same transaction.
    """
    found: Subscribers = defaultdict(list)
    for user, reasons in (reasons_of_subscribers(session, branch) if known is None else known).items():
        role = decide(reasons) if branch.deleted is None else None
        if role is not None:
            found[role].append(user)
    return found


def fan_out(
    centre: Centre, step: Overlay, moves: Sequence[Move], by_role: Subscribers, update: bytes | Path, confirmed: bool
) -> list[Delivery]:
    """What is to be delivered to the subscribers and the event streams.

    Args:
        step: the project and its objects.
        moves: of the branch.
        by_role: who is told.
        update: a pack that brings a checkout from where the step began to where it ends, when it is at hand.
        confirmed: whether a pusher confirmed that many files are deleted.
    """
    if not moves:
        return []
    branch = step.branch
    deliveries: list[Delivery] = []
    for move in moves:
        deliveries += _announcements(branch, move)
        pack = _small_update(centre, step, move, update if move.versions else b"") if by_role else b""
        for role, users in by_role.items():
            event = Update(
                project=branch.id,
                name=branch.full_name,
                commit=move.after,
                parent=move.before or None,
                number=move.number,
                role=role.name,
                confirmed=confirmed,
                **for_agents(branch),
            )
            deliveries.append(Tell(users, event.encode(), pack))
    return deliveries


def _announcements(branch: Branch, move: Move) -> list[Delivery]:
    first = move.number - len(move.versions) + 1
    events: list[dict[str, object]] = [
        {"number": first + place, "commit": version.commit, "author": version.author, "summary": version.summary}
        for place, version in enumerate(move.versions)
    ] or [{"number": move.number, "commit": move.after}]
    return [Announce(branch.id, {"type": "version", "project": branch.full_name, **event}) for event in events]


def _small_update(centre: Centre, step: Overlay, move: Move, update: bytes | Path) -> bytes:
    """The pack that a subscriber needs, if it is small enough to travel along; a larger one is kept for whoever asks."""
    most = centre.settings.inline_update_bytes
    if not move.before:
        return b""
    if isinstance(update, Path) or len(update) > most:
        kept = centre.repositories.keep_update(step.branch.id, move.before, move.after, update)
        return kept.read_bytes() if kept.stat().st_size <= most else b""
    if update:
        return update
    centre.settings.packs.mkdir(exist_ok=True)
    with SpooledTemporaryFile(MIB, dir=str(centre.settings.packs)) as file:
        made = cast(BinaryIO, file)
        write_update(step, made, move.before, move.after)
        size = made.seek(0, SEEK_END)
        made.seek(0)
        if size <= most:
            return made.read(size)
        centre.repositories.keep_update(step.branch.id, move.before, move.after, made)
    return b""
