"""Archives: a version as one zip or tar file, made while it is sent; memory holds one file of the project at a time."""

from __future__ import annotations

import io
import stat
import tarfile
import time
import zipfile
from collections.abc import Iterable, Iterator
from typing import Literal

from hubshare.git.objects import walk_tree
from hubshare.git.repository import Repository
from hubshare.sync.trees import EXECUTABLE, LINK, Entry

Format = Literal["zip", "tar"]
MEDIA_TYPES: dict[Format, str] = {"zip": "application/zip", "tar": "application/x-tar"}


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
    return (_zip if form == "zip" else _tar)(repository, files, seconds)


def _zip(repository: Repository, files: Iterable[tuple[str, Entry]], seconds: int) -> Iterator[bytes]:
    out = _Outgoing()
    date = max(time.gmtime(seconds)[:6], (1980, 1, 1, 0, 0, 0))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for path, entry in files:
            info = zipfile.ZipInfo(path, date)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = (stat.S_IFLNK | 0o777 if entry.mode == LINK else stat.S_IFREG | _mode(entry)) << 16
            made.writestr(info, repository.read(entry.id).data, compresslevel=1)
            yield out.take()
    yield out.take()


def _tar(repository: Repository, files: Iterable[tuple[str, Entry]], seconds: int) -> Iterator[bytes]:
    out = _Outgoing()
    with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as made:
        for path, entry in files:
            info = tarfile.TarInfo(path)
            info.mtime, info.mode = seconds, _mode(entry)
            data = repository.read(entry.id).data
            if entry.mode == LINK:
                info.type, info.linkname = tarfile.SYMTYPE, data.decode()
                made.addfile(info)
            else:
                info.size = len(data)
                made.addfile(info, io.BytesIO(data))
            yield out.take()
    yield out.take()


def _mode(entry: Entry) -> int:
    return 0o755 if entry.mode == EXECUTABLE else 0o644
