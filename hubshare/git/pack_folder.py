"""The packs of a repository, with hardly a file held open: there may be hundreds of them, in each of many repositories.

Indexes are kept in memory when they are small, and the few large ones mapped. A pack is opened for one object and closed again,
but for the last few of each thread that hold differences, as git makes them.
"""

from __future__ import annotations

import logging
import os
import threading
import zlib
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from dulwich.object_format import DEFAULT_OBJECT_FORMAT
from dulwich.objects import RawObjectID
from dulwich.pack import Pack, PackData, PackFileDisappeared, PackIndex, load_pack_index_file

from hubshare.config import KIB
from hubshare.errors import Unavailable
from hubshare.git.objects import TYPE_NAMES, Object
from hubshare.git.packs import object_head

log = logging.getLogger(__name__)

#: An index up to this size is kept in memory, one of about 2,000 objects; and how many at most. So many larger ones are mapped.
_SMALL_BYTES, _SMALL_MOST, _LARGE_MOST = 64 * KIB, 1000, 64
#: How an index of the second version begins, and where it has the ids of all objects, one after the other.
#: Source: git's Documentation/gitformat-pack.txt.
_VERSION_2, _NAMES_AT = b"\xfftOc\0\0\0\2", 8 + 4 * 256
#: Packs with differences that each thread keeps open.
_OPEN_MOST = 4
_CHUNK = 256 * KIB
#: To look for one object costs as much as to list so many.
_LISTED_AT_ONCE = 16


class DamagedPack(Unavailable):
    """A pack is not the one that its index is for: it was cut short when a machine lost power."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is damaged: restore it from a backup.")


class Found(NamedTuple):
    """Where an object lies.

    Attributes:
        raw: its id, 20 bytes.
        pack: the file.
        offset: where the object begins in it.
        entries: the index of the pack.
    """

    raw: RawObjectID
    pack: Path
    offset: int
    entries: PackIndex


class PackFolder:
    """The packs in one folder.

    Args:
        path: the folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stems: dict[str, None] = {}
        self.refresh()

    def refresh(self) -> bool:
        """Look which packs there are; returns whether they are others than before."""
        try:
            names = {entry.name for entry in os.scandir(self.path)}
        except FileNotFoundError:
            names = set()
        stems = {name[:-5] for name in names if name.endswith(".pack") and f"{name[:-5]}.idx" in names}
        if stems == self._stems.keys():
            return False
        known = [stem for stem in self._stems if stem in stems]
        self._stems = dict.fromkeys([*sorted(stems - self._stems.keys()), *known])
        return True

    @property
    def stems(self) -> list[str]:
        """The names of the packs, without an ending, as of the last look."""
        return list(self._stems)

    def find(self, name: str) -> Found | None:
        """Where an object lies, or None when it is in none of the packs that are known."""
        raw = RawObjectID(bytes.fromhex(name))
        for at, stem in enumerate(self._stems):
            try:
                index = _INDEXES.get(self.path / f"{stem}.idx")
                offset = index.object_offset(raw)
            except (KeyError, FileNotFoundError, DamagedPack):
                continue
            if at:
                # What is looked for next lies most probably in the same.
                del self._stems[stem]
                self._stems = {stem: None, **self._stems}
            return Found(raw, self.path / f"{stem}.pack", offset, index)
        return None

    def check(self, stem: str) -> None:
        """Look whether a pack is the one that its index is for.

        Raises:
            DamagedPack: when it was cut short.
        """
        path = self.path / f"{stem}.idx"
        _INDEXES.forget(path)
        _INDEXES.get(path)

    def names(self, stem: str) -> Iterator[bytes]:
        """The raw ids of all objects in a pack.

        Raises:
            FileNotFoundError: when it is gone.
            DamagedPack: when it is not what its index says.
        """
        path = self.path / f"{stem}.idx"
        index = _INDEXES.get(path)
        with path.open("rb") as file:
            head = file.read(_NAMES_AT)
            names = file.read(20 * len(index))
        if head.startswith(_VERSION_2):
            return (names[at : at + 20] for at in range(0, len(names), 20))
        return map(bytes, map(index.object_sha_at_position, range(len(index))))

    def which(self, names: Iterable[str]) -> set[str]:
        """Those of some objects that are in one of the packs that are known."""
        left, found, large = set(names), set[str](), False
        for stem in self.stems:
            with suppress(FileNotFoundError, DamagedPack):
                if len(_INDEXES.get(self.path / f"{stem}.idx")) < _LISTED_AT_ONCE * len(left):
                    found |= left.intersection(raw.hex() for raw in self.names(stem))
                    left -= found
                else:
                    large = True
        return found | {name for name in left if large and self.find(name)}

    def holding_just(self, names: Collection[str]) -> Path | None:
        """The pack that holds some objects and nothing else, if there is one.

        Args:
            names: ids of the objects, each once.
        """
        self.refresh()
        for stem in self._stems:
            with suppress(FileNotFoundError, DamagedPack):
                index = _INDEXES.get(self.path / f"{stem}.idx")
                if len(index) == len(names) and all(raw.hex() in names for raw in self.names(stem)):
                    return self.path / f"{stem}.pack"
        return None

    def close(self) -> None:
        """Let go of what this thread has open."""
        _OPEN.drop(self.path)


