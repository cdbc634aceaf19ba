"""A canonical repository: an ordinary bare git repository, written durably and under a lock."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple
from urllib.parse import unquote

from dulwich.file import FileLocked
from dulwich.objects import ObjectID, ShaFile
from dulwich.pack import write_pack_index_v2
from dulwich.refs import Ref
from dulwich.repo import Repo

from hubshare.config import KIB, MIB
from hubshare.errors import Clash, NotFound
from hubshare.git.objects import (
    COMMIT,
    EMPTY_TREE,
    FOLDER,
    TREE,
    TYPE_NAMES,
    Commit,
    Object,
    read_commit,
    read_tree,
    signature,
)
from hubshare.git.packs import Pack, PackWriter, kind_and_size, object_head

MAIN = "refs/heads/main"
#: A pack up to this size and count is taken apart into loose objects, so that packs do not pile up.
_LOOSE_BYTES, _LOOSE_UNPACKED = 512 * KIB, 16 * MIB
_LOOSE_OBJECTS = 32
#: More loose objects than this are put together into one pack by `maintain`.
_LOOSE_MOST = 4000

_BY_GIT = "push by git"
_PUSH = re.compile(
    r"(?P<old>[0-9a-f]{40}) (?P<new>[0-9a-f]{40}) [^<>\n]*<(?P<user>[^<>\n]*)@hubshare> (?P<time>\d+) \+0000\t"
    + _BY_GIT
)


class Logged(NamedTuple):
    """A push by somebody's git, as the log of the branch has it.

    Attributes:
        old: what was published before.
        user: the authenticated pusher.
        time: seconds since 1970, UTC.
    """

    old: str
    user: str
    time: int


class PublishedVersion(NamedTuple):
    """One published version.

    Attributes:
        commit: what was published.
        snapshot: what was pushed: the second parent of a merge that the centre made, else the commit itself.
        author: the Hub user who pushed it.
        time: seconds since 1970, UTC.
        summary: the first line of its message.
    """

    commit: str
    snapshot: str
    author: str
    time: int
    summary: str


class Repository:
    """The bare git repository of one project.

    Reading needs no lock. Everything that writes is called inside `lock()`, which also makes it safe to remove
    what a killed process left locked.

    Args:
        path: the repository's folder.

    Raises:
        NotFound: when there is no repository.
    """

    def __init__(self, path: Path) -> None:
        if not (path / "HEAD").exists():
            raise NotFound(f"The repository {path.name} is missing from the data folder: restore it from a backup.")
        self.path = path
        self._repo = Repo(str(path))
        self._repo.object_store.fsync_object_files = True

    @classmethod
    def create(cls, path: Path, author: str, time: int, message: str) -> Repository:
        """Make a repository with one commit of the empty tree; finish one that was begun before a crash."""
        path.mkdir(parents=True, exist_ok=True)
        with _locked(path):
            if not (path / "HEAD").exists():
                Repo.init_bare(str(path), default_branch=b"main").close()
            repo = Repo(str(path))
            config = repo.get_config()
            config.set((b"uploadpack",), b"hideRefs", b"refs/hubshare")
            config.write_to_path()
            repo.close()
            made = cls(path)
            if made.ref(MAIN) is None:
                first = Commit(EMPTY_TREE, (), author, time, message).encode()
                made.add([Object(TREE, b""), first])
                made.set_ref(MAIN, first.id)
        return made

    def close(self) -> None:
        """Let its files go."""
        self._repo.close()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the repository for writing; other processes and threads wait. The kernel frees it on any death."""
        with _locked(self.path):
            yield

    # reading

    def __contains__(self, name: str) -> bool:
        return ObjectID(name.encode()) in self._repo.object_store

    def read(self, name: str) -> Object:
        """An object by its id.

        Raises:
            NotFound: when the repository does not hold it.
        """
        try:
            kind, data = self._repo.object_store.get_raw(ObjectID(name.encode()))
        except KeyError:
            raise NotFound(f"Object {name} is not in this project.") from None
        return Object(kind, data)

    def kind_and_size(self, name: str) -> tuple[int, int] | None:
        """An object's type and size without its content, or None when the repository does not hold it."""
        for pack in self._repo.object_store.packs:
            try:
                offset = pack.index.object_offset(ObjectID(name.encode()))
            except KeyError:
                continue
            with Path(os.fsdecode(pack.data.path)).open("rb") as file:
                return kind_and_size(file, offset, pack.index.object_offset)
        try:
            with (self.path / "objects" / name[:2] / name[2:]).open("rb") as file:
                # Deflate's tables come before the first byte and may take some hundred bytes.
                head = zlib.decompressobj().decompress(file.read(4096), 32)
        except FileNotFoundError:
            return None
        word, digits = head.partition(b"\0")[0].split()
        return next(number for number, known in TYPE_NAMES.items() if known == word), int(digits)

    def beginning(self, name: str, most: int) -> bytes:
        """The first bytes of an object's content. Only of one that is kept as a delta all of it is unpacked for that.

        Args:
            most: how many bytes, at least 1.

        Raises:
            NotFound: when the repository does not hold it.
        """
        for pack in self._repo.object_store.packs:
            try:
                offset = pack.index.object_offset(ObjectID(name.encode()))
            except KeyError:
                continue
            with Path(os.fsdecode(pack.data.path)).open("rb") as file:
                file.seek(offset)
                # What cannot be compressed is a little longer than it was.
                raw = file.read(most + 4096)
            kind, _, at = object_head(raw)
            if kind not in TYPE_NAMES:
                return self.read(name).data[:most]
            return zlib.decompressobj().decompress(raw[at:], most)
        try:
            with (self.path / "objects" / name[:2] / name[2:]).open("rb") as file:
                loose = zlib.decompressobj().decompress(file.read(most + 4096), most + 32)
        except FileNotFoundError:
            raise NotFound(f"Object {name} is not in this project.") from None
        return loose.partition(b"\0")[2][:most]

    def tree(self, name: str) -> bytes:
        """The raw content of a tree."""
        if name == EMPTY_TREE:
            return b""
        found = self.read(name)
        if found.type != TREE:
            raise NotFound(f"Object {name} is not a tree.")
        return found.data

    def commit(self, name: str) -> Commit:
        """A commit by its id."""
        found = self.read(name)
        if found.type != COMMIT:
            raise NotFound(f"Object {name} is not a version of this project.")
        return read_commit(found.data)

    def ref(self, name: str) -> str | None:
        """What a ref points to, or None."""
        try:
            return self._repo.refs[Ref(name.encode())].decode()
        except KeyError:
            return None

    @property
    def main(self) -> str:
        """The published commit."""
        found = self.ref(MAIN)
        if found is None:
            raise NotFound(f"The repository {self.path.name} has no branch main: restore it from a backup.")
        return found

    def published(self, start: str, stop: str | None = None) -> list[PublishedVersion]:
        """The published versions from `start` backwards, `stop` not included.

        A push by git is one version, however many commits it brings, and what came before it is in the log. Before any
        other version came its first parent. If that does not lead to `stop`, because the log is lost, `start` is the one
        version after it.
        """
        pushes, found = self.logged_pushes(), list[PublishedVersion]()
        name: str | None = start
        while name is not None and name != stop:
            commit, push = self.commit(name), pushes.get(name)
            if push is not None:
                found.append(PublishedVersion(name, name, push.user, push.time, commit.summary))
                name = push.old
            else:
                snapshot = commit.parents[1] if len(commit.parents) > 1 else name
                found.append(PublishedVersion(name, snapshot, commit.author, commit.time, commit.summary))
                name = commit.parents[0] if commit.parents else None
        return found if name == stop else found[:1]

    def logged_pushes(self) -> dict[str, Logged]:
        """The pushes by git, by what each published; also one that a crash cut short before it moved the branch."""
        try:
            text = (self.path / "logs" / MAIN).read_text(errors="replace")
        except FileNotFoundError:
            return {}
        found = filter(None, map(_PUSH.fullmatch, text.split("\n")))
        return {line["new"]: Logged(line["old"], unquote(line["user"]), int(line["time"])) for line in found}

    def new_objects(self, have: str, want: str) -> Iterator[str]:
        """Ids of the trees, then the blobs, that tree `want` holds in other places than tree `have`."""
        trees, blobs = dict[str, None](), dict[str, None]()

        def visit(old: str, new: str) -> None:
            if old == new or new in trees or new == EMPTY_TREE:
                return
            trees[new] = None
            before = read_tree(self.tree(old))
            for name, (mode, item) in read_tree(self.tree(new)).items():
                was_mode, was = before.get(name, (FOLDER, EMPTY_TREE))
                if mode == FOLDER:
                    visit(was if was_mode == FOLDER else EMPTY_TREE, item)
                elif was != item:
                    blobs[item] = None

        visit(have, want)
        yield from trees
        yield from blobs

    def write_update(self, file: IO[bytes], have: str | None, want: str) -> None:
        """Write the pack that brings a checkout from one commit to another: the commit, new trees, new blobs.

        Args:
            file: opened for reading and writing, empty.
            have: the commit that the checkout holds, or None for nothing.
            want: the commit that it is to hold.
        """
        writer = PackWriter(file)  # type: ignore[arg-type]
        writer.add(self.read(want))
        old = self.commit(have).tree if have else EMPTY_TREE
        for name in self.new_objects(old, self.commit(want).tree):
            writer.add(self.read(name))
        writer.close()

    # writing, inside lock()

    def add(self, items: Iterable[Object]) -> None:
        """Write loose objects, each flushed to disk."""
        for item in items:
            self._unlocking(self._repo.object_store.add_object, ShaFile.from_raw_string(item.type, item.data))

    def install(self, pack: Pack) -> None:
        """Take in all objects of a verified pack; they are on disk when this returns."""
        if _small(len(pack.places), len(pack.raw), sum(place.size for place in pack.places.values())):
            self.add(pack.read(name) for name in pack.places)
            return
        folder = self.path / "objects" / "pack"
        stem = folder / f"pack-{pack.checksum.hex()}"
        if stem.with_suffix(".idx").exists():
            return
        entries = sorted((bytes.fromhex(name), place.start, place.crc) for name, place in pack.places.items())
        with _durable(stem.with_suffix(".pack")) as file:
            file.write(pack.raw)
        with _durable(stem.with_suffix(".idx")) as file:
            write_pack_index_v2(file, entries, pack.checksum)
        _sync_folder(folder)

    def install_files(self, pack: Path, names: Collection[str], source: Repository) -> None:
        """Take in a pack that git has made of verified objects; they are on disk when this returns.

        Args:
            pack: the file; its index lies beside it.
            names: ids of the objects in it.
            source: another repository, from which these can be read one by one.
        """
        size = pack.stat().st_size
        few = len(names) <= _LOOSE_OBJECTS and size <= _LOOSE_BYTES
        if few and _small(len(names), size, sum((source.kind_and_size(name) or (0, 0))[1] for name in names)):
            self.add(map(source.read, names))
            return
        folder = self.path / "objects" / "pack"
        # The pack comes before its index: what has an index is looked into.
        for path in (pack, pack.with_suffix(".idx")):
            with (
                path.open("rb") as file,
                _durable(folder / f"pack-{pack.stem.rpartition('-')[2]}{path.suffix}") as made,
            ):
                shutil.copyfileobj(file, made, MIB)
        _sync_folder(folder)

    def set_ref(self, name: str, new: str, old: str | None = None) -> None:
        """Point a ref at `new`, flushed to disk.

        Raises:
            Clash: when `old` is given and the ref points elsewhere.
        """
        done = self._unlocking(
            self._repo.refs.set_if_equals, Ref(name.encode()), old.encode() if old else None, ObjectID(new.encode())
        )
        if not done:
            raise Clash(f"{name} has moved on since it was read.")
        _sync_folder((self.path / name).parent)

    def log_push(self, new: str, push: Logged) -> None:
        """Note that a push by git is about to publish `new`, in git's own log of the branch, flushed to disk.

        A commit of somebody's git says neither who pushed it nor what was published before.
        """
        log = self.path / "logs" / MAIN
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            # A line that a crash has cut short would swallow this one.
            start = "" if file.read() in (b"", b"\n") else "\n"
            file.write(f"{start}{push.old} {new} {signature(push.user)} {push.time} +0000\t{_BY_GIT}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        for folder in (log.parent, *log.parents[1:3], self.path):
            _sync_folder(folder)

    def maintain(self) -> int:
        """Put many loose objects together into one pack; nothing is ever dropped. Returns how many."""
        store = self._repo.object_store
        names = [name.decode() for name in store._iter_loose_objects()]
        if len(names) < _LOOSE_MOST:
            return 0
        temporary = self.path / "objects" / "pack" / "maintain.tmp"
        with temporary.open("w+b") as file:
            writer = PackWriter(file)
            for name in names:
                writer.add(self.read(name))
            writer.close()
        from hubshare.config import Limits

        most = max(temporary.stat().st_size, 1) * 2000
        with Pack(temporary, Limits(max_push_bytes=most, max_file_bytes=most, max_push_objects=len(names))) as pack:
            self.install(pack)
        temporary.unlink()
        for name in names:
            store.delete_loose_object(ObjectID(name.encode()))
        return len(names)

    @staticmethod
    def _unlocking(write: Callable[..., Any], *args: Any) -> Any:
        """Write through dulwich; a `.lock` that is found while the repository is ours was left by a dead process."""
        try:
            return write(*args)
        except FileLocked as locked:
            Path(os.fsdecode(locked.lockfilename)).unlink(missing_ok=True)
            return write(*args)


def _small(objects: int, packed: int, unpacked: int) -> bool:
    return objects <= _LOOSE_OBJECTS and packed <= _LOOSE_BYTES and unpacked <= _LOOSE_UNPACKED


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a repository's lock. Its file has a byte in it while somebody writes, and keeps it when they die of that."""
    with (path / "hubshare.lock").open("ab", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_size:
            # git calls it damage when the `.lock` of an object is left.
            for left in [*path.glob("objects/??/*.lock"), *path.glob("refs/**/*.lock")]:
                left.unlink(missing_ok=True)
        else:
            file.write(b"w")
        try:
            yield
        finally:
            file.truncate(0)


@contextmanager
def _durable(path: Path) -> Iterator[IO[bytes]]:
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
