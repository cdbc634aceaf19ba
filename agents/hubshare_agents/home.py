"""The home of the person whose agent this is."""

from __future__ import annotations

import os


def in_home(folder: str | os.PathLike[str]) -> str:
    """Return a folder as people write it: `~/course` in their home."""
    folder = os.fspath(folder)
    home = os.environ.get("HOME", "").rstrip("/")
    inside = home and (folder == home or folder.startswith(f"{home}/"))
    return "~" + folder[len(home) :] if inside else folder
