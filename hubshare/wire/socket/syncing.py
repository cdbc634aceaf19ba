"""Pushing, pulling, and how a checkout is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hubshare.vocabulary import ModeName, OutputsName, PolicyName, RoleName
from hubshare.wire.socket.base import Answer, Arguments, Change, Command, OfCheckout, OpenConflict, Waits

#: So many files and folders can be chosen for a push.
MOST_PATHS = 20_000
_AFTER = "With `dry_run`: `next` of the page before."
_PATHS = "Nothing but these files and folders, relative to the checkout; everything if not given."
_NAMED = "The same as a person names them, relative to `cwd`: they say which checkout is meant, too."
_LIMIT = "With `dry_run`: how many of each kind at most; all if not given."


class Push(OfCheckout):
    """Publish this checkout's edits."""

    dry_run: bool = False
    confirm: bool = Field(False, description="Go on although many files are deleted.")
    paths: list[str] | None = Field(None, max_length=MOST_PATHS, description=_PATHS)
    named: list[str] | None = Field(None, max_length=MOST_PATHS, description=_NAMED)
    message: str = Field("", description="What the version is about, for whoever looks at the history.")
    after: str | None = Field(None, description=_AFTER)
    limit: int | None = Field(None, ge=1, le=5000, description=_LIMIT)


class Pull(OfCheckout):
    """Bring the published state here."""

    dry_run: bool = False
    confirm: bool = Field(False, description="Go on although many files are deleted.")
    paths: list[str] | None = Field(None, max_length=MOST_PATHS, description=_PATHS)
    named: list[str] | None = Field(None, max_length=MOST_PATHS, description=_NAMED)
    after: str | None = Field(None, description=_AFTER)
    limit: int | None = Field(None, ge=1, le=5000, description=_LIMIT)


class Pushed(Answer):
    """What a push did."""

    project: str
    status: Literal["nothing", "applied", "merged", "conflict"]
    pushed: int = Field(description="How many files.")
    conflicts: dict[str, str] = Field(description="Path to kind.")
    version: int
    foreign: dict[str, str] = Field(
        {}, description="Of what was pushed, what Windows or a Mac cannot hold: path to reason."
    )


class Pulled(Answer):
    """What a pull did."""

    project: str
    written: list[str]
    deleted: list[str]
    conflicts: dict[str, str] = Field(description="Path to kind.")
    held: dict[str, str] = Field(description="What was left alone: path to reason.")
    version: int
    waiting: int = Field(0, description="How many changes are still to be pulled.")


class Planned(Answer):
    """What a push or a pull would do; each list by path."""

    project: str
    plan: list[Change]
    conflicts: dict[str, str] = Field(description="Path to kind.")
    held: dict[str, str] = Field(description="What is left alone: path to reason.")
    counts: dict[str, int] = Field(
        {}, description="How many there are on all pages: `add`, `edit`, `delete`, `conflicts`, `held`."
    )
    next: str | None = Field(
        None,
        exclude_if=lambda after: after is None,
        description="To be given as `after` for the next page, where some of this may come again; not there on the last one.",
    )


class Sync(OfCheckout):
    """Pull, then push."""

    confirm: bool = Field(False, description="Go on although many files are deleted.")


class Synced(Pushed):
    """What a pull and then a push did."""

    written: list[str]
    deleted: list[str]
    held: dict[str, str] = Field(description="What was left alone: path to reason.")
    waiting: int = Field(0, description="How many changes are still to be pulled.")


class Auto(OfCheckout):
    """Switch automatic syncing of this checkout on or off."""

    on: bool


class Mode(Answer):
    """How a checkout is synced."""

    project: str
    folder: str
    mode: ModeName


class Status(OfCheckout):
    """Say everything there is to know about this checkout."""


class StatusChange(Answer):
    """One path that is to be pushed or pulled."""

    path: str
    change: Literal["added", "edited", "deleted"]


class Refusal(Answer):
    """Why the last push was refused."""

    code: str
    message: str


class CheckoutStatus(Waits):
    """How a checkout is."""

    project: str
    folder: str
    mode: ModeName
    role: RoleName
    policy: PolicyName
    outputs: OutputsName
    remarks: list[str] = Field(
        [], description="What settings of the project mean here, and what is to be known of open files."
    )
    version: int
    files: int
    outgoing: list[StatusChange]
    incoming: list[StatusChange]
    conflicts: list[OpenConflict]
    held: dict[str, str] = Field(description="What is left alone: path to reason.")
    unshared: dict[str, str] = Field(description="What is left out: path to reason.")
    twins: list[list[str]] = Field(description="Pairs of paths that are one file on a Mac or on Windows.")
    foreign: dict[str, str] = Field({}, description="What Windows or a Mac cannot hold: path to reason.")
    pushing: bool = Field(description="Whether a push is under way.")
    waiting: str = Field("", description="Where that stands in line, in words; empty where it is not known.")
    refused: Refusal | None
    lost: str | None = Field(description="Why there is no access any more.")
    offline: str = Field(description="Why the centre cannot be reached; empty if it can.")
    busy: str = Field(
        "", description="What is under way for so long that the rest is as it was seen last; empty if nothing."
    )
    unwatched: str = Field(description="Why changes are not noticed at once; empty if they are.")


class Cancel(OfCheckout):
    """Stop what is under way in this checkout, as far as it has not been sent yet."""


class Stopped(Answer):
    """What was stopped."""

    folder: str
    stopped: list[str] = Field(description="Commands that were under way; `auto` for what a checkout does by itself.")
    going_on: list[str] = Field(description="Those among them that could not be ended within a few seconds.")


class Why(OfCheckout):
    """Say whether and why a path is or is not shared."""

    path: str


class Reason(Answer):
    """Whether and why a path is shared."""

    path: str
    shared: bool
    why: str
    renamed: str = Field(
        "", description="Where the project has what a file held that was deleted there and is still here; relative."
    )


class Ping(Arguments):
    """Say whether the agent is there, and how its link is."""


class Alive(Answer):
    """An agent."""

    pid: int
    server: str = Field(description="Name of the single-user server.")
    user: str = Field(description="The Hub user; empty before the centre has said so.")
    fault: str = Field(description="Why the link to the centre is down; empty if it is up.")


COMMANDS = {
    "status": Command(Status, CheckoutStatus, "anybody"),
    "push": Command(Push, Pushed | Planned),
    "pull": Command(Pull, Pulled | Planned),
    "sync": Command(Sync, Synced),
    "auto": Command(Auto, Mode),
    "cancel": Command(Cancel, Stopped),
    "why": Command(Why, Reason, "anybody"),
    "ping": Command(Ping, Alive, "anybody"),
}
