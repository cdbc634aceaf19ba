"""The caller, the audit log, event streams, and how the centre is."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from hubshare.vocabulary import RoleName
from hubshare.wire.api.base import Time


class Me(BaseModel):
    """Whom the token belongs to, and what it allows."""

    name: str
    admin: bool = Field(description="Whether an admin of the Hub.")
    groups: list[str] = Field(description="Groups of the Hub.")
    scopes: list[str] = Field(description="What of HubShare the token allows.")


class People(BaseModel):
    """Whom one may share with and knows of; of each kind those first whose name begins with what was asked for."""

    users: list[str]
    teams: list[str] = Field(description="Those that one is in.")
    groups: list[str] = Field(description="Groups of the Hub that one is in.")


class Held(BaseModel):
    """What the Hub holds of somebody, and how much that may be at most."""

    kind: Literal["uploads", "pushes", "downloads", "conflicts", "log"] = Field(
        description="Uploads in progress, pushes by git that wait, downloads that broke off, what was kept of conflicts, and "
        "what the audit log tells."
    )
    bytes: int
    most_bytes: int = Field(description="0 for no limit.")


class Cost(BaseModel):
    """What work for somebody has cost the Hub lately, of what was a minute ago half is counted; and what is held of theirs."""

    user: str = Field(description="Or an address, of somebody who has no account.")
    debt_seconds: float = Field(description="Cost that is not forgiven yet; a second is, each second.")
    most_seconds: float = Field(description="Who has more than this waits; 0 for no limit.")
    seconds: float = Field(description="Of a processor.")
    unpacked_bytes: int
    stored_bytes: int
    queries: int = Field(description="Statements to the database.")
    held: list[Held] = Field([], description="What the Hub holds of theirs beside their projects.")


class AuditEntry(BaseModel):
    """One thing that somebody did."""

    id: int
    time: Time
    user: str
    action: str
    name: str = Field(description="The project or team, as it was called then.")
    door: str = Field(description="`api`, `git`, `agent`, `page` or `hub`.")
    token: str = Field(description="Note of the token; never its value.")
    details: dict[str, Any]


class Event(BaseModel):
    """What happened to a project, as an event stream tells it."""

    model_config = ConfigDict(extra="allow")

    id: str = Field("", description="Its place in the stream: send it as `Last-Event-ID` to go on behind it.")
    type: str = Field(description="`version`, `project`, `access`, `inbox` or `missed`; more may be added.")
    project: str = Field(description="owner/name; empty of `inbox`, and of `missed` where it may be any.")
    number: int | None = Field(None, description="Of a version: its number.")
    commit: str | None = Field(None, description="Of a version: its commit.")
    author: str | None = Field(None, description="Of a version: who published it.")
    summary: str | None = Field(None, description="Of a version: what was done.")
    role: RoleName | None = Field(None, description="There and null when you may not read the project any more.")

    @property
    def lost(self) -> bool:
        """Whether the listener may not read the project any more."""
        return "role" in self.model_fields_set and self.role is None


class Readiness(BaseModel):
    """Whether the centre can work for people at this moment; `ok` for each part, or what is wrong with it."""

    ready: bool
    database: str = Field(description="Whether it takes changes.")
    redis: str = Field(description="Whether it keeps something.")
    workers: str = Field(description="Whether one at least gives signs of life.")
    intake: str = Field(description="Whether messages of agents are taken up.")
    disk: str = Field(description="Whether the data folder has room.")


class Health(BaseModel):
    """Whether all parts of the centre are well."""

    status: str = Field(description="`ok`, or `not well`.")
    database: str
    redis: str
    workers: str
    intake: str = Field("ok", description="Whether messages of agents are taken up, and which process is to do it.")
    disk: str = Field("ok", description="Whether the data folder has room.")
    housekeeping: str = Field("ok", description="What could not be put in order; see the log of the workers.")
    redis_settings: str = Field("ok", description="Whether Redis is set as it should be; see the log of the workers.")
