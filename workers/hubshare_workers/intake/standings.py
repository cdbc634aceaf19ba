"""Answers to a `sync`: where the projects of some checkouts stand. However many are named: a few queries, one round trip."""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select

from hubshare.bus.deliveries import Tell
from hubshare.centre import Centre
from hubshare.jobs import OutboxEntry
from hubshare.store.access.actions import Reason, decide, of_visibility
from hubshare.store.access.decisions import roles_of
from hubshare.store.models import Checkout, Conflict, Project, Version
from hubshare.store.projects import newest_of
from hubshare.wire.agent import Access, Pick, PickedPath, Sync

#: So many names go into one statement.
_NAMES = 500
_UNKNOWN = "The Hub does not know this checkout any more. Its files stay; unlink the folder to share it anew."


def answer_sync(centre: Centre, user: str, event: Sync, taken: OutboxEntry | None) -> None:
    """Tell where projects stand. Of the same question asked again before it was answered, one is answered."""
    names = list(dict.fromkeys(event.checkouts))
    question = hashlib.sha256("".join(sorted(names)).encode()).hexdigest()[:32]
    began = 0
    if taken is not None:
        began, answered = centre.bus.answered(user, question)
        if _sent(taken) < answered:
            return
    centre.bus.send(_answers(centre, user, names, centre.settings.inbox_entries // 2))
    if taken is not None:
        # Now: a worker that dies before leaves the question open.
        centre.bus.note_answered(user, question, began)


def _sent(taken: OutboxEntry) -> int:
    """When an entry was sent, by Redis' clock in milliseconds; its sender may have made that up."""
    return int(taken.entry.partition("-")[0])


def _answers(centre: Centre, user: str, names: Sequence[str], most_unknown: int) -> list[Tell]:
    """What is told of some checkouts.

    Args:
        most_unknown: so many that are not known are told of: more would push out of the inbox what is told of the others.
            Which ones is left to chance, so that an agent that asks again hears of all of them in time.
    """
    mine: dict[str, str] = {}
    projects: dict[str, Project] = {}
    brought: dict[str, int] = defaultdict(int)
    picked: dict[str, list[PickedPath]] = defaultdict(list)
    with centre.database.read() as session:
        for at in range(0, len(names), _NAMES):
            part = names[at : at + _NAMES]
            has = (Version.project_id == Checkout.project_id) & (Version.commit == Checkout.commit)
            found = (
                select(Checkout.id, Project, Version.number)
                .join(Project, Project.id == Checkout.project_id)
                .outerjoin(Version, has)
            )
            for name, project, number in session.execute(found.where(Checkout.id.in_(part), Checkout.user == user)):
                mine[name], projects[project.id] = project.id, project
                brought[project.id] = max(brought[project.id], number or 0)
        roles, newest = roles_of(session, user) if mine else {}, newest_of(session, projects)
        known = list(mine)
        for at in range(0, len(known), _NAMES):
            # What the person picked at the centre while no agent was there to hear of it.
            rows = select(Conflict.checkout_id, Conflict.path, Conflict.picked).where(
                Conflict.checkout_id.in_(known[at : at + _NAMES]), Conflict.picked.is_not(None)
            )
            for name, path, sides in session.execute(rows):
                picked[name].append(PickedPath(path=path, **sides))
    told: list[bytes] = []
    readable = set[str]()
    for project in projects.values():
        given = [Reason(roles[project.id], "")] if project.id in roles else []
        role = decide([*given, *of_visibility(project.visibility, signed_in=True)])
        # Whoever was away is asked no more about deletions than those who were told of them at once.
        confirmed = brought[project.id] < project.deletions_confirmed
        standing = centre.tell_of(project, role, newest.get(project.id), confirmed)
        told.append(standing.encode())
        if not isinstance(standing, Access):
            readable.add(project.id)
    for name in known:
        if mine[name] in readable:
            told += [pick.encode() for pick in Pick.in_parts(mine[name], name, picked[name])]
    unknown = [name for name in names if name not in mine]
    some = random.sample(unknown, min(most_unknown, len(unknown)))
    told += [Access(checkout=name, message=_UNKNOWN).encode() for name in some]
    return [Tell([user], event) for event in told]
