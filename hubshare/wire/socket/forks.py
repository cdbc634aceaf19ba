"""Projects that are begun from other ones, and what they take of these."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hubshare.vocabulary import VisibilityName
from hubshare.wire.api.forks import Origin
from hubshare.wire.api.projects import Project
from hubshare.wire.socket.base import Answer, Arguments, Change, Command, OfProject, OpenConflict
from hubshare.wire.socket.differences import FileDifference


class Fork(Arguments):
    """Begin a project of one's own with the files of another one."""

    project: str = Field(description="The other one.")
    name: str | None = Field(None, description="The same name if not given.")
    owner: str | None = Field(None, description="A team; oneself if not given.")
    visibility: VisibilityName = "private"


class LookAtOrigin(OfProject):
    """Show what is new at the origin of a project, or take it."""

    take: bool = False
    look: bool = Field(False, description="Look first for what is new at a source outside the Hub.")
    ours: list[str] = Field([], description="Paths in conflict that stay as they are in the project.")
    theirs: list[str] = Field([], description="Paths in conflict that become as at the origin.")
    rest: Literal["ask", "ours", "theirs"] = Field("ask", description="All other conflicts; `ask` leaves them open.")
    confirm: bool = Field(False, description="Also if many files are deleted by it.")
    newest: int | None = Field(
        None, description="`newest` of what was shown: that is taken. What is newest when it is taken, if not given."
    )
    base: int | None = Field(
        None, description="`base` of what was shown: a pick over what was changed since is refused."
    )


class OriginOf(OfProject):
    """Say what a project was begun from, as far as one may know it; nothing is looked for there."""


class OriginDifference(OfProject):
    """Give the versions of a file at the origin of a project, and in the project, to be shown side by side."""

    path: str = Field(description="In the project.")


class AtOrigin(Answer):
    """What is new at an origin, or was taken."""

    project: str
    origin: str
    behind: int = Field(description="So many versions of it have not been taken.")
    version: int | None = Field(description="The project's version after it was taken; None if it was only shown.")
    newest: int = Field(description="The origin's version that this is about.")
    base: int = Field(description="The project's version on which this rests.")
    changes: list[Change] = Field(description="The first 500 of each kind.")
    settled: int = Field(description="How many conflicts were settled by it.")
    conflicts: list[OpenConflict] = Field(description="Those that stay open, the first 500.")
    more: int = Field(description="How many more changes and conflicts there are.")


COMMANDS = {
    "fork": Command(Fork, Project, "person"),
    "origin": Command(LookAtOrigin, AtOrigin, "person"),
    "origin-of": Command(OriginOf, Origin, "person"),
    "origin-difference": Command(OriginDifference, FileDifference, "person"),
}
