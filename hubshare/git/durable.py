"""Files that are on disk when a function returns, and are whole or not there at any moment."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4

#: How many files are flushed side by side. More cost more to hand out than they save.
_SIDE_BY_SIDE = 4
#: Threads that wait for the disk; they are made when they are needed first.
_FLUSHING = ThreadPoolExecutor(4 * _SIDE_BY_SIDE, thread_name_prefix="flush")


@contextmanager
def durable(path: Path) -> Iterator[IO[bytes]]:
    """Write a file that is in its place, flushed, when the block ends; its folder is not flushed."""
    draft = path.with_name(f"{uuid4().hex}.tmp")
    with draft.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def place_file(path: Path, target: Path) -> None:
    """Have a file that nobody changes any more lie at another place, too, flushed; its folder is not flushed.

    Both are one file where they are on one file system, so that nothing is copied.
    """
    draft = target.with_name(f"{uuid4().hex}.tmp")
    try:
        os.link(path, draft)
    except OSError:
        shutil.copyfile(path, draft)
    try:
        flush(draft)
        draft.replace(target)
    finally:
        # Where the same file lay there already, it is left.
        draft.unlink(missing_ok=True)


def make_folders(path: Path) -> list[Path]:
    """Make a folder and those that it lies in; return the folders that have to be flushed for it to be there for good."""
    above = path
    while not above.exists():
        above = above.parent
    path.mkdir(parents=True, exist_ok=True)
    return [folder for folder in path.parents if folder == above or above in folder.parents] if above != path else []


def flush(*paths: Path | str) -> None:
    """Flush files and folders to disk, side by side: a journal is written once for all that wait for it together."""
    if len(paths) > 1:
        list(_FLUSHING.map(_flush, [paths[first::_SIDE_BY_SIDE] for first in range(_SIDE_BY_SIDE)]))
    else:
        _flush(paths)


def _flush(paths: Sequence[Path | str]) -> None:
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
