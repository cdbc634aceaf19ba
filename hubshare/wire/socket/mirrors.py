"""Repositories on the internet that a project is pushed to."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hubshare.vocabulary import PushOnName
from hubshare.wire.api.mirrors import Mirror
from hubshare.wire.socket.base import Answer, Command, OfProject


class Mirrors(OfProject):
    """Say how the mirrors of a project stand."""


class SetMirror(OfProject):
    """Have a project be pushed to a repository, or change how it is."""

    url: str
    branch: str | None = Field(None, description="`main` for a new one.")
    push_on: PushOnName | None = Field(None, description="`version` for a new one.")
    user: str | None = None
    secret: str | None = Field(None, description='Password or token; "" forgets the one that is kept.')


class ActOnMirror(OfProject):
    """Push to a mirror now, stop it for a while, have it go on, or take it away."""

    url: str
    branch: str | None = Field(None, description="Where there are several at this address.")
    act: Literal["push", "pause", "resume", "delete"]
    overwrites: str = Field("", description="The commit there that is given up, or how it begins.")


class MirrorList(Answer):
    """The mirrors of a project."""

    project: str
    mirrors: list[Mirror]


COMMANDS = {
    "mirrors": Command(Mirrors, MirrorList, "person"),
    "mirror-set": Command(SetMirror, MirrorList, "person"),
    "mirror-act": Command(ActOnMirror, MirrorList, "person"),
}
