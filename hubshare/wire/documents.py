"""What the agent and the Jupyter server say to one another about documents that are open there. JSON lines.

Before the agent replaces or deletes files it asks each server of the user which are open: `List`, now and then. Of one that is
open it asks `Replace`, and is answered with a `Standing`. Where that is `ready`, the document waits until `Replaced` comes, or
the connection ends. What was not open and was replaced is told with the next `List`: it may have been opened meanwhile.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

#: How a file stands in a server. `free`: no document of it is open. `ready`: one is, without unsaved edits, and takes in what
#: comes. `open`: one is, of a file that is to be deleted. `edited`: it has unsaved edits. `unknown`: nobody can say.
StandingName = Literal["free", "ready", "open", "edited", "unknown"]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Look(_Message):
    """Which documents are open?"""

    do: Literal["look"] = "look"


class List(_Message):
    """Which files are open, however they stand?"""

    do: Literal["list"] = "list"
    replaced: list[str] = Field(
        [], description="Files that were replaced since the last one. Absolute, links followed."
    )


class Replace(_Message):
    """May this file be replaced, or deleted?"""

    do: Literal["replace"] = "replace"
    path: str = Field(description="Absolute, links followed.")
    delete: bool = False


class Replaced(_Message):
    """It was, or was left alone after all. There is no answer unless the document was `ready`."""

    do: Literal["replaced"] = "replaced"


class Standing(_Message):
    """How the file stands."""

    standing: StandingName


class OpenDocuments(_Message):
    """Path to how it stands, of every document that is open."""

    documents: dict[str, StandingName]


class OpenPaths(_Message):
    """Every file of which a document is open."""

    paths: list[str]


REQUEST: TypeAdapter[Look | List | Replace | Replaced] = TypeAdapter(
    Annotated[Look | List | Replace | Replaced, Field(discriminator="do")]
)
