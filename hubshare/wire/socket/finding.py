"""Finding projects and people, in pages that a panel shows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hubshare.wire.api.hub import People
from hubshare.wire.api.projects import Project
from hubshare.wire.socket.base import Answer, Arguments, Command


class Find(Arguments):
    """List projects that I may read, by name, a page at a time."""

    whose: Literal["mine", "teams", "shared"] | None = Field(
        None, description="My own, those of my teams, or those of others that were shared with me; all if not given."
    )
    query: str = Field("", max_length=300, description="Words that are all in its address or description.")
    after: str | None = Field(None, description="`next` of the page before.")
    limit: int = Field(50, ge=1, le=200, description="How many at most.")


class Found(Answer):
    """One page of projects."""

    projects: list[Project]
    next: str | None = Field(description="To be given as `after` for the next page; None on the last one.")


class FindPeople(Arguments):
    """Complete the name of somebody whom I may know of."""

    query: str = Field("", max_length=300, description="A part of the name.")


COMMANDS = {"find": Command(Find, Found, "person"), "people": Command(FindPeople, People, "person")}
