"""Checkouts."""

from __future__ import annotations

from pydantic import BaseModel, Field

from hubshare.vocabulary import RoleName
from hubshare.wire.api.base import ServerName, Text, Time, _In


class NewCheckout(_In):
    """A folder that begins to track a project."""

    project: Text = Field(description="owner/name")
    server: ServerName = ""
    folder: Text = Field(description="Its path on the user's server, for people to read.")


class Begun(BaseModel):
    """A new checkout, and where its project stands."""

    id: str
    project: str = Field(description="id of the project")
    name: str = Field(description="owner/name")
    role: RoleName
    folder: str
    first: str = Field(description="The project's first commit, with an empty tree: where an empty checkout begins.")
    commit: str
    version: int


class Checkout(BaseModel):
    """A checkout and how fresh it is."""

    id: str
    project: str
    user: str
    server: str
    folder: str
    version: int | None = Field(description="What it holds; null when it has not said so yet.")
    behind: int | None = Field(description="How many versions have been published since.")
    seen: Time