def read_packed(found: Found) -> Object:
    """An object in a pack.

    Raises:
        FileNotFoundError: when the pack is gone.
    """
    with found.pack.open("rb", buffering=0) as file:
        file.seek(found.offset)
        raw = file.read(_CHUNK)
        kind, size, at = object_head(raw)
        if kind in TYPE_NAMES:
            inflate, parts = zlib.decompressobj(), []
            raw = raw[at:]
            while raw:
                parts.append(inflate.decompress(raw))
                raw = b"" if inflate.eof else file.read(_CHUNK)
            data = parts[0] if len(parts) == 1 else b"".join(parts)
            if len(data) != size:
                raise zlib.error(f"{found.pack.name} is damaged at {found.offset}")
            return Object(kind, data)
    # A difference: several objects make this one.
    return _OPEN.read(found)


class _Indexes:
    """The indexes that were used last, of all repositories of a process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._small: OrderedDict[Path, PackIndex | None] = OrderedDict()
        self._large: OrderedDict[Path, PackIndex | None] = OrderedDict()

    def get(self, path: Path) -> PackIndex:
        known, index, small = False, None, True
        with self._guard:
            for kept in (self._small, self._large):
                if path in kept:
                    kept.move_to_end(path)
                    known, index = True, kept[path]
        if not known:
            index, small = _load(path)
            if not _fits(path.with_suffix(".pack"), index):
                index, small = None, True
                log.error("%s", DamagedPack(path.with_suffix(".pack")).message)
            self._keep(path, index, small)
        if index is None:
            raise DamagedPack(path.with_suffix(".pack"))
        return index

    def forget(self, path: Path) -> None:
        with self._guard:
            self._small.pop(path, None)
            self._large.pop(path, None)

    def _keep(self, path: Path, index: PackIndex | None, small: bool) -> None:
        with self._guard:
            kept = self._small if small else self._large
            kept[path] = index
            while len(kept) > (_SMALL_MOST if small else _LARGE_MOST):
                # Not closed: another thread may look into it. It goes when nobody does.
                kept.popitem(last=False)


def _fits(pack: Path, index: PackIndex) -> bool:
    """Whether a pack ends as its index says."""
    with pack.open("rb") as file:
        file.seek(max(os.fstat(file.fileno()).st_size - 20, 0))
        return bool(file.read() == index.get_pack_checksum())


def _load(path: Path) -> tuple[PackIndex, bool]:
    with path.open("rb") as file:
        small = os.fstat(file.fileno()).st_size <= _SMALL_BYTES
        if not small:
            return load_pack_index_file(path, file, DEFAULT_OBJECT_FORMAT), small
        with BytesIO(file.read()) as content:
            return load_pack_index_file(path, content, DEFAULT_OBJECT_FORMAT), small


class _OpenPacks(OrderedDict[Path, Pack]):
    """Packs that one thread has open; they are closed when the thread ends."""

    def __del__(self) -> None:
        for pack in self.values():
            pack.close()


class _Open(threading.local):
    """The packs with differences that a thread has read from last."""

    def __init__(self) -> None:
        self._packs = _OpenPacks()

    def read(self, found: Found) -> Object:
        pack = self._packs.pop(found.pack, None)
        if pack is None:
            pack = Pack.from_lazy_objects(
                lambda: PackData(found.pack, object_format=DEFAULT_OBJECT_FORMAT),
                lambda: _load(found.pack.with_suffix(".idx"))[0],
            )
        self._packs[found.pack] = pack
        while len(self._packs) > _OPEN_MOST:
            self._packs.popitem(last=False)[1].close()
        try:
            return Object(*pack.get_raw(found.raw))
        except PackFileDisappeared as error:
            self.drop(found.pack.parent)
            raise FileNotFoundError(found.pack) from error

    def drop(self, folder: Path) -> None:
        for path in [path for path in self._packs if path.parent == folder]:
            self._packs.pop(path).close()


_INDEXES, _OPEN = _Indexes(), _Open()
