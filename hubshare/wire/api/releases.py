"""Releases: versions with a name, as the API has them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from hubshare.wire.api.base import Text, Time, _In

Notes = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]


class NewRelease(_In):
    """A name for a version."""

    name: Text = Field(description="1 to 100 letters, digits, spaces, `.`, `_` and `-`.")
    version: Text = Field(
        "", description="A number, `v` and a number, or at least 7 digits of a commit; the newest one if empty."
    )
    notes: Notes = ""


class ReleaseChange(_In):
    """What readers are shown first."""

    pinned: bool = Field(description="At most one release of a project is; without one they see the newest version.")


class Release(BaseModel):
    """A version that was given a name."""

    project: str
    name: str
    version: int
    notes: str
    creator: str
    created: Time
    pinned: bool = Field(description="Whether readers are shown it first, in place of the newest version.")
