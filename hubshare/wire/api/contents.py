"""Changes of what projects hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

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
