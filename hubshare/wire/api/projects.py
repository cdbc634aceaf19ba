"""Projects and their versions."""

from __future__ import annotations

from pydantic import BaseModel, Field

from hubshare.vocabulary import GrantedRole, OutputsName, RoleName, VisibilityName
from hubshare.wire.api.base import SubjectName, Text, Time, _In


class NewProject(_In):
    """A project to be made."""

    name: Text
    owner: Text | None = Field(None, description="A team that you are in; you yourself if not given.")
    visibility: VisibilityName = "private"
    description: Text = ""
    grants: dict[SubjectName, GrantedRole] = Field(default={}, max_length=1000, description="Who gets which role.")


class ProjectChange(_In):
    """What is to be changed; what is left out stays as it is."""

    visibility: VisibilityName | None = None
    description: Text | None = None
    brake: int | None = Field(
        None,
        ge=0,
        description="How many files a push may delete without a confirmation; at most what the Hub allows.",
    )
    outputs: OutputsName | None = Field(None, description="Share outputs of notebooks, or strip them at the next push.")


class NewName(_In):
    """Another name for a project."""

    name: Text


class NewOwner(_In):
    """Another owner for a project."""

    owner: Text = Field(description="`NAME` a user, `team:NAME` a team.")
    name: Text | None = Field(None, description="Its name there; the present one if not given.")


class Archived(_In):
    """Whether a project is in the archive."""

    archived: bool


class Project(BaseModel):
    """A project as its readers see it."""

    id: str
    name: str = Field(description="owner/name")
    owned_by_team: bool
    description: str
    visibility: VisibilityName
    role: RoleName | None = Field(description="The caller's; null for an admin of the Hub without one.")
    version: int
    commit: str
    revision: int = Field(description="Counts changes of settings and access; the ETag.")
    created: Time
    archived: Time | None
    deleted: Time | None
    brake: int | None = Field(
        None,
        description="How many files a push may delete without a confirmation; null for what holds on the whole Hub.",
    )
    outputs: OutputsName = Field(
        "share", description="Whether outputs of notebooks are shared, or stripped when pushed."
    )


class Version(BaseModel):
    """One published version."""

    number: int
    commit: str
    author: str
    summary: str
    created: Time


class Entry(BaseModel):
    """One file or folder at a version."""

    path: str
    mode: int = Field(description="As git has it: 33188 file, 33261 executable, 40960 link, 16384 folder.")
    id: str
