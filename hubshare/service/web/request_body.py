"""The body of a request, piece by piece, unpacked if it was packed, and never more than is accepted."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from fastapi import Request

from hubshare.config import KIB
from hubshare.errors import Invalid, TooLarge
from hubshare.names import size as size_of

_CHUNK = 64 * KIB


async def body(request: Request, most: int) -> AsyncIterator[bytes]:
    """The body of a request.

    Args:
        most: bytes that are accepted, unpacked.

    Raises:
        TooLarge: as soon as there is more.
        Invalid: when it is packed in a way that is not known, or damaged.
    """
    kind = request.headers.get("content-encoding", "identity").lower()
    if kind not in ("identity", "gzip", "x-gzip"):
        raise Invalid("The body of the request is packed in a way that is not known here: send it as gzip or as it is.")
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 16) if kind != "identity" else None
    total = 0
    async for chunk in request.stream():
        waiting = chunk
        while waiting:
            try:
                piece = inflate.decompress(waiting, _CHUNK) if inflate else waiting
            except zlib.error:
                raise Invalid("The body of the request is damaged.") from None
            waiting = inflate.unconsumed_tail if inflate else b""
            total += len(piece)
            if total > most:
                raise TooLarge(f"The request has more than {size_of(most)}.")
            if piece:
                yield piece
    if inflate and not inflate.eof:
        raise Invalid("The body of the request was cut short.")
