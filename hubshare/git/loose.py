"""Loose objects: a file each, whole and on disk before it is in its place.

Paths are text here: making them of parts was a tenth of what a small push costs.
"""
# ruff: noqa: PTH102, PTH104, PTH108

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from uuid import uuid4

from hubshare.git.deflate import deflated
from hubshare.git.durable import flush
from hubshare.git.objects import TYPE_NAMES, Object
from hubshare.git.pack_bytes import CHUNK

#: git knows this for the beginning of a name of something unfinished.
_DRAFT = "tmp_obj_"


def write_loose(objects: str, items: Iterable[Object]) -> dict[str, Object]:
    """Write objects but for those that are there, whole. Return them by id; they are on disk then.

    One that is there is read: a damaged one must not keep a good copy out, and that costs less than to write it once more.

    They are flushed side by side: a file system that keeps a journal writes it once for those that wait for it together.

    Args:
        objects: the folder `objects` of a repository.
    """
    drafts, made, folders = dict[str, str](), dict[str, Object](), set[str]()
    try:
        for item in items:
            name = item.id
            folder = f"{objects}/{name[:2]}"
            path = f"{folder}/{name[2:]}"
            if path in drafts:
                continue
            if folder not in folders:
                folders.add(folder)
                with suppress(FileExistsError):
                    os.mkdir(folder)
                    folders.add(objects)
            if not _holds(path, item):
                drafts[path] = f"{folder}/{_DRAFT}{uuid4().hex}"
                _write(drafts[path], item)
                made[name] = item
        flush(*drafts.values())
        for path, draft in drafts.items():
            os.rename(draft, path)
    except BaseException:
        for draft in drafts.values():
            with suppress(FileNotFoundError):
                os.unlink(draft)
        raise
    flush(*folders)
    return made


def _holds(path: str, item: Object) -> bool:
    """Whether a file is there that holds just this object."""
    head, found, at = _head(item), zlib.decompressobj(), 0
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            while packed := file.read(CHUNK):
                while packed:
                    piece = found.decompress(packed, CHUNK)
                    end, first = at + len(piece), len(head)
                    if piece != head[at:end] + item.data[max(at - first, 0) : max(end - first, 0)]:
                        return False
                    at, packed = end, found.unconsumed_tail
            return found.eof and at == len(head) + len(item.data) and not found.unused_data
    except (OSError, zlib.error):
        return False


def _head(item: Object) -> bytes:
    return TYPE_NAMES[item.type] + b" %d\0" % len(item.data)


def _write(path: str, item: Object) -> None:
    whole, head = memoryview(item.data), _head(item)
    pieces = (whole[at : at + CHUNK] for at in range(0, len(whole), CHUNK))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444), "wb") as file:
        file.writelines(deflated(chain([head], pieces)))
