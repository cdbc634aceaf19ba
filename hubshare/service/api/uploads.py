"""Uploads: large pushes on their way in, piece by piece."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool

from hubshare.config import MIB
from hubshare.errors import TooLarge
from hubshare.operations import uploads
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.places import takes
from hubshare.store.access.actions import Action
from hubshare.wire.api.agents import Upload

router = APIRouter(prefix="/uploads", tags=["contents"])

#: Largest piece of an upload in one request.
PIECE_BYTES = 16 * MIB
#: It is written in steps of about so many bytes.
_STEP = MIB

_PIECE = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}

UploadId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
Syncing = Annotated[Caller, Depends(requires(Action.SYNC))]


@router.get("/{upload}")
def get_upload(caller: Syncing, centre: TheCentre, upload: UploadId) -> Upload:
    """How many bytes of an upload have arrived."""
    return uploads.get_upload(caller, centre, upload=upload)


@router.patch("/{upload}", openapi_extra={"requestBody": {"required": True, "content": _PIECE}})
async def append_upload(
    caller: Syncing,
    _: Annotated[None, Depends(takes("upload"))],
    centre: TheCentre,
    upload: UploadId,
    request: Request,
    offset: Annotated[int, Query(ge=0)],
) -> Upload:
    """Add a piece of at most 16 MiB, in the body, at an offset."""
    declared, total, waiting = request.headers.get("content-length", ""), 0, bytearray()
    if declared.isdigit() and len(declared) < 19:
        _check_piece(int(declared))
    async for chunk in request.stream():
        total += len(chunk)
        _check_piece(total)
        waiting += chunk
        if len(waiting) >= _STEP:
            # So that hardly any of it is held; what has arrived stays, and the upload goes on behind it.
            added = await run_in_threadpool(
                uploads.append_upload, caller, centre, upload=upload, offset=offset, piece=bytes(waiting)
            )
            offset, waiting = added.size, bytearray()
    return await run_in_threadpool(
        uploads.append_upload, caller, centre, upload=upload, offset=offset, piece=bytes(waiting)
    )


def _check_piece(size: int) -> None:
    if size > PIECE_BYTES:
        raise TooLarge(f"A piece of an upload has at most {PIECE_BYTES:,} bytes.")


@router.post("/{upload}/finish")
def finish_upload(caller: Syncing, centre: TheCentre, upload: UploadId) -> Upload:
    """Flush an upload to disk, so that a push may name it."""
    return uploads.finish_upload(caller, centre, upload=upload)
