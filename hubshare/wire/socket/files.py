"""What the file browser shows of a checkout: marks on files, and the plan of a push or a pull, in pages."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hubshare.wire.socket.base import Answer, Command, OfCheckout

#: Of so many entries of a folder marks are told at once; a plan has so many files on a page at most.
MOST_ENTRIES = 2000
MOST_ON_A_PAGE = 1000

MarkName = Literal["edited", "new", "incoming", "conflict", "ignored", "held"]


class Marks(OfCheckout):
    """Say what there is to know of the entries of one folder: as it was seen last, without a look at all of them."""

    names: list[str] | None = Field(
        None, max_length=MOST_ENTRIES, description="The entries that are asked about; the first 2,000 if not given."
    )


class Mark(Answer):
    """What there is to know of one entry."""

    mark: MarkName = Field(description="Of a folder, the one that matters most of what lies in it.")
    why: str = Field(description="In words, as `hubshare why` says it.")


class FolderMarks(Answer):
    """What there is to know of a folder's entries; those that are as published are not named."""

    project: str | None = Field(description="None for a folder that is in no checkout: nothing is known of it.")
    folder: str = Field(description="The folder that was asked about.")
    marks: dict[str, Mark] = Field(description="By name.")


class Plan(OfCheckout):
    """Say what a push and a pull would do, file by file, in pages; the first one looks at the folder and at the project."""

    after: str | None = Field(None, description="`next` of the page before.")
    limit: int = Field(500, ge=1, le=MOST_ON_A_PAGE, description="How many files at most.")


class PlannedFile(Answer):
    """One file that differs from the project."""

    path: str
    way: Literal["push", "pull", "conflict", "held"]
    change: Literal["add", "edit", "delete"] | None = Field(description="None for a conflict and for what is held.")
    why: str = Field(description="The kind of the conflict, or why it is left alone; else empty.")


class PlannedFiles(Answer):
    """One page of what differs."""

    project: str
    folder: str = Field(description="Of the checkout: paths are relative to it.")
    pushes: int = Field(description="How many files there are to push in all; so for the others.")
    pulls: int
    conflicts: int
    held: int
    files: list[PlannedFile] = Field(description="By path.")
    next: str | None = Field(description="To be given as `after` for the next page; None on the last one.")


COMMANDS = {"marks": Command(Marks, FolderMarks, "anybody"), "plan": Command(Plan, PlannedFiles, "anybody")}
