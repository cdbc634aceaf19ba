"""Archives: a version as one zip or tar file, made piece by piece; memory holds a piece, whatever the size of a file."""

from __future__ import annotations

import io
import stat
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Literal

from hubshare.config import KIB
from hubshare.git.objects import walk_tree
from hubshare.git.repository import Repository
from hubshare.sync.trees import EXECUTABLE, LINK, Entry

Format = Literal["zip", "tar"]
#: Bytes of a piece, about.
_PIECE = 256 * KIB


class _Outgoing(io.RawIOBase):
    """A file that cannot be sought in and keeps what is written only until it is taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._parts.append(piece)
        self._at += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._at

    def take(self) -> bytes:
        """What has been written since it was last asked."""
        taken, self._parts = b"".join(self._parts), []
        return taken


def archive(repository: Repository, root: str, top: str, seconds: int, form: Format) -> Iterator[bytes]:
    """The files of a tree as an archive, in pieces.

    Args:
        root: id of the tree.
        top: name of the folder that all lies in.
        seconds: modification time of all files, seconds since 1970.
        form: `zip` or `tar`.
    """
    files = ((f"{top}/{path}", entry) for path, entry in walk_tree(repository.tree, root))
    return _gathered((_zip if form == "zip" else _tar)(repository, files, seconds))


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same in fewer pieces: each costs its receiver something."""
    waiting, size = list[bytes](), 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


def _zip(repository: Repository, files: Iterable[tuple[str, Entry]], seconds: int) -> Iterator[bytes]:
    out = _Outgoing()
    date = max(time.gmtime(seconds)[:6], (1980, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for path, entry in files:
            with repository.stream(entry.id) as content:
                first = content.read(_PIECE)
                info = zipfile.ZipInfo(path, date)
                info.compress_type = zipfile.ZIP_DEFLATED
                # Not stored as it is: programs that read an archive as it comes in could not tell where such a file ends.
                info._compresslevel = 1 if _shrinks(first) else 0  # type: ignore[attr-defined]
                info.create_system = 3
                info.external_attr = (stat.S_IFLNK | 0o777 if entry.mode == LINK else stat.S_IFREG | _mode(entry)) << 16
                info.file_size = content.size
                with made.open(info, "w") as target:
                    for piece in chain([first], content):
                        target.write(piece)
                        yield out.take()
            yield out.take()
    yield out.take()


def _shrinks(piece: bytes) -> bool:
    """Whether compressing is worth the time, by the beginning of a file."""
    return len(zlib.compress(piece, 1)) < 0.95 * len(piece)


def _tar(repository: Repository, files: Iterable[tuple[str, Entry]], seconds: int) -> Iterator[bytes]:
    total = 0
    for path, entry in files:
        with repository.stream(entry.id) as content:
            info = tarfile.TarInfo(path)
            info.mtime, info.mode = seconds, _mode(entry)
            if entry.mode == LINK:
                info.type, info.linkname = tarfile.SYMTYPE, content.read(content.size).decode()
            else:
                info.size = content.size
            head = info.tobuf(tarfile.PAX_FORMAT)
            yield head
            yield from content
            yield b"\0" * (-info.size % tarfile.BLOCKSIZE)
            total += len(head) + info.size + -info.size % tarfile.BLOCKSIZE
    end = 2 * tarfile.BLOCKSIZE
    yield b"\0" * (end + -(total + end) % tarfile.RECORDSIZE)


def _mode(entry: Entry) -> int:
    return 0o755 if entry.mode == EXECUTABLE else 0o644
