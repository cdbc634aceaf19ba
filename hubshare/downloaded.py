"""A file that the workers have downloaded from the internet, as those who asked for it see it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Download(NamedTuple):
    """A file that was downloaded; it lies there until the import ends.

    Attributes:
        path: where it lies.
        url: where it came from in the end.
        name: how its server calls it, or how its address ends.
        size: in bytes.
        sha256: of its content, in hexadecimal digits.
        type: as its server says: `text/html`.
    """

    path: Path
    url: str
    name: str
    size: int
    sha256: str
    type: str
