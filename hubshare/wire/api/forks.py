"""Forks, and what they take of their origins."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from hubshare.vocabulary import VisibilityName
from hubshare.wire.api.base import Text, _In
from hubshare.wire.api.contents import _Path


def _missing(value: object) -> bool:
    return value is None


class NewFork(_In):
    """A project to be begun with the files of another one."""

    name: Text | None = Field(None, description="The origin's name if not given.")
    owner: Text | None = Field(None, description="A team that you are in; you yourself if not given.")
    visibility: VisibilityName = "private"
    description: Text = ""


class Origin(BaseModel):
    """Where a project stands to what it was begun from; null where there is nothing, or you may not read it."""

    project: str | None = Field(description="owner/name of the origin; null where it is a source outside this Hub.")
    address: str | None = Field(None, exclude_if=_missing, description="Of the source outside this Hub.")
    label: str | None = Field(
        None, exclude_if=_missing, description="What was fetched from it last, as people read it."
    )
    taken: int | None = Field(description="The origin's version that was taken last; null while none was.")
    newest: int | None = Field(description="The origin's newest version.")
    behind: int | None = Field(description="How many versions of the origin have not been taken.")
    open: int | None = Field(description="How many files were changed on both sides, and wait for a pick.")


class OriginConflict(BaseModel):
    """A file that was changed both in the project and at its origin."""

    path: str
    kind: str = Field(description="What happened, in words: here is the project, there the origin.")
    ours: str | None = Field(description="Id of the project's content; null where it deleted the file.")
    theirs: str | None = Field(description="Id of the origin's content; null where it deleted the file.")


class OriginPlan(BaseModel):
    """What a pull from the origin would do."""

    version: int = Field(description="The origin's version that would be taken.")
    base: int = Field(description="The project's version on which that rests.")
    added: list[str] = Field(description="Files that would be new, the first of them.")
    changed: list[str] = Field(description="Files that would be changed, the first of them.")
    deleted: list[str] = Field(description="Files that would go, the first of them.")
    counts: dict[Literal["added", "changed", "deleted", "conflicts"], int] = Field(description="How many there are.")
    conflicts: list[OriginConflict] = Field(description="The first of them.")


class NewOriginPull(_In):
    """What is to be taken of the origin, as one version."""

    version: int = Field(ge=0, le=2**31 - 1, description="`version` of the plan.")
    base: int = Field(
        ge=0, le=2**31 - 1, description="`base` of the plan: a pick over what was changed since is refused."
    )
    ours: list[_Path] = Field([], max_length=1000, description="Paths in conflict that stay as they are here.")
    theirs: list[_Path] = Field([], max_length=1000, description="Paths in conflict that become as at the origin.")
    rest: Literal["ask", "ours", "theirs"] = Field(
        "ask", description="The other conflicts: left open, or one side for all."
    )
    confirmed: bool = Field(False, description="Confirms that many files are deleted by it.")
    asked: Text = Field("", description="Mark of the deletions that were shown: it confirms no others.")
