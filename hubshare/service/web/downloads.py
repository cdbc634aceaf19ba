"""Answers that are content: sent piece by piece, and what they are read from is let go of whatever becomes of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping
from typing import Annotated

from anyio import CancelScope
from fastapi import Depends
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from hubshare.git.streams import ObjectStream
from hubshare.metering import each_timed
from hubshare.service.web.places import takes

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
