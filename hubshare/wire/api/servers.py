"""Access to somebody's server: asked for because of a project, given on a page, ended by either side or by itself."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from hubshare.wire.api.base import Time


class ServerRequest(BaseModel):
    """Somebody asks the owner of a project for access to the owner's server."""

    id: str
    project: str = Field(description="Because of which it was asked.")
    asker: str
    owner: str
    state: Literal["waiting", "declined"]
    created: Time
    expires: Time = Field(description="Then it can be asked again.")


class ServerShare(BaseModel):
    """Somebody may use somebody's server, or could until lately."""

    owner: str
    server: str = Field(description="Empty for the default one.")
    user: str | None = Field(description="Who may use it; none where it is a group.")
    group: str | None = Field(description="Of the Hub.")
    project: str | None = Field(description="Because of which it was given here; none where it was given elsewhere.")
    until: Time | None = Field(description="When it ends by itself; none where it does not.")
    ended: Time | None = Field(description="When it was ended; none while it is good.")
    reason: str = Field(description="Why it has ended.")


class ProjectThere(BaseModel):
    """A project that has to do with a server and that the visitor may read."""

    project: str
    folder: str | None = Field(description="Where it is checked out on that server; none where it is not known to be.")


class SharedServer(BaseModel):
    """A server that is shared with the caller."""

    owner: str
    server: str = Field(description="Empty for the default one.")
    address: str = Field(description="Where to open it, below the Hub's origin where it has no public address.")
    running: bool = Field(description="Only its owner can start it.")
    until: Time | None = Field(description="When the access ends by itself; none where it does not.")
    projects: list[ProjectThere]
