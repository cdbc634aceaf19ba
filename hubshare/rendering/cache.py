"""The cache of renderings.

The service looks into the cache, and asks for what is missing with the job `render`; a worker makes it and puts it in.
The cache knows nothing of permissions: who asks it has checked that the blob is in a version that the person may read.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from uuid import uuid4

from hubshare.rendering.requests import RenderRequest
from hubshare.rendering.results import RenderResult

#: Errors are forgotten after this time, and tried again when somebody asks.
ERROR_SECONDS = 300

#: A result that is looked at is touched when it is older than this, so that what is used stays.
_TOUCH_SECONDS = 86_400


class RenderCache:
    """The cache: one file for each result, named by the request's key.

    Args:
        folder: where they lie. All of it can be deleted at any time.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, wanted: RenderRequest) -> Path:
        """Where a result lies, or would lie."""
        return self._folder / wanted.key[:2] / wanted.key

    def get(self, wanted: RenderRequest) -> RenderResult | None:
        """A result, or None when it has to be made."""
        path = self.path(wanted)
        try:
            result, age = RenderResult.decode(path.read_bytes()), time.time() - path.stat().st_mtime
        except (FileNotFoundError, ValueError):
            return None
        if result.error is not None and age > ERROR_SECONDS:
            return None
        if result.error is None and age > _TOUCH_SECONDS:
            os.utime(path)
        return result

    def put(self, wanted: RenderRequest, result: RenderResult) -> None:
        """Keep a result."""
        path = self.path(wanted)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
        try:
            temporary.write_bytes(result.encode())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
