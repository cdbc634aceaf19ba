"""What a pack of git's says it holds, looked at before anything in it is put together: a few bytes may stand for gigabytes.

Source: git's Documentation/gitformat-pack.txt. A difference begins with the size of what it builds on and of what it makes.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left
from pathlib import Path

from hubshare.config import Limits
from hubshare.errors import BadPack, TooLarge
from hubshare.git.objects import BLOB, COMMIT, TREE, TYPE_NAMES, start_id
from hubshare.git.pack_bytes import Cursor, InFile, inflated
from hubshare.git.packs import ID_DELTA, MOST, OFFSET_DELTA, back_offset, object_head, varint
from hubshare.names import size as size_of
from hubshare.names import sizes

#: A difference from one that is a difference itself, and so on: git makes 50, or 250 when asked to.
CHAIN_MOST = 250
#: An object's header, with the place or the id of what it builds on.
_HEADER_BYTES = 40
_TAG = 4


def check_declared(path: Path, limits: Limits) -> int:
    """Hold what a pack declares to the limits, in one pass that unpacks differences but applies none.

    Args:
        path: of the pack; its header has been looked at.

    Returns:
        How many bytes it unpacks to.

    Raises:
        BadPack: when it is damaged or cut short.
        TooLarge: when something in it, or all of it together, is over a limit.
    """
    source = InFile(path)
    try:
        at = Cursor(source, 8, source.size - hashlib.sha1(usedforsecurity=False).digest_size)
        found = _Declared(at, limits)
        for _ in range(int.from_bytes(found.take(4), "big")):
            found.look()
    finally:
        source.close()
    if found.total > limits.max_push_bytes:
        unpacked, allowed = sizes(found.total, limits.max_push_bytes)
        raise TooLarge(f"The push unpacks to {unpacked}; at most {allowed} are accepted: push it in parts.")
    return found.total


class _Declared:
    """A pass through a pack.

    Attributes:
        total: bytes of all objects so far.
    """

    def __init__(self, at: Cursor, limits: Limits) -> None:
        self._at, self._limits, self.total = at, limits, 0
        #: How much may yet be inflated by this pass: to the end of what is a little over a limit, so that it is told how much.
        self._left = 2 * limits.max_push_bytes
        #: Where the objects begin, and how many differences each is made of.
        self._starts, self._depths = array("Q"), array("H")

    def take(self, size: int) -> bytes:
        """The next bytes."""
        found = self._at.peek(size)
        if len(found) < size:
            raise BadPack("The pack was cut short: push again.")
        self._at.pass_over(found)
        return found

    def look(self) -> None:
        """Look at the next object."""
        start = self._at.position
        head = self._at.peek(_HEADER_BYTES)
        try:
            kind, size, length = object_head(head)
            depth = 0
            if kind == OFFSET_DELTA:
                back, length = back_offset(head, length)
                depth = self._depth_at(start - back) + 1
            elif kind == ID_DELTA:
                length, depth = length + 20, 1
            elif kind not in (*TYPE_NAMES, _TAG):
                raise BadPack(f"The pack holds an object of the unknown type {kind}.")
        except IndexError:
            raise BadPack("The pack holds a damaged object header, or was cut short: push again.") from None
        if depth > CHAIN_MOST:
            raise TooLarge(
                f"The push holds differences that build on more than {CHAIN_MOST} others: run `git repack -a -d -f`, then "
                "push again."
            )
        self.take(length)
        self._starts.append(start)
        self._depths.append(depth)
        self._inflate(kind, size)

    def _depth_at(self, start: int) -> int:
        place = bisect_left(self._starts, start)
        if place == len(self._starts) or self._starts[place] != start:
            raise BadPack("The pack holds a difference from something that is not in it.")
        return self._depths[place]

    def _inflate(self, kind: int, size: int) -> None:
        """Go on to the end of an object; count what it declares to be."""
        self._left -= size
        if self._left < 0:
            accepted = size_of(self._limits.max_push_bytes)
            raise TooLarge(f"The push unpacks to more than twice the {accepted} that are accepted: push it in parts.")
        whole, most = kind in (*TYPE_NAMES, _TAG), self._most(kind)
        if whole:
            self.total += size
        digest = start_id(kind, size) if whole and size > most and kind in TYPE_NAMES else None
        beginning = b""
        for piece in inflated(self._at, size):
            if digest is not None:
                digest.update(piece)
            elif not whole and len(beginning) < _HEADER_BYTES:
                beginning += piece[:_HEADER_BYTES]
        if not whole:
            self._count_difference(beginning)
        elif size > most:
            name = digest.hexdigest() if digest is not None else ""
            what = "a file" if kind == BLOB else f"a {TYPE_NAMES[kind].decode()}" if name else "a tag"
            where = f" (`git log --find-object={name[:10]}` shows where)" if name else ""
            found, allowed = sizes(size, most)
            raise TooLarge(f"The push holds {what} of {found}; at most {allowed} are accepted{where}.")

    def _count_difference(self, beginning: bytes) -> None:
        try:
            _, at = varint(beginning, 0)
            size, _ = varint(beginning, at)
        except IndexError:
            raise BadPack("The pack holds a damaged difference.") from None
        self.total += size
        most = max(self._limits.max_file_bytes, MOST[TREE])
        if size > most:
            found, allowed = sizes(size, most)
            raise TooLarge(
                f"The push holds a file of {found}, as a difference from another one; at most {allowed} are accepted "
                "(`git ls-tree -r -l HEAD` lists sizes)."
            )

    def _most(self, kind: int) -> int:
        return MOST.get(kind, self._limits.max_file_bytes if kind == BLOB else MOST[COMMIT])
