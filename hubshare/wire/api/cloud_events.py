"""Events for other programs, as CloudEvents 1.0 has them: for webhooks, event streams and the client.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
"""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hubshare.wire.api.base import Time

_KIND = "org.jupyter.hubshare."
#: A new version of a project; its settings, its address or who has access; your own access; the gap in a stream; a trial.
UPDATED, CHANGED = f"{_KIND}project.updated.v1", f"{_KIND}project.changed.v1"
ACCESS, MISSED, TEST = f"{_KIND}project.access.v1", f"{_KIND}events.missed.v1", f"{_KIND}webhook.test.v1"
#: A person is told something, by a webhook of their own.
NOTIFIED = f"{_KIND}notification.told.v1"


class VersionNamed(BaseModel):
    """A version of a project."""

    number: int
    commit: str


class Change(BaseModel):
    """A file that differs between two versions."""

    path: str
    change: Literal["added", "modified", "deleted"]


class Updated(BaseModel):
    """What is new: all from `old` to `new`, which may be several versions."""

    project: str = Field(description="Its id, which stays when it is renamed.")
    old: VersionNamed | None = Field(description="Null for the first version of a project.")
    new: VersionNamed
    author: str | None = Field(
        None, description="Who published the new version; null where you may not read the project."
    )
    summary: str | None = None
    changed: list[Change] = Field(default=[], description="The first files that differ, by path.")
    more: bool = Field(False, description="Whether there are more of them than are named here.")


class Notified(BaseModel):
    """Something that needs a person."""

    kind: str = Field(description="As in the inbox; more may be added.")
    words: str = Field(description="What happened.")
    advice: str = Field(description="What to do about it; empty for nothing.")
    link: str = Field(description="Address in browsers of the page where that is done.")
    number: int = Field(description="Of the notification, by which it is marked as read.")
    count: int = Field(description="How often it has happened.")


class CloudEvent(BaseModel):
    """One event. What is published, and who may read it, may be newer by the time that it arrives: it says "look now"."""

    model_config = ConfigDict(extra="allow")

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(description="The same when it comes twice.")
    source: str = Field(description="Address of the HubShare service.")
    type: str = Field(description="`org.jupyter.hubshare.project.updated.v1` and others; more may be added.")
    subject: str | None = Field(None, description="The project, owner/name.")
    time: Time
    datacontenttype: Literal["application/json"] = "application/json"
    sequence: str | None = Field(None, description="Of an update: orders those of one project, as text.")
    data: dict[str, Any] = {}
    place: str = Field(
        "", exclude=True, description="Of one that came by a stream: what `after` takes, to go on behind it."
    )

    def encode(self) -> str:
        """The event as JSON, without the attributes that it does not have."""
        made = self.model_dump(mode="json")
        return json.dumps({name: value for name, value in made.items() if value is not None})

    @property
    def updated(self) -> Updated:
        """The data of an event of the type `UPDATED`.

        Raises:
            ValidationError: it is of another type.
        """
        return Updated.model_validate(self.data)

    @property
    def lost(self) -> bool:
        """Whether it says that the project may not be read any more."""
        return self.type == ACCESS and self.data.get("role", "") is None

    @property
    def missed(self) -> bool:
        """Whether events before it are gone: ask how things stand, of its project, or of all where it names none."""
        return self.type == MISSED
