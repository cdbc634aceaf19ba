"""Two versions of one file side by side. What is only in a folder does not leave the machine for it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from hubshare.wire.socket.base import Answer, Command, OfCheckout

#: A version of a file, see `Difference`.
_WHICH = (
    "`disk`: what is in the folder; `published`: the known published version; `base`: what both last agreed on; "
    "`kept:NUMBER`: one that `kept` lists; `none`: nothing; else a version, as `v3` or by its commit."
)


class Difference(OfCheckout):
    """Give two versions of a file, to be shown side by side."""

    path: str = Field(description="Relative to `folder`.")
    old: str = Field("published", description=_WHICH)
    new: str = Field("disk", description=_WHICH)
    text: str | None = Field(None, description="What an editor holds and has not saved, in place of `new`.")


class FileVersion(Answer):
    """One version of a file."""

    words: str = Field(description="Which one it is, for a person.")
    id: str = Field(description="Git's id of the content.")
    mode: int = Field(description="As git has it: 33188 file, 33261 executable, 40960 link.")
    size: int = Field(description="In bytes.")
    text: str | None = Field(None, description="Its text, where it is shown as one.")
    data: str | None = Field(None, description="Its content in base64, where it is an image.")
    media: str | None = Field(None, description="The media type of an image.")


class NotebookCell(Answer):
    """One cell of a notebook, as far as it is shown."""

    kind: str = Field(description="`code`, `markdown` or `raw`.")
    source: str
    count: int | None = Field(None, description="Number of its execution.")
    outputs: list[dict[str, Any]] = Field([], description="As nbformat has them.")


class CellPair(Answer):
    """Cells of both versions that belong together, or one that only one of them has."""

    old: NotebookCell | None
    new: NotebookCell | None = Field(description="None as well where `same` is.")
    same: bool = Field(description="Whether both are equal to the last output; only `old` is given then.")
    differs: bool = Field(description="Whether there is something to decide; outputs and counts of executions are not.")


class TakenWith(Answer):
    """What a pick between a project and its origin rests on, as the command `origin` takes it."""

    origin: str
    newest: int = Field(description="The origin's version that is compared.")
    base: int = Field(description="The project's version that is compared.")
    others: int = Field(description="How many other files that are new at the origin are taken with any pick.")


class FileDifference(Answer):
    """Two versions of a file."""

    project: str
    path: str
    kind: Literal["notebook", "text", "image", "binary"]
    old: FileVersion | None = Field(description="None where there is no file in that version.")
    new: FileVersion | None = Field(description="None where there is no file in that version.")
    pairs: list[CellPair] | None = Field(None, description="Of notebooks, in order.")
    conflict: str | None = Field(None, description="What kind of conflict is open at the path, if one is.")
    by_cell: bool = Field(False, description="Whether that can be settled by picking cells, see `resolve-cells`.")
    why: str = Field("", description="Why contents are not shown; empty if they are.")
    taken: TakenWith | None = Field(None, description="Of `origin-difference`; None of others.")


COMMANDS = {"difference": Command(Difference, FileDifference, "anybody")}
