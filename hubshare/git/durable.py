"""Files that are on disk when a function returns, and are whole or not there at any moment."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import uuid4

from hubshare.git.objects import TYPE_NAMES, Object

#: Threads that wait for the disk; they are made when they are needed first.
_FLUSHING = ThreadPoolExecutor(16, thread_name_prefix="flush")


def write_draft(path: Path, item: Object) -> Path:
    """Write a loose object beside its place, under a name that git knows for unfinished; it is not flushed yet.

    Args:
        path: where it is to lie.
    """
    draft = path.with_name(f"tmp_obj_{uuid4().hex}")
    deflate = zlib.compressobj(zlib.Z_BEST_SPEED)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444), "wb") as file:
        file.write(deflate.compress(TYPE_NAMES[item.type] + b" %d\0" % len(item.data)))
        file.write(deflate.compress(item.data))
        file.write(deflate.flush())
    return draft


@contextmanager
def durable(path: Path) -> Iterator[IO[bytes]]:
    """Write a file that is in its place, flushed, when the block ends; its folder is not flushed."""
    draft = path.with_name(f"{uuid4().hex}.tmp")
    with draft.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def flush(*paths: Path) -> None:
    """Flush files and folders to disk, side by side: a journal is written once for all that wait for it together."""
    if len(paths) > 1:
        list(_FLUSHING.map(_flush, paths))
    else:
        for path in paths:
            _flush(path)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
