"""Uploads: large pushes on their way in, piece by piece."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.errors import NotFound
from hubshare.operations.caller import Caller
from hubshare.wire.api.agents import Upload


def get_upload(caller: Caller, centre: Centre, *, upload: str) -> Upload:
    """How many bytes of an upload have arrived."""
    return Upload(size=centre.uploads.size(caller.user, upload))


def append_upload(caller: Caller, centre: Centre, *, upload: str, offset: int, piece: bytes) -> Upload:
    """Add a piece at an offset."""
    return Upload(size=centre.uploads.append(caller.user, upload, offset, piece))


def finish_upload(caller: Caller, centre: Centre, *, upload: str) -> Upload:
    """Flush an upload to disk, so that a push may name it."""
    size = centre.uploads.size(caller.user, upload)
    if not size:
        raise NotFound("There is no such upload: begin it again.")
    centre.uploads.finish(caller.user, upload)
    return Upload(size=size)
