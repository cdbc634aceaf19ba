"""Conflicts, picks and restores."""

from __future__ import annotations

from pydantic import BaseModel, Field

from hubshare.wire.api.base import Text, Time, _In


class Side(BaseModel):
    """What one side of a conflict holds at the path."""

    mode: int = Field(description="As git has it: 33188 file, 33261 executable, 40960 link.")
    id: str


class Conflict(BaseModel):
    """One open conflict of the caller."""

    id: str
    project: str
    checkout: str
    folder: str
    path: str
    kind: str
    opened: Time
    waits: bool = Field(description="Whether `theirs` was picked, and waits for the agent of the checkout's server.")


class ConflictSides(Conflict):
    """A conflict with what both sides hold; null where a side deleted the path."""

    ours: Side | None = Field(description="The checkout's, as it was last pushed.")
    theirs: Side | None = Field(description="The published one.")
    version: int = Field(description="The newest version, which holds theirs.")


class NewPick(_In):
    """A pick, with the contents that it was decided on: a pick of what has changed since is refused."""

    ours: str | None = Field(pattern="^[0-9a-f]{40}$", description="`ours.id` of the conflict; null for a deletion.")
    theirs: str | None = Field(
        pattern="^[0-9a-f]{40}$", description="`theirs.id` of the conflict; null for a deletion."
    )


class NewRestore(_In):
    """What is to be restored."""

    path: Text = Field("", description="A file or folder; the whole project if empty.")
    confirmed: bool = Field(False, description="Confirms that many files are deleted by it.")
    asked: Text = Field("", description="Mark of the deletions that were shown: it confirms no others.")
    newest: int | None = Field(None, description="Only while this version is the newest one.")


class Settled(BaseModel):
    """What became of a pick or a restore."""

    version: int | None = Field(
        description="The version that it made, or the newest one when there was nothing to change."
    )
