"""Changes of what projects hold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from hubshare.wire.api.base import Text, _In

_Path = Annotated[str, StringConstraints(max_length=4096)]


class NewChange(_In):
    """What is to change, all as one version; paths are of files, or of folders where they are moved or deleted."""

    write: dict[_Path, str] = Field({}, max_length=1000, description="Path to the whole text that a file is to have.")
    move: dict[_Path, _Path] = Field({}, max_length=1000, description="Path to the path that it is to have.")
    delete: list[_Path] = Field([], max_length=1000, description="What is to go.")
    message: Text = Field("", description="Summary of the version.")
    base: int | None = Field(
        None,
        ge=0,
        le=2**31 - 1,
        description="The version that was looked at: what somebody has changed since is refused.",
    )
    confirmed: bool = Field(False, description="Confirms that many files are deleted by it.")
    asked: Text = Field("", description="Mark of the deletions that were shown: it confirms no others.")


#: What becomes of files that are there already: it is asked first; they are replaced; or they stay.
Existing = Literal["ask", "replace", "keep"]


class NewUpload(_In):
    """A zip that was uploaded in pieces and finished, and where its files go, all as one version."""

    upload: str = Field(pattern="^[0-9a-f]{32}$", description="The id of the upload.")
    folder: _Path = Field("", description="The folder of the project into which they go; its top if empty.")
    base: int | None = Field(
        None,
        ge=0,
        le=2**31 - 1,
        description="The version that was looked at: what somebody has changed since is not replaced.",
    )
    existing: Existing = Field(
        "ask", description="What becomes of files that are there already; `ask` refuses, and names them."
    )
    take_off: bool = Field(False, description="Whether one folder that all in the zip lies in is taken off.")
    message: Text = Field("", description="Summary of the version.")


class LeftOut(BaseModel):
    """A file of an upload that is not published."""

    path: str
    reason: str


class Uploaded(BaseModel):
    """What became of an upload."""

    version: int = Field(description="The version that it made, or the newest one when there was nothing to change.")
    files: int = Field(0, description="How many files it added or replaced.")
    left_out: list[LeftOut] = Field([], description="What was not published, up to a hundred.")
    left_out_more: int = Field(0, description="How many more were not.")
    top: str = Field("", description="The one folder that all lay in, where that was taken off.")
