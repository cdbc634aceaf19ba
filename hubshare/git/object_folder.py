"""The objects of a repository, to be read: loose ones and those in packs, while others move them from here to there."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from hubshare.config import MIB
from hubshare.errors import NotFound
from hubshare.git.checkpoints import Checkpoints
from hubshare.git.objects import TYPE_NAMES, Object
from hubshare.git.pack_folder import Found, PackFolder, read_packed
from hubshare.git.packs import measure
from hubshare.git.streams import ObjectStream, inflated, spooled

Result = TypeVar("Result")

_TYPES = {word: kind for kind, word in TYPE_NAMES.items()}
#: How often it is looked for an object that is being moved.
_LOOKS = 5
#: Deflate's tables come before the first byte and may take some hundred bytes.
_HEAD_BYTES = 4096
#: An object that is kept as a difference is put together here up to this size, in bytes; a larger one by git, on disk.
_AT_ONCE = 4 * MIB
#: Of the objects that this process reads in ranges.
_CHECKPOINTS = Checkpoints()
Near = tuple[Checkpoints, str, int] | None


class ObjectFolder:
    """The folder `objects` of a repository.

    Args:
        path: the folder.

    Attributes:
        packs: what of it lies in packs.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.packs = PackFolder(path / "pack")

    def __contains__(self, name: str) -> bool:
        try:
            self._look(name, lambda found: None, lambda path: path.stat())
        except NotFound:
            return False
        return True

    def which(self, names: Iterable[str]) -> set[str]:
        """Those of some objects that are here, as of one look at the packs: of many it is not looked again for each."""
        self.packs.refresh()
        wanted = set(names)
        loose = wanted.intersection(self.loose())
        return loose | self.packs.which(wanted - loose)

    def read(self, name: str) -> Object:
        """An object by its id.

        Raises:
            NotFound: when it is not here.
        """
        return self._look(name, read_packed, _read_loose)

    def kind_and_size(self, name: str) -> tuple[int, int]:
        """An object's type and size without its content.

        Raises:
            NotFound: when it is not here.
        """
        return self._look(name, _packed_head, _loose_head)

    def beginning(self, name: str, most: int) -> bytes:
        """The first bytes of an object's content.

        Args:
            most: how many bytes, at least 1.

        Raises:
            NotFound: when it is not here.
        """
        with self.stream(name) as found:
            return found.read(most)

    def stream(self, name: str, near: int | None = None) -> ObjectStream:
        """An object's content piece by piece, whatever its size; whoever takes it closes it.

        Args:
            near: the byte that is wanted first, of content that is read in ranges: the stream begins there or before it,
                see its `start`. None for all of it.

        Raises:
            NotFound: when it is not here.
        """
        where = None if near is None else (_CHECKPOINTS, name, near)
        return self._look(
            name,
            lambda found: _packed_stream(found, self.path.parent, name, where),
            lambda path: _loose_stream(path, where),
        )

    def loose(self) -> Iterator[str]:
        """The ids of all loose objects."""
        for folder in self.path.glob("[0-9a-f][0-9a-f]"):
            yield from (folder.name + path.name for path in folder.iterdir() if len(path.name) == 38)

    def loose_path(self, name: str) -> Path:
        """Where an object lies, or would lie, when it is loose."""
        return self.path / name[:2] / name[2:]

    def close(self) -> None:
        """Let go of what is open."""
        self.packs.close()

    def _look(self, name: str, packed: Callable[[Found], Result], loose: Callable[[Path], Result]) -> Result:
        for _ in range(_LOOKS):
            found = self.packs.find(name)
            try:
                return packed(found) if found is not None else loose(self.loose_path(name))
            except FileNotFoundError:
                # It was put into another pack, or somebody has just brought it, or there is none.
                if not self.packs.refresh():
                    break
        raise NotFound(f"Object {name} is not in this project.")


def _read_loose(path: Path) -> Object:
    head, _, data = zlib.decompress(path.read_bytes()).partition(b"\0")
    return Object(_TYPES[head.split()[0]], data)


def _loose_head(path: Path) -> tuple[int, int]:
    with path.open("rb") as file:
        head = zlib.decompressobj().decompress(file.read(_HEAD_BYTES), 32)
    word, digits = head.partition(b"\0")[0].split()
    return _TYPES[word], int(digits)


def _loose_stream(path: Path, near: Near) -> ObjectStream:
    kind, size = _loose_head(path)
    return inflated(path.open("rb", buffering=0), kind, size, loose=True, near=near)


def _packed_head(found: Found) -> tuple[int, int]:
    with _opened(found) as file:
        kind, size, _, _ = measure(file, found.offset, found.entries.object_offset)
    return kind, size


def _packed_stream(found: Found, repository: Path, name: str, near: Near) -> ObjectStream:
    file = _opened(found)
    try:
        kind, size, largest, whole = measure(file, found.offset, found.entries.object_offset)
        if whole:
            file.seek(found.offset)
            return inflated(file, kind, size, near=near)
    except BaseException:
        file.close()
        raise
    file.close()
    if largest > _AT_ONCE:
        return spooled(repository, name, kind, size)
    return ObjectStream(kind, size, iter([read_packed(found).data]))


def _opened(found: Found) -> BinaryIO:
    return found.pack.open("rb", buffering=0)
