"""Answers that are content: sent piece by piece, and what they are read from is let go of whatever becomes of them."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Iterator, Mapping
from typing import Annotated

from anyio import CancelScope
from fastapi import Depends
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from hubshare.git.streams import ObjectStream
from hubshare.metering import each_timed
from hubshare.service.web.places import takes

#: One range, of numbers that no file is too long for. Several at once are answered with the whole file.
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")

#: Holds a place of those who download something, until all of it is sent.
Downloading = Annotated[None, Depends(takes("download"))]


class Pieces(StreamingResponse):
    """An answer in pieces.

    Args:
        pieces: the content.
        close: is called at the end, also when the receiver went away.
        media_type, headers: of the answer.
    """

    def __init__(
        self,
        pieces: Iterable[bytes] | AsyncIterable[bytes],
        close: Callable[[], object],
        media_type: str,
        headers: Mapping[str, str],
    ) -> None:
        self._close = close
        super().__init__(pieces, headers=headers, media_type=media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            if isinstance(self.body_iterator, AsyncGenerator):
                # What it holds is free now, not when somebody comes to think of it.
                with CancelScope(shield=True):
                    await self.body_iterator.aclose()
            self._close()


#: What a browser is told of a file that it is to keep, and not to show.
AS_A_FILE = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}


class FileContent(Pieces):
    """The content of a file at a version.

    Args:
        content: is closed with the answer.
        media_type, headers: of the answer.
    """

    def __init__(self, content: ObjectStream, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(
            each_timed(content), content.close, media_type, {**headers, "Content-Length": str(content.size)}
        )


class RangeContent(Pieces):
    """A range of a file, as players ask for (RFC 9110, 14). What lies before it in the stream is read and dropped.

    Args:
        content: begins at the range or before it; is closed with the answer.
        wanted: from where to where.
        media_type, headers: of the answer.
    """

    def __init__(self, content: ObjectStream, wanted: range, media_type: str, headers: Mapping[str, str]) -> None:
        about = {"Content-Length": str(len(wanted))}
        about["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{content.size}"
        super().__init__(each_timed(_within(content, wanted)), content.close, media_type, {**headers, **about})
        self.status_code = 206


def _within(content: ObjectStream, wanted: range) -> Iterator[bytes]:
    at = content.start
    for piece in content:
        # Also of what is dropped one is told, an empty piece: so it is counted, and ends when the receiver goes away.
        yield piece[max(0, wanted.start - at) : max(0, wanted.stop - at)]
        at += len(piece)
        if at >= wanted.stop:
            return


def range_asked(headers: Mapping[str, str], size: int, mark: str) -> range | None:
    """The range of a file that a request is for; empty where the file is shorter; None for all of it.

    Args:
        headers: of the request.
        size: of the file, in bytes.
        mark: the file's `ETag`.
    """
    found = _RANGE.fullmatch(headers.get("range", "").strip())
    if found is None or headers.get("if-range", mark) != mark:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(int(last) + 1 if last else size, size))
