"""Events for other programs: what each says, within bounds, and no more than who is told may read."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import NamedTuple
from urllib.parse import quote

from hubshare.centre import Centre
from hubshare.errors import HubShareError
from hubshare.git.objects import EMPTY_TREE, diff_trees
from hubshare.names import one_line
from hubshare.store.models import Project, Version
from hubshare.wire.api.cloud_events import (
    CHANGED,
    NOTIFIED,
    UPDATED,
    Change,
    CloudEvent,
    Notified,
    Updated,
    VersionNamed,
)
from hubshare.wire.api.notifications import Notification

#: Files that an event names, and characters of their paths in all.
_PATHS, _CHARACTERS = 100, 10_000
#: Characters of what others wrote that a message in a chat has.
_LONGEST = 400
#: What chats would take for marks, mentions and links of their own.
_PLAIN = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\N{ZERO WIDTH SPACE}"})


class Differing(NamedTuple):
    """The files that differ between two versions.

    Attributes:
        changed: the first of them, by path.
        more: whether there are more.
    """

    changed: list[Change]
    more: bool


def differing(centre: Centre, project: str, old: str, new: str) -> Differing:
    """Compare two versions, as far as an event tells of it.

    Args:
        project: id.
        old, new: commits; `old` is "" for the first version.
    """
    found: list[Change] = []
    left = _CHARACTERS
    try:
        repository = centre.repositories.open(project)
        before = repository.commit(old).tree if old else EMPTY_TREE
        changes = diff_trees(repository.tree, before, repository.commit(new).tree)
        for path, was, now in islice(changes, _PATHS + 1):
            left -= len(path)
            if len(found) == _PATHS or left < 0:
                return Differing(found, True)
            change = "added" if was is None else "deleted" if now is None else "modified"
            found.append(Change.model_validate({"path": path, "change": change}))
    except HubShareError:
        # A repository that is being mended: whoever wants to know more than that something is new has to ask.
        return Differing(found, True)
    return Differing(found, False)


def updated(
    centre: Centre, source: str, project: Project, old: Version | None, new: Version, readable: bool = True
) -> CloudEvent:
    """The event that a project has new versions.

    Args:
        source: address of the service.
        old: what was published before; None for nothing.
        readable: whether who is told may read the project; if not, it says that there is something new, and not what.
    """
    found = differing(centre, project.id, old.commit if old else "", new.commit) if readable else Differing([], True)
    data = Updated(
        project=project.id,
        old=VersionNamed(number=old.number, commit=old.commit) if old else None,
        new=VersionNamed(number=new.number, commit=new.commit),
        author=new.author if readable else None,
        summary=new.summary[:500] if readable else None,
        changed=found.changed,
        more=found.more,
    )
    return CloudEvent(
        id=update_id(project.id, old.number if old else -1, new.number),
        source=source,
        type=UPDATED,
        subject=project.full_name,
        time=new.created,
        sequence=f"{new.number:010d}",
        data=data.model_dump(),
    )


def changed(source: str, project: Project, revision: int, at: datetime) -> CloudEvent:
    """The event that settings, address or access of a project are others, or that it is in the trash, or out of there."""
    return CloudEvent(
        id=change_id(project.id, revision),
        source=source,
        type=CHANGED,
        subject=project.full_name,
        time=at,
        data={"project": project.id, "revision": revision} | ({"deleted": True} if project.deleted else {}),
    )


def notified(source: str, told: Notification) -> CloudEvent:
    """The event that a person is told something.

    Its `text` is the message as incoming webhooks of chats take it; nobody else's words are a link or call somebody there.

    Args:
        source: address of the service.
        told: as the person may know of it at this moment.
    """
    link = f"{source.rstrip('/')}/{quote(told.page)}"
    words = " ".join(part for part in (f"{told.words}.", told.advice) if part)
    plain = one_line(words).replace("://", ":// ")[:_LONGEST].translate(_PLAIN)
    data = Notified(
        kind=told.kind, words=told.words, advice=told.advice, link=link, number=told.number, count=told.count
    )
    return CloudEvent.model_validate(
        {
            "id": notification_id(told.number, told.time),
            "source": source,
            "type": NOTIFIED,
            "subject": told.project or None,
            "time": told.time,
            "data": data.model_dump(),
            "text": f"{plain} {link}",
        }
    )


def notification_id(number: int, time: datetime) -> str:
    """The id of the event that somebody is told something; told anew it is another one."""
    return f"notification-{number}-{time:%Y%m%d%H%M%S%f}"


def update_id(project: str, old: int, new: int) -> str:
    """The id of the event that leads from one version of a project to another; without a dot, as Standard Webhooks want it."""
    return f"{project}-{old if old >= 0 else 'none'}-{new}"


def change_id(project: str, revision: int) -> str:
    """The id of the event that a project has come to a revision."""
    return f"{project}-r{revision}"
