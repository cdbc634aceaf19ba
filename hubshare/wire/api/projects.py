"""Projects and their versions."""

from __future__ import annotations

from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hubshare.project_settings import ProjectSettings, SettingsChange
from hubshare.vocabulary import GrantedRole, RoleName, VisibilityName
from hubshare.wire.api.base import SubjectName, Text, Time, _In


class NewTeamProject(_In):
    """A project of a team to be made."""

    name: Text
    visibility: VisibilityName = "private"
    description: Text = ""
    grants: dict[SubjectName, GrantedRole] = Field(
        default={}, max_length=1000, description="Who gets which role; on a project of a team its maintainers say so."
    )


class NewProject(NewTeamProject):
    """A project to be made."""

    owner: Text | None = Field(None, description="A team that you are in; you yourself if not given.")


def _without_defaults(schema: dict[str, Any]) -> None:
    for one in schema["properties"].values():
        one.pop("default", None)


class ProjectChange(ProjectSettings, _In):
    """Settings that are to be changed; what is left out or null stays as it is."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    @model_validator(mode="before")
    @classmethod
    def _leave_out(cls, body: Any) -> Any:
        return {name: value for name, value in body.items() if value is not None} if isinstance(body, dict) else body

    @property
    def changes(self) -> SettingsChange:
        """What was given."""
        return cast(SettingsChange, self.model_dump(exclude_unset=True))


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


class Project(ProjectSettings):
    """A project as its readers see it."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    id: str
    name: str = Field(description="owner/name")
    owned_by_team: bool
    role: RoleName | None = Field(description="The caller's; null for an admin of the Hub without one.")
    version: int
    commit: str
    revision: int = Field(description="Counts changes of settings and access; the ETag.")
    created: Time
    archived: Time | None
    deleted: Time | None


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
