"""Templates are compiled once, as Python's modules are: what comes out lies beside them, where that can be written."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import jinja2
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from hubshare import __version__

#: Jinja tells its own versions apart once in years; and what is asked of it, as that it escapes, lies in what it makes.
_BY = f"Jinja {jinja2.__version__} for HubShare {__version__}"


class Compiled(FileSystemBytecodeCache):
    """What they were compiled to; one that has changed since, or was compiled by another version, is compiled anew.

    Args:
        folder: made if need be. Whoever can write there can have the service run something, as with `__pycache__`.
    """

    def __init__(self, folder: Path) -> None:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        super().__init__(str(folder))

    def get_source_checksum(self, source: str) -> str:
        """Return by what a template is known, and what compiles it."""
        return super().get_source_checksum(f"{_BY}\n{source}")

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was kept, if there is any that can be read."""
        try:
            super().load_bytecode(bucket)
        except Exception:
            # What was broken off raises whatever comes of it.
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what came out, if that can be."""
        with suppress(OSError):
            super().dump_bytecode(bucket)
