"""The wire contract between agents and centre: every message, with its version.

A message is one Redis stream entry of two fields: `event`, the JSON of one of these models, and optionally `pack`, the raw
bytes of a small pack. Who sent a message is never read from it: the stream that it came in on says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Annotated, ClassVar, Literal, Self, TypeVar
from uuid import uuid4

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_serializer,
)

from hubshare.config import KIB, MIB
from hubshare.errors import BadEvent
from hubshare.project_settings import SettingsForAgents

_Model = TypeVar("_Model")
_Item = TypeVar("_Item")

ObjectName = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
SharedPath = Annotated[str, StringConstraints(min_length=1, max_length=3500)]


#: A list that takes more bytes than this as JSON travels apart from its message, or in several messages. What is read on its
#: own is at most so long; an agent has the rest travel with the next push.
LIST_BYTES, LISTS_MOST = 64 * KIB, 32 * MIB
#: The same as a number of paths; and the most of them that a message is accepted with.
LIST_ITEMS, _WIRE_ITEMS = 5_000, 10_000
#: So many paths at most are in each list that is read on its own: as many as a project may have files.
_LISTED_MOST = 1_000_000


def new_id() -> str:
    """A fresh identifier of an event, a project or a checkout."""
    return uuid4().hex


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Fields that came later; they travel only where they say something, so that older agents understand the rest.
    _LATER: ClassVar[frozenset[str]] = frozenset()

    version: Literal[1] = 1

    def encode(self) -> bytes:
        """The JSON that travels."""
        return self.model_dump_json().encode()

    @model_serializer(mode="wrap")
    def _leave_out(self, made: SerializerFunctionWrapHandler) -> dict[str, object]:
        written: dict[str, object] = made(self)
        return {name: value for name, value in written.items() if value or name not in self._LATER}


# from an agent, on its user's outbox


class PushLists(BaseModel):
    """What a push says of conflicts, when it is too long to travel along."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conflicts: list[SharedPath] = Field([], max_length=_LISTED_MOST)
    settled: list[SharedPath] = Field([], max_length=_LISTED_MOST)

    @classmethod
    def read(cls, raw: bytes) -> PushLists:
        """Check the form.

        Raises:
            BadEvent: see `read_from_agent`.
        """
        return _read(TypeAdapter(cls), raw)


class Push(_Event):
    """Publish a snapshot of a checkout."""

    _LATER = frozenset({"lists"})

    type: Literal["push"] = "push"
    id: Identifier = Field(default_factory=new_id)
    project: Identifier
    checkout: Identifier
    commit: ObjectName
    upload: Identifier | None = Field(None, description="The upload that holds the pack, when it is not inline.")
    conflicts: list[SharedPath] = Field(default=[], description="Paths in open conflict here.")
    settled: list[SharedPath] = Field(default=[], description="Conflicts picked since the last push.")
    lists: Identifier | None = Field(
        None, description="The upload that holds both of these lists as JSON, when they are too long to travel along."
    )
    confirmed: bool = Field(False, description="The person confirmed that many files are deleted.")

    def list_bytes(self) -> bytes:
        """Both lists as JSON, for an upload; see `PushLists`."""
        return PushLists(conflicts=self.conflicts, settled=self.settled).model_dump_json().encode()

    def without_lists(self) -> Push:
        """The push as it travels when its lists go by themselves."""
        return self.model_copy(update={"conflicts": [], "settled": []})


class Pull(_Event):
    """A checkout now holds a published version; tells how fresh it is."""

    type: Literal["pull"] = "pull"
    id: Identifier = Field(default_factory=new_id)
    project: Identifier
    checkout: Identifier
    commit: ObjectName
    settled: list[SharedPath] = []


class Sync(_Event):
    """Ask where projects stand; each is answered by an update or by the loss of access."""

    type: Literal["sync"] = "sync"
    id: Identifier = Field(default_factory=new_id)
    checkouts: list[Identifier] = Field(max_length=1000)


# from the centre, on a user's inbox


class Update(_Event, SettingsForAgents):
    """A project's published state; sent to every subscriber when it moves, and in answer to a sync."""

    type: Literal["update"] = "update"
    project: Identifier
    name: str = Field(description="owner/name")
    commit: ObjectName
    parent: ObjectName | None = Field(
        None, description="Published before; an inline pack brings a checkout on from it."
    )
    number: int = Field(description="Number of the version, counting from 0.")
    role: Literal["reader", "writer", "admin", "owner"]
    confirmed: bool = Field(False, description="Whoever deleted many files confirmed it.")


