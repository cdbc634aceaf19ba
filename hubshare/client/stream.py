"""Server-sent events: their text, piece by piece, into events.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Generic, TypeVar

from pydantic import ValidationError

from hubshare.wire.api.cloud_events import CloudEvent
from hubshare.wire.api.hub import Event

#: What a stream tells.
Told = TypeVar("Told", Event, CloudEvent)

#: A line that is longer comes from no service of ours.
_LINE_MOST = 1024 * 1024


class EventReader(Generic[Told]):
    """Reads one stream, which may break off and be taken up again.

    Args:
        model: of its events.
        last: place of the newest event that is known already.

    Attributes:
        last: place of the newest event that was given; "" before the first one.
    """

    def __init__(self, model: type[Told], last: str = "") -> None:
        self._model: type[Told] = model
        self.last = last
        self._place = "place" if "place" in model.model_fields else "id"
        self.begin()

    def begin(self) -> None:
        """Begin a new connection: what was read of an event and not finished is dropped."""
        self._text, self._id, self._data = "", "", list[str]()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, piece: bytes) -> Iterator[Told]:
        """The events that a piece of the stream completes.

        Raises:
            ValueError: when this is no stream of events.
        """
        self._text += self._decoder.decode(piece)
        while "\n" in self._text:
            line, _, self._text = self._text.partition("\n")
            yield from self._line(line.removesuffix("\r"))
        if len(self._text) > _LINE_MOST:
            raise ValueError("a line without an end")

    def _line(self, line: str) -> Iterator[Told]:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "id":
            self._id = value
        elif name == "data":
            self._data.append(value)
        elif not line:
            place, text = self._id or self.last, "\n".join(self._data)
            self._id, self._data = "", []
            self.last = place
            if text:
                try:
                    yield self._model.model_validate(json.loads(text) | {self._place: place})
                except (ValidationError, TypeError) as error:
                    raise ValueError(str(error)) from None
