"""Following: what is pushed to whoever shows the checkouts of a server, for as long as the connection is there.

`{"command": "follow", "args": {}}` is answered by lines `{"event": …}`. They come when something has changed, a few a second at
most, and each tells the newest state: who reads slowly, or not at all, misses states and no news.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from hubshare.vocabulary import ModeName, PolicyName, RoleName
from hubshare.wire.socket.base import Answer, Arguments, Waits
from hubshare.wire.socket.sharing import Unopened
from hubshare.wire.socket.syncing import Refusal

#: Of the paths of one kind so many are named at most, and of what needs a person so many things.
MOST_NAMED = 1000


class Follow(Arguments):
    """Tell of all checkouts from now on."""


class Step(Answer):
    """What is under way, and how far it has come."""

    command: str = Field(description="`push`, `pull` and so on; `auto` for what a checkout does by itself.")
    what: str = Field(description="`scan`, `pack`, `upload`, `sent`, `download`, `write`, `wait`, or empty.")
    done: int
    total: int = Field(description="0 if it is not known.")


class Counts(Answer):
    """How many files of a checkout differ from the project."""

    outgoing: int = Field(description="To be pushed.")
    incoming: int = Field(description="To be pulled.")
    conflicts: int
    held: int = Field(description="Left alone for now; `reasons` says why.")


class Summary(Waits):
    """How a checkout is, at a glance: as it was seen last, without a look at its folder."""

    checkout: str = Field(description="Its id.")
    project: str
    folder: str
    mode: ModeName
    role: RoleName
    policy: PolicyName
    version: int
    counts: Counts | None = Field(description="None before the first look.")
    reasons: dict[str, str] = Field(description="Of a few of those that are held: path to reason.")
    pushing: bool = Field(description="Whether a push waits for its answer.")
    waiting: str = Field("", description="Where it stands in line, in words, if it has waited for long.")
    refused: Refusal | None = Field(description="Why the last push was refused.")
    lost: str | None = Field(description="Why there is no access any more.")
    offline: str = Field(description="Why the centre cannot be reached, or what it cannot give now; empty if nothing.")
    unwatched: str = Field(description="Why changes are not noticed at once; empty if they are.")
    step: Step | None = Field(description="What is under way; None if nothing is.")


class Hello(Answer):
    """Where this is; the first thing that is told, and again when any of it changes."""

    kind: Literal["hello"] = "hello"
    root: str = Field("", description="The folder that the file browser shows, an absolute path.")
    user: str = Field("", description="Whose server it is; empty before that is known.")
    server: str = Field("", description="Name of the single-user server; empty for the only one.")
    person: str = Field(
        "", description="Who is in front of it: on a server that several people use it may be another one."
    )
    pages: str = Field("", description="The service's pages: an address, or a path on the origin of this server.")
    servers: bool = Field(False, description="Whether people ask for access to each other's servers, on the pages.")
    needs: str = Field("", description="What is missing for HubShare to work here; empty if nothing.")


class Checkouts(Answer):
    """All checkouts of the server."""

    kind: Literal["checkouts"] = "checkouts"
    checkouts: list[Summary]
    unopened: list[Unopened] = Field(description="Checkouts whose state cannot be opened.")
    needs: int = Field(description="How many things need a person; offers are counted apart.")
    lists: int = Field(
        0,
        description="Counted up when what is shared with the user may have changed: whoever shows it looks it up again.",
    )


class Written(Answer):
    """The agent has put files of a checkout in place."""

    kind: Literal["written"] = "written"
    project: str
    folder: str
    paths: list[str] = Field(description="What was written, relative to the folder.")
    deleted: list[str] = Field(description="What was deleted, relative to the folder.")
    everything: bool = Field(description="There are too many to name: anything in the folder may be another one now.")
    version: int
    by: str | None = Field(None, description="Who published that version, if it came from somebody and that is known.")


class Need(Answer):
    """One thing that needs a person."""

    about: Literal["conflicts", "deletions", "paused", "refused", "lost", "unopened", "offer", "server", "told"]
    project: str = Field(
        description="Of an offer, the team or the project; of a server, because of which it is asked for."
    )
    folder: str = Field(description="Of the checkout; empty for an offer, a server and what the person was told.")
    count: int = Field(1, description="How many conflicts.")
    words: str = Field(description="What it is, and what to do.")
    number: int = Field(0, description="Of something that the person was told: what `read` takes.")
    page: str = Field("", description="Of the same: the page where it is done, below that of the service, unquoted.")


class Waiting(Answer):
    """What needs a person, offers first; told again when it changes."""

    kind: Literal["waiting"] = "waiting"
    needs: list[Need] = Field(description="The first thousand.")


class Gone(Answer):
    """The agent is away; when it is back, that is told by `checkouts`."""

    kind: Literal["gone"] = "gone"
    why: str


#: What is told, by `kind`.
Event = Annotated[Hello | Checkouts | Written | Waiting | Gone, Field(discriminator="kind")]
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
