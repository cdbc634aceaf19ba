"""Whole projects: settings, names, the archive and the trash."""

from __future__ import annotations

from pydantic import Field

from hubshare.vocabulary import OutputsName, VisibilityName
from hubshare.wire.api.projects import Project
from hubshare.wire.socket.base import Answer, Command, OfProject


class Set(OfProject):
    """Change a setting of a project, or ask what it is."""

    setting: str | None = Field(None, description="Its name; all of them if not given.")
    value: str | None = Field(None, description="As a person writes it; the setting stays as it is if not given.")


class Configured(Project):
    """A project, and what its settings mean."""

    says: dict[str, str] = Field({}, description="The settings that were asked for: name to words.")


class Visibility(OfProject):
    """Set who may read a project without a grant."""

    visibility: VisibilityName


class Outputs(OfProject):
    """Share the outputs of a project's notebooks, or have them stripped when they are pushed."""

    outputs: OutputsName


class Describe(OfProject):
    """Set a project's description."""

    text: str


class Rename(OfProject):
    """Give a project another name."""

    name: str


class Transfer(OfProject):
    """Give a project to another owner."""

    owner: str = Field(description="`bob`, or `team:physics`.")
    as_: str | None = Field(None, alias="as", description="Its name there; the present one if not given.")
    unknown: bool = Field(False, description="Also to a user whom the Hub does not know yet.")


class Renamed(Project):
    """A project with another address."""

    waits: bool = Field(False, description="Whether the new owner has to accept it first.")
    before: str = Field(description="The address that it had, or that it was called by.")


class Archive(OfProject):
    """Archive a project, or undo that."""

    undo: bool = False


class Delete(OfProject):
    """Put a project into the trash."""


class Deleted(Answer):
    """A project in the trash."""

    project: str
    deleted: bool = True


class Undelete(OfProject):
    """Take a project out of the trash."""


COMMANDS = {
    "set": Command(Set, Configured, "person"),
    "visibility": Command(Visibility, Configured, "person"),
    "outputs": Command(Outputs, Configured, "person"),
    "describe": Command(Describe, Configured, "person"),
    "rename": Command(Rename, Renamed, "person"),
    "transfer": Command(Transfer, Renamed, "person"),
    "archive": Command(Archive, Project, "person"),
    "delete": Command(Delete, Deleted, "person"),
    "undelete": Command(Undelete, Project, "person"),
}
