"""How a stream tells of what the feed has: as it lies there, or as CloudEvents, which say what has changed as well."""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from starlette.concurrency import run_in_threadpool

from hubshare.centre import Centre
from hubshare.operations import cloud_events
from hubshare.store.models import Project
from hubshare.store.projects import versions_numbered
from hubshare.vocabulary import Role
from hubshare.wire.api.cloud_events import ACCESS, CHANGED, MISSED, CloudEvent

#: Texts that are kept for others who are told the same.
_TEXTS = 2000


class Told(NamedTuple):
    """Something that somebody is told.

    Attributes:
        entry: its place in the feed.
        project: id.
        event: as it lies in the feed.
        role: of who is told; None for an admin of the Hub who may not read the project.
    """

    entry: str
    project: str
    event: str
    role: Role | None


class Telling(Protocol):
    """Makes the text of events."""

    async def event(self, told: Told) -> str:
        """Something that happened."""
        ...

    def own(self, event: str) -> str:
        """Something that concerns the person alone, and no project; "" where that is not told."""
        ...

    def lost(self, told: Told, name: str, deleted: bool) -> str:
        """The project may not be read any more.

        Args:
            name: of the project, as it was called before.
            deleted: whether that is because it was put into the trash.
        """
        ...

    def missed(self, name: str) -> str:
        """Something that happened is not there any more.

        Args:
            name: of the project; "" for any.
        """
        ...


class AsFed:
    """Tells of it as it lies in the feed."""

    async def event(self, told: Told) -> str:
        return told.event

    def own(self, event: str) -> str:
        return event

    def lost(self, told: Told, name: str, deleted: bool) -> str:
        return json.dumps({"type": "access", "project": name, "role": None} | _if_deleted(deleted))

    def missed(self, name: str) -> str:
        return json.dumps({"type": "missed", "project": name})


class CloudTexts:
    """The texts of CloudEvents, each made once for all of this process who are told the same; for the event loop only."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._made: OrderedDict[tuple[str, str, bool], asyncio.Task[str]] = OrderedDict()

    async def text(self, source: str, told: Told) -> str:
        """The text of a version or a change.

        Args:
            source: address of the service.
        """
        key = (told.entry, source, told.role is not None)
        if key not in self._made:
            self._made[key] = asyncio.create_task(run_in_threadpool(_text, self._centre, source, told))
            if len(self._made) > _TEXTS:
                self._made.popitem(last=False)
        made = self._made[key]
        try:
            # It goes on when whoever asked first goes away: others wait for it.
            return await asyncio.shield(made)
        finally:
            if made.done() and (made.cancelled() or made.exception()):
                self._made.pop(key, None)


class AsCloudEvents:
    """Tells of it as CloudEvents.

    Args:
        source: address of the service.
    """

    def __init__(self, texts: CloudTexts, source: str) -> None:
        self._texts, self._source = texts, source

    async def event(self, told: Told) -> str:
        found = json.loads(told.event)
        if found["type"] != "access":
            return await self._texts.text(self._source, told)
        role = told.role.name if told.role else None
        # An admin of the Hub hears of a project that is in the trash without having had a role on it.
        deleted = role is None and bool(found.get("deleted"))
        return self._plain(told, ACCESS, found["project"], {"role": role} | _if_deleted(deleted))

    def own(self, event: str) -> str:
        # CloudEvents are about projects.
        return ""

    def lost(self, told: Told, name: str, deleted: bool) -> str:
        return self._plain(told, ACCESS, name, {"role": None} | _if_deleted(deleted))

    def missed(self, name: str) -> str:
        at = datetime.now(UTC)
        event = CloudEvent(
            id=f"missed-{at.timestamp():.6f}", source=self._source, type=MISSED, subject=name or None, time=at
        )
        return event.encode()

    def _plain(self, told: Told, kind: str, name: str, data: dict[str, Any]) -> str:
        event_id = f"{told.project}-{told.entry}"
        data = {"project": told.project, **data}
        event = CloudEvent(id=event_id, source=self._source, type=kind, subject=name, time=_time(told.entry), data=data)
        return event.encode()


def _if_deleted(deleted: bool) -> dict[str, Any]:
    return {"deleted": True} if deleted else {}


def _text(centre: Centre, source: str, told: Told) -> str:
    found = json.loads(told.event)
    # Version 0.1.0 wrote no number.
    number = found.get("number")
    if found["type"] == "version" and number is not None:
        with centre.database.read() as session:
            project = session.get(Project, told.project)
            versions = versions_numbered(session, told.project, [number - 1, number])
        if project is not None and number in versions:
            readable = told.role is not None
            old, new = versions.get(number - 1), versions[number]
            return cloud_events.updated(centre, source, project, old, new, readable).encode()
    event_id, data = f"{told.project}-{told.entry}", {"project": told.project}
    return CloudEvent(
        id=event_id, source=source, type=CHANGED, subject=found["project"], time=_time(told.entry), data=data
    ).encode()


def _time(entry: str) -> datetime:
    return datetime.fromtimestamp(int(entry.partition("-")[0]) / 1000, UTC)