class OpenConflict(BaseModel):
    """A conflict as the centre recorded it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: SharedPath
    kind: str


class Outcome(_Event):
    """What became of a push."""

    _LATER = frozenset({"more"})

    type: Literal["outcome"] = "outcome"
    event: Identifier
    checkout: Identifier
    status: Literal["applied", "merged", "conflict", "refused"]
    commit: ObjectName | None = Field(None, description="What is published after it.")
    number: int = Field(0, description="Number of that version.")
    conflicts: list[OpenConflict] = []
    more: int = Field(0, description="So many conflicts are not named here: the service lists them.")
    code: str = Field("", description="The error's stable code, when it was refused.")
    message: str = ""
    retry: bool = Field(False, description="Whether sending it again may help.")


class Access(_Event):
    """Access to a project was lost: the agent stops syncing it and keeps the files."""

    type: Literal["access"] = "access"
    project: Identifier | None = None
    checkout: Identifier | None = Field(None, description="Only this checkout, because the Hub does not know it.")
    message: str = ""


#: A user is told at most once in so many seconds that the lists have changed; what changes meanwhile is not told again.
LISTS_SECONDS = 4


class Lists(_Event):
    """What is shared with the user, or offered to them, has changed: whoever shows it asks the service, now and after
    `LISTS_SECONDS`. Agents of an older version pass it over."""

    type: Literal["lists"] = "lists"


class PickedPath(BaseModel):
    """A conflict for which `theirs` was picked, of just these two contents."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: SharedPath
    ours: ObjectName | None = Field(description="The checkout's; None where it deleted the path.")
    theirs: ObjectName | None = Field(description="The published one; None where the path was deleted.")


class Pick(_Event):
    """The person picked `theirs` somewhere else, on a page for example; the agent puts it in place and keeps ours."""

    type: Literal["pick"] = "pick"
    project: Identifier
    checkout: Identifier
    paths: list[PickedPath] = Field(max_length=_WIRE_ITEMS)

    @classmethod
    def in_parts(cls, project: str, checkout: str, paths: Iterable[PickedPath]) -> Iterator[Self]:
        """As many messages as it takes."""
        for part in in_parts(paths, lambda picked: len(picked.path.encode()) + 160):
            yield cls(project=project, checkout=checkout, paths=part)


def in_parts(
    items: Iterable[_Item], size: Callable[[_Item], int], most: int = LIST_BYTES, count: int = LIST_ITEMS
) -> Iterator[list[_Item]]:
    """A list in parts of what one message may take.

    Args:
        size: gives the bytes that an item takes.
        most: about so many bytes.
        count: at most so many items.
    """
    part, taken = list[_Item](), 0
    for item in items:
        part.append(item)
        taken += size(item)
        if taken >= most or len(part) >= count:
            yield part
            part, taken = [], 0
    if part:
        yield part


def are_long(paths: Collection[str]) -> bool:
    """Whether so many paths do not travel in a message."""
    return len(paths) > LIST_ITEMS or sum(map(path_bytes, paths)) > LIST_BYTES


def path_bytes(path: str) -> int:
    """The most that a path takes in a list, in bytes."""
    return 2 * len(path.encode()) + 4


FromAgent = Annotated[Push | Pull | Sync, Field(discriminator="type")]
FromCentre = Annotated[Update | Outcome | Access | Pick | Lists, Field(discriminator="type")]
_FROM_AGENT: TypeAdapter[Push | Pull | Sync] = TypeAdapter(FromAgent)
_FROM_CENTRE: TypeAdapter[Update | Outcome | Access | Pick | Lists] = TypeAdapter(FromCentre)


def read_from_agent(raw: bytes, most: int) -> Push | Pull | Sync:
    """Check the form of an agent's message.

    Args:
        raw: the JSON.
        most: largest accepted size in bytes.

    Raises:
        BadEvent: too large, not JSON, of an unknown version or with unknown fields.
    """
    if len(raw) > most:
        raise BadEvent(f"The event has {len(raw):,} bytes; at most {most:,} are accepted.")
    event = _read(_FROM_AGENT, raw)
    for name in ("conflicts", "settled"):
        if len(getattr(event, name, ())) > _WIRE_ITEMS:
            raise _not_understood(name, f"List should have at most {_WIRE_ITEMS:,} items")
    return event


def read_from_centre(raw: bytes) -> Update | Outcome | Access | Pick | Lists:
    """Check the form of the centre's message."""
    return _read(_FROM_CENTRE, raw)


def _read(adapter: TypeAdapter[_Model], raw: bytes) -> _Model:
    try:
        return adapter.validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _not_understood(".".join(str(part) for part in first["loc"]), first["msg"]) from None


def _not_understood(where: str, why: str) -> BadEvent:
    return BadEvent(
        f"The event is not understood ({where}: {why}): the agent and the Hub have different versions of HubShare; restart "
        "your server."
    )
