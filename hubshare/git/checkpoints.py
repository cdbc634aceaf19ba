"""Places in compressed objects from which they are read on: a range near the end of a long one need not unpack all before it.

Deflate cannot be entered in its middle. What has unpacked an object so far is kept on the way, some 40 KiB each time, and a
copy of it goes on from there. Nothing is written; a process that starts again passes through the object once more.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_right
from collections import OrderedDict
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from hubshare.config import MIB

if TYPE_CHECKING:
    from zlib import _Decompress as Unpacking

#: Bytes of content from one place to the next, at least; and the most places in one object, and objects.
_EVERY, _EACH, _OBJECTS = 8 * MIB, 32, 8

#: An object in one file, at one place there.
Key = tuple[str, int, int, int, int]


class Checkpoint(NamedTuple):
    """A place in an object.

    Attributes:
        passed: bytes of the content before it.
        place: where the file is read on.
        unpacking: what has unpacked that much, with nothing in it that is not given out.
    """

    passed: int
    place: int
    unpacking: Unpacking


class Checkpoints:
    """The places of the objects that were read last, for all threads.

    Args:
        every: bytes from one place to the next, at least.
    """

    def __init__(self, every: int = _EVERY) -> None:
        self._every = every
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, list[Checkpoint]] = OrderedDict()

    @staticmethod
    def key(name: str, file: BinaryIO) -> Key:
        """The key of an object.

        Args:
            name: its id.
            file: that it lies in, open, at its beginning.
        """
        about = os.fstat(file.fileno())
        return name, about.st_dev, about.st_ino, about.st_mtime_ns, file.tell()

    def before(self, key: Key, near: int) -> Checkpoint | None:
        """The last place at or before a byte of the content; None where that is the beginning."""
        with self._lock:
            points = self._kept.get(key, [])
            number = bisect_right(points, near, key=lambda point: point.passed)
            if not number:
                return None
            self._kept.move_to_end(key)
            passed, place, unpacking = points[number - 1]
            return Checkpoint(passed, place, unpacking.copy())

    def keep(self, key: Key, size: int, passed: int, place: int, unpacking: Unpacking) -> None:
        """Keep a place, unless there is one close before it or behind it.

        Args:
            key: of the object.
            size: of its content, in bytes.
            passed, place, unpacking: see `Checkpoint`.
        """
        with self._lock:
            points = self._kept.get(key, [])
            if passed < (points[-1].passed if points else 0) + max(self._every, size // _EACH):
                return
            self._kept[key] = [*points, Checkpoint(passed, place, unpacking.copy())]
            self._kept.move_to_end(key)
            if len(self._kept) > _OBJECTS:
                self._kept.popitem(last=False)
