"""The cache of renderings.

The service looks into the cache, and asks for what is missing with the job `render`; a worker makes it and puts it in.
The cache knows nothing of permissions: who asks it has checked that the blob is in a version that the person may read.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from hubshare.bounded_folder import BoundedFolder
from hubshare.config import MIB
from hubshare.rendering.requests import RenderRequest
from hubshare.rendering.results import RenderResult

#: Errors are forgotten after this time, and tried again when somebody asks.
ERROR_SECONDS = 300

#: A result that is looked at is touched when it is older than this, so that what is used stays.
_TOUCH_SECONDS = 600


class RenderCache:
    """The cache: a folder for each project, in it one file for each result, named by the request's key.

    What two projects hold is made for each of them: nobody finds out by the time that it takes what another project holds.

    Args:
        folder: where they lie. All of it can be deleted at any time.
        most: bytes that all results take together.
        each: bytes that those of one project take.
    """

    def __init__(self, folder: Path, most: int = 4096 * MIB, each: int = 512 * MIB) -> None:
        self._folder, self._each = BoundedFolder(folder, most), each

    def path(self, project: str, wanted: RenderRequest) -> Path:
        """Where a result lies, or would lie.

        Args:
            project: id.
        """
        return self._folder.path / project / wanted.key

    def get(self, project: str, wanted: RenderRequest) -> RenderResult | None:
        """A result, or None when it has to be made."""
        path = self.path(project, wanted)
        try:
            result, age = RenderResult.decode(path.read_bytes()), time.time() - path.stat().st_mtime
        except (FileNotFoundError, ValueError):
            return None
        if result.error is not None and age > ERROR_SECONDS:
            return None
        if result.error is None and age > _TOUCH_SECONDS:
            with suppress(FileNotFoundError):
                os.utime(path)
        return result

    def made_at(self, project: str, key: str) -> datetime | None:
        """When a result was made, or was looked at since (UTC); None where it is not there.

        Args:
            project: id.
            key: of the request.
        """
        try:
            seconds = (self._folder.path / project / key).stat().st_mtime
        except OSError:
            return None
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)

    def put(self, project: str, wanted: RenderRequest, result: RenderResult) -> None:
        """Keep a result; what nobody has looked at for longest may go for it."""
        path, content = self.path(project, wanted), result.encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{uuid4().hex}.tmp")
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
            self._folder.wrote(path, len(content), self._each)
        finally:
            temporary.unlink(missing_ok=True)
