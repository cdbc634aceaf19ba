"""What the agent and the Jupyter server say to one another about documents that are open there. JSON lines.

Before the agent replaces or deletes a file it asks each server of the user: `Replace`, and is answered with a `Standing`. Where
that is `ready`, the document waits until `Replaced` comes, or the connection ends.
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


REQUEST: TypeAdapter[Look | Replace | Replaced] = TypeAdapter(
    Annotated[Look | Replace | Replaced, Field(discriminator="do")]
)
