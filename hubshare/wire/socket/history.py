"""Earlier versions, and what was done."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hubshare.wire.api.hub import AuditEntry
from hubshare.wire.api.projects import Version
from hubshare.wire.socket.base import Answer, Command, OfCheckout, OfProject


class Log(OfCheckout):
    """List the published versions."""

    limit: int = Field(20, ge=1, description="How many, the newest first.")
    path: str | None = Field(
        None, description="Only those that changed this file, or something in this folder; relative to `folder`."
    )
    after: str | None = Field(None, description="`next` of the page before.")


class Versions(Answer):
    """Published versions."""

    project: str
    here: int = Field(description="The version that the checkout holds.")
    versions: list[Version]
    next: str | None = Field(
        None,
        exclude_if=lambda after: after is None,
        description="What to send as `after` for the next page, if there is one.",
    )


class Kept(OfCheckout):
    """List the versions of a file that were replaced in this checkout and can be put back, such as sides not picked."""

    path: str = Field(description="Relative to `folder`.")


class KeptVersion(Answer):
    """A version that was replaced here."""

    number: int
    when: float = Field(description="In seconds since 1970.")
    why: str = Field(description="What it was, in words.")
    here: bool = Field(description="Whether just this content is in the folder now.")


class KeptVersions(Answer):
    """The versions of a file that were replaced here, the newest first."""

    project: str
    path: str
    kept: list[KeptVersion]


class Restore(OfCheckout):
    """Put an earlier version of a file, or of all files in a folder, in place, as an edit of this checkout."""

    path: str = Field(description="Relative to `folder`.")
    version: str | None = Field(None, description="The version that was replaced last if not given.")
    kept: int | None = Field(
        None, description="`number` of one that `kept` lists, in place of a version; of a file only."
    )


class Restored(Answer):
    """What was put in place."""

    project: str
    path: str
    from_: str = Field(alias="from", description="Where it comes from, in words.")
    restored: list[str] | None = Field(
        None,
        exclude_if=lambda paths: paths is None,
        description="The files that were brought back, if it is a folder.",
    )
    left: dict[str, str] = Field(
        {}, exclude_if=lambda left: not left, description="What was left as it is: path to reason."
    )
    auto: bool = Field(
        False, exclude_if=lambda auto: not auto, description="Whether it is published by itself, as an edit."
    )


class Undo(OfCheckout):
    """Publish the version before the newest one again, and bring it here."""

    version: int = Field(
        ge=1, description="The newest version, which is undone; where there is a newer one, nothing is."
    )
    confirm: bool = Field(False, description="Go on although many files are deleted.")


class Undone(Answer):
    """What was undone."""

    project: str
    undone: int = Field(description="The version that was undone.")
    version: int = Field(description="The one that it became.")
    written: list[str]
    deleted: list[str]
    conflicts: dict[str, str] = Field(description="Path to kind.")
    fault: str = Field(description="Why it could not be brought here at once; empty if it was.")


class Download(OfProject):
    """Fetch a version as one file."""

    version: str | None = Field(None, description="The newest one if not given.")
    format: Literal["zip", "tar"] = "zip"
    file: str | None = Field(None, description="File or folder; `cwd` if not given.")


class Downloaded(Answer):
    """A file that was made."""

    project: str
    version: str
    file: str
    size: int = Field(description="In bytes.")


class Audit(OfProject):
    """List what was done to a project, or to a team and the projects that it owns (`team:NAME`); the newest first."""

    limit: int = Field(20, ge=1, description="How many entries.")


class AuditEntries(Answer):
    """What was done."""

    of: str
    entries: list[AuditEntry]


COMMANDS = {
    "log": Command(Log, Versions, "person"),
    "kept": Command(Kept, KeptVersions, "anybody"),
    "restore": Command(Restore, Restored),
    "undo": Command(Undo, Undone),
    "download": Command(Download, Downloaded, "person"),
    "audit": Command(Audit, AuditEntries, "person"),
}
