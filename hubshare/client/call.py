"""What a call is, and how its answer is read. Pure: nothing here knows how a call gets to the service."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, Generic, TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from hubshare.client.stream import Told
from hubshare.errors import BadName, HubShareError, Unavailable, from_code
from hubshare.names import quoted, split_project

Answer = TypeVar("Answer")
Item = TypeVar("Item")
Model = TypeVar("Model", bound=BaseModel)

#: Told of (bytes done, bytes in all) while something large is on its way; 0 in all where that is not known.
Progress = Callable[[int, int], None]

#: Below the address of the service.
_API = "/api/v1"


@dataclass(frozen=True)
class Call(Generic[Answer]):
    """One request, and what its answer is.

    Attributes:
        method: of HTTP.
        path: below the address of the service.
        read: makes the answer from the body that the service sends.
        query: parameters; those that are None are left out.
        body: plain values that are sent as JSON; None for no body.
        piece: bytes that are sent as they are, in place of a body.
        headers: further ones.
        repeat: whether it does the same once as twice, so that it can be sent again when no answer came.
        gone: whether "not found" in answer to a repetition means that the first try has done it.
        fine: statuses outside of 2xx that are answers and no errors.
    """

    method: str
    path: str
    read: Callable[[bytes], Answer]
    query: Mapping[str, str | int | None] = field(default_factory=dict)
    body: Any = None
    piece: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeat: bool = False
    gone: bool = False
    fine: tuple[int, ...] = ()

    @property
    def target(self) -> str:
        """Path and query as they are sent."""
        given = {name: value for name, value in self.query.items() if value is not None}
        return f"{self.path}?{urlencode(given, quote_via=quote)}" if given else self.path

    @property
    def content(self) -> bytes | None:
        """The body as it is sent."""
        return json.dumps(self.body).encode() if self.body is not None else self.piece

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers that belong to this call."""
        return {**({"Content-Type": "application/json"} if self.body is not None else {}), **self.headers}


@dataclass(frozen=True)
class Listing(Generic[Item]):
    """A list that comes in pages.

    Attributes:
        first: the call for its first page.
    """

    first: Call[tuple[list[Item], str | None]]

    def after(self, place: str) -> Call[tuple[list[Item], str | None]]:
        """The call for the page that begins at a place."""
        return replace(self.first, query={**self.first.query, "after": place})


@dataclass(frozen=True)
class Download:
    """A call whose answer is written into a file as it arrives.

    Attributes:
        target: is open for writing.
        progress: told after each piece.
    """

    call: Call[None]
    target: BinaryIO
    progress: Progress


@dataclass(frozen=True)
class Listening(Generic[Told]):
    """A call whose answer is a stream of events without an end.

    Attributes:
        last: place in the stream behind which it begins; None for now.
        one: whether it is of one project, so that losing access to it is the end.
        model: of its events.
    """

    call: Call[None]
    last: str | None
    one: bool
    model: type[Told]

    def behind(self, last: str) -> Call[None]:
        """The call that goes on behind a place in the stream."""
        return replace(self.call, headers={"Last-Event-ID": last} if last else {})


#: Several calls of which each depends on the answer to the one before; gives the answer to all of it.
Steps = Generator[Call[Any], Any, Answer]


def api(*parts: str) -> str:
    """A path below the API, from its parts.

    Raises:
        BadName: when one cannot be a part of a path.
    """
    return _API + "".join(f"/{_part(part)}" for part in parts)


def project_path(full: str, *parts: str) -> str:
    """A path below a project's own.

    Args:
        full: owner/name.

    Raises:
        BadName: when that is not an owner, a slash and a name.
    """
    return api("projects", *split_project(full), *parts)


def _part(text: str) -> str:
    """One part of a path: one of dots would climb, one with a slash would be two, and an empty one none."""
    try:
        if text not in ("", ".", "..") and "/" not in text:
            return quote(text, safe="")
    except UnicodeEncodeError:
        pass
    raise BadName(f"{quoted(text)} cannot be a name: check it.")


def one(model: type[Model]) -> Callable[[bytes], Model]:
    """Reads an answer of one model."""
    return lambda raw: model.model_validate_json(raw)


def many(model: type[Model]) -> Callable[[bytes], list[Model]]:
    """Reads a list that comes as a whole, by itself or as the only page."""

    def read(raw: bytes) -> list[Model]:
        found = json.loads(raw)
        return [model.model_validate(item) for item in (found if isinstance(found, list) else found["items"])]

    return read


def page(model: type[Model]) -> Callable[[bytes], tuple[list[Model], str | None]]:
    """Reads one page of a list: its items, and where the next one begins."""

    def read(raw: bytes) -> tuple[list[Model], str | None]:
        found = json.loads(raw)
        return [model.model_validate(item) for item in found["items"]], found["next"]

    return read


def nothing(raw: bytes) -> None:
    """Reads an answer that says nothing but that it was done."""


def understood(call: Call[Answer], raw: bytes) -> Answer:
    """The answer to a call.

    Raises:
        Unavailable: when it is not what this version expects.
    """
    try:
        return call.read(raw)
    except (ValidationError, ValueError, KeyError, TypeError):
        raise Unavailable(
            "HubShare answers in a way that is not understood here: its version may be another one. Restart your server."
        ) from None


def refused(status: int, raw: bytes) -> HubShareError:
    """The error that an answer stands for."""
    try:
        found = json.loads(raw)
        return from_code(found["code"], found["detail"])
    except (ValueError, KeyError, TypeError):
        return Unavailable(f"HubShare does not answer as it should (status {status}): try again in a moment.")
