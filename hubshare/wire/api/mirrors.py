"""Mirrors: repositories on the internet that a project is pushed to, as the API has them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from hubshare.vocabulary import PushOnName
from hubshare.wire.api.base import Text, Time, _In

MirrorUrl = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[\x21-\x7e]+$")]
BranchName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
MirrorState = Literal["waiting", "running", "done", "refused", "unreachable"]


class NewMirror(_In):
    """A repository that a project is to be pushed to."""

    url: MirrorUrl = Field(description="https; without a user or password.")
    branch: BranchName = "main"
    push_on: PushOnName = "version"
    user: Text = Field("", description="With which the host is asked; what it wants beside a token.")
    secret: Text = Field("", description="Password or token for that. It is kept sealed, and never shown again.")


class MirrorChange(_In):
    """What is to be otherwise; what is left out stays. Whoever changes a mirror has it from then on."""

    url: MirrorUrl | None = Field(None, description="Another host is not sent the password or token that is kept.")
    branch: BranchName | None = None
    push_on: PushOnName | None = None
    user: Text | None = None
    secret: Text | None = Field(None, description='A new password or token; "" forgets the one that is kept.')
    paused: bool | None = Field(None, description="`false` also has one go on that was disabled.")


class MirrorPush(_In):
    """A push that somebody wants now."""

    overwrites: Annotated[str, StringConstraints(pattern=r"^(|[0-9a-f]{40})$")] = Field(
        "", description="`in_the_way` of the mirror, where that is to be given up. What is there since then is not."
    )


class MirrorNote(BaseModel):
    """A line of what was done."""

    time: Time
    text: str


class Mirror(BaseModel):
    """A repository that a project is pushed to, and how that stands."""

    id: str
    project: str
    url: str
    branch: str
    push_on: PushOnName
    owner: str = Field(description="Who set it up or changed it last: it is pushed to while this is an admin of it.")
    has_secret: bool = Field(description="Whether a password or token is kept for it.")
    paused: bool
    disabled: Time | None
    reason: str = Field(description="Why it was disabled.")
    state: MirrorState
    message: str = Field(description="Why it was not taken, and what to do next.")
    said: str = Field(description="What the other host said, as plain text: these are its words.")
    in_the_way: str = Field(description='The commit there that is not of this project\'s history; "" for none.')
    version: int | None = Field(description="The version that it has; null for none yet.")
    behind: bool = Field(description="Whether there is something that it is to be given.")
    pushed: Time | None
    failing_since: Time | None
    due: Time | None = Field(description="When it is tried again, where it failed.")
    created: Time
    log: list[MirrorNote] = Field(description="The last lines of what was done.")
