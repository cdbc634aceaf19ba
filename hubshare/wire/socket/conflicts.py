"""Settling conflicts."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from hubshare.vocabulary import PolicyName
from hubshare.wire.socket.base import Answer, Command, OfCheckout, OpenConflict

PickName = Literal["ours", "theirs"]


class Conflicts(OfCheckout):
    """List the open conflicts of this checkout."""


class OpenConflicts(Answer):
    """The open conflicts of a checkout."""

    project: str
    folder: str
    conflicts: list[OpenConflict]


class SeenSides(BaseModel):
    """The versions of a file that the person has before them."""

    model_config = ConfigDict(extra="forbid")

    ours: str | None = Field(description="Git's id of the version here, as `difference` names it; null for no file.")
    theirs: str | None = Field(description="The same of the published version.")


class Resolve(OfCheckout):
    """Settle conflicts by picking a version."""

    paths: list[str] = Field([], description="Files or folders, all in one checkout; relative to `folder`.")
    pick: PickName
    all: bool = Field(False, description="Settle all conflicts of the checkout, whatever the paths.")
    seen: SeenSides | None = Field(
        None,
        description="What the pick of one file was made of: of another it is refused. Without it, what was listed last.",
    )


class Resolved(Answer):
    """What was settled."""

    project: str
    settled: list[str]
    pick: PickName | Literal["cells"]


class ResolveCells(OfCheckout):
    """Settle a conflict of a notebook cell by cell, and publish the notebook that the picks make."""

    path: str = Field(description="Relative to `folder`.")
    picks: dict[str, PickName] = Field(
        description="Place in `pairs` of the answer of `difference` between `published` and `disk` to the side that is picked."
    )
    ours: str = Field(
        description="Git's id of the version here that the picks were made of: of another one they are refused."
    )
    theirs: str = Field(description="The same of the published version.")


class KeepEdits(OfCheckout):
    """Keep what an editor holds and is about to give up, so that it can be restored."""

    path: str = Field(description="Relative to `folder`.")
    text: str = Field(description="All that the editor holds.")


class SaveEdits(OfCheckout):
    """Save what an editor holds although its file was replaced by the published version: both are sides of a conflict then."""

    path: str = Field(description="Relative to `folder`.")
    text: str = Field(description="All that the editor holds.")


class Edits(Answer):
    """What became of the edits in an editor."""

    project: str
    path: str


class Policy(OfCheckout):
    """Set what becomes of conflicts in this checkout."""

    policy: PolicyName


class CheckoutPolicy(Answer):
    """What becomes of conflicts in a checkout."""

    project: str
    policy: PolicyName


COMMANDS = {
    "conflicts": Command(Conflicts, OpenConflicts, "anybody"),
    "resolve": Command(Resolve, Resolved),
    "resolve-cells": Command(ResolveCells, Resolved),
    "keep-edits": Command(KeepEdits, Edits),
    "save-edits": Command(SaveEdits, Edits),
    "policy": Command(Policy, CheckoutPolicy),
}
