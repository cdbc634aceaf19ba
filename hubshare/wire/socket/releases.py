"""Versions with a name."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hubshare.wire.api.releases import Release
from hubshare.wire.socket.base import Answer, Command, OfProject


class Releases(OfProject):
    """List the releases of a project."""


class NewRelease(OfProject):
    """Give a version a name."""

    name: str
    version: str | None = Field(None, description="The newest one if not given.")
    notes: str | None = None


class ActOnRelease(OfProject):
    """Show readers a release first, or no more, or take it away."""

    name: str
    act: Literal["pin", "unpin", "delete"]


class ReleaseList(Answer):
    """The releases of a project, the newest first."""

    project: str
    releases: list[Release]


COMMANDS = {
    "releases": Command(Releases, ReleaseList, "person"),
    "release-add": Command(NewRelease, ReleaseList, "person"),
    "release-act": Command(ActOnRelease, ReleaseList, "person"),
}
