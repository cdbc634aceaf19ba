"""A canonical repository: an ordinary bare git repository, written durably.

Which commit is published is a row of the database. The branch here is a copy of it, for git clients. So nothing here depends on
a lock: objects are named by their content and put in place whole, and whoever wrote a ref last is put right by the row.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from dulwich.pack import write_pack_index_v2
from dulwich.refs import Ref
from dulwich.repo import Repo

from hubshare.config import KIB, MIB
from hubshare.errors import NotFound
from hubshare.git.ancestry import leads_to
from hubshare.git.durable import durable, flush, make_folders, place_file
from hubshare.git.kept import KEPT, fold_kept
from hubshare.git.known import KnownObjects
from hubshare.git.lock import locked
from hubshare.git.loose import write_loose
from hubshare.git.object_folder import ObjectFolder
from hubshare.git.objects import COMMIT, EMPTY_TREE, TREE, Commit, Object, read_commit
from hubshare.git.packing import pack_objects
from hubshare.git.packs import Pack
from hubshare.git.repack import remove_drafts, repack
from hubshare.git.streams import ObjectStream

MAIN = "refs/heads/main"
LOCK = "hubshare.lock"
#: A pack up to this size and count is taken apart into loose objects, so that packs do not pile up.
_LOOSE_BYTES, _LOOSE_UNPACKED = 512 * KIB, 8 * MIB
_LOOSE_OBJECTS = 32
_KNOWN = KnownObjects()


class Readable(Protocol):
    """Where objects can be read one by one."""

    def read(self, name: str) -> Object: ...

    def kind_and_size(self, name: str) -> tuple[int, int] | None: ...


class Repository:
    """The bare git repository of one project.

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
        self._objects = ObjectFolder(path / "objects")
        self._name = str(path)

    @classmethod
    def create(cls, path: Path, author: str, when: int, message: str) -> Repository:
        """Make a repository with one commit of the empty tree, or open the one that is there."""
        if not (path / "HEAD").exists():
            made = make_folders(path.parent)
            draft = path.with_name(f"{uuid4().hex}.new")
            draft.mkdir()
            try:
                _begin(draft, Commit(EMPTY_TREE, (), author, when, message).encode())
                if path.exists() and not (path / "HEAD").exists():
                    # What an earlier version left when it was killed; nothing was ever published in it.
                    path.replace(path.with_name(f"{uuid4().hex}.unfinished"))
                try:
                    draft.rename(path)
                except OSError:
                    # Somebody else was first.
                    if not (path / "HEAD").exists():
                        raise
                flush(path.parent, *made)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
        return cls(path)

    def close(self) -> None:
        """Let its files go."""
        self._objects.close()
        self._repo.close()

    def lock(self, seconds: float | None = None) -> AbstractContextManager[None]:
        """Have others who want to publish wait, so that they need not do their work twice; see `hubshare.git.lock`.

        Args:
            seconds: how long to wait for it; a default of ours if not given.

        Raises:
            Unavailable: when it was not to be had in time.
        """
        return locked(self.path / LOCK, seconds)

    # reading

    def __contains__(self, name: str) -> bool:
        return name in self._objects

    def read(self, name: str) -> Object:
        """An object by its id.

        Raises:
            NotFound: when the repository does not hold it.
        """
        found = _KNOWN.get(self._name, name)
        if found is None:
            found = self._objects.read(name)
            _KNOWN.put(self._name, name, found)
        return found

    def kind_and_size(self, name: str) -> tuple[int, int] | None:
        """An object's type and size without its content, or None when the repository does not hold it."""
        try:
            return self._objects.kind_and_size(name)
        except NotFound:
            return None

    def beginning(self, name: str, most: int) -> bytes:
        """The first bytes of an object's content; see `ObjectFolder.beginning`.

        Raises:
            NotFound: when the repository does not hold it.
        """
        return self._objects.beginning(name, most)

    def stream(self, name: str, near: int | None = None) -> ObjectStream:
        """An object's content piece by piece, in any thread; whoever takes it closes it. See `ObjectFolder.stream`.

        Raises:
            NotFound: when the repository does not hold it.
        """
        return self._objects.stream(name, near)

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

    def which(self, names: Iterable[str]) -> set[str]:
        """Those of some objects that it holds, as of one look at its packs."""
        return self._objects.which(names)

    def pack_of_just(self, names: Collection[str]) -> Path | None:
        """The pack that holds some objects and nothing else, if there is one; its index lies beside it."""
        return self._objects.packs.holding_just(names)

    def packed(self, names: Collection[str], folder: Path, size: int) -> Path:
        """Write a pack of some of its objects; see `hubshare.git.packing`."""
        return pack_objects(self.path, self._objects, names, folder, size)

    @property
    def main(self) -> str:
        """The branch as git clients see it: a copy of what is published."""
        found = self.ref(MAIN)
        if found is None:
            raise NotFound(f"The repository {self.path.name} has no branch main: restore it from a backup.")
        return found

    # writing

    def add(self, items: Iterable[Object]) -> None:
        """Write loose objects; all of them are on disk when this returns."""
        for name, item in write_loose(str(self.path / "objects"), items).items():
            _KNOWN.put(self._name, name, item)

    def install(self, pack: Pack) -> None:
        """Take in all objects of a verified pack; they are on disk when this returns."""
        if is_small(pack):
            self.add(pack.read(name) for name in pack.places)
            return
        folder = self.path / "objects" / "pack"
        stem = folder / f"pack-{pack.checksum.hex()}"
        entries = sorted((bytes.fromhex(name), place.start, place.crc) for name, place in pack.places.items())
        index = BytesIO()
        write_pack_index_v2(index, entries, pack.checksum)
        if _holds(stem.with_suffix(".idx"), [index.getvalue()]) and _holds(stem.with_suffix(".pack"), pack.raw()):
            # Whoever put them there may have died before the folder was flushed.
            flush(folder)
            return
        with durable(stem.with_suffix(".pack")) as file:
            for piece in pack.raw():
                file.write(piece)
        with durable(stem.with_suffix(".idx")) as file:
            file.write(index.getvalue())
        flush(folder)

    def install_files(self, pack: Path, names: Collection[str], source: Readable) -> None:
        """Take in a pack that git has made of verified objects; they are on disk when this returns.

        Args:
            pack: the file; its index lies beside it.
            names: ids of the objects in it.
            source: where these can be read.
        """
        size = pack.stat().st_size
        few = len(names) <= _LOOSE_OBJECTS and size <= _LOOSE_BYTES
        if few and _small(len(names), size, sum((source.kind_and_size(name) or (0, 0))[1] for name in names)):
            self.add(map(source.read, names))
            return
        folder = self.path / "objects" / "pack"
        # The pack comes before its index: what has an index is looked into.
        for path in (pack, pack.with_suffix(".idx")):
            place_file(path, folder / f"pack-{pack.stem.rpartition('-')[2]}{path.suffix}")
        flush(folder)

    def set_ref(self, name: str, new: str) -> None:
        """Point a ref at a commit, flushed to disk."""
        path = self.path / name
        made = make_folders(path.parent)
        # Not beside it: git takes every file there for a ref.
        draft = self.path / f"{uuid4().hex}.ref"
        try:
            with draft.open("w") as file:
                file.write(f"{new}\n")
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        flush(path.parent, *made)

    def fold_kept(self) -> None:
        """Put the refs of commits of which nothing was published into one, when there are many; see `hubshare.git.kept`."""
        fold_kept(self.path, self._repo.refs, self._is_commit, self.add)

    def mirror(self, head: str, before: str = "") -> None:
        """Have the branch that git clients see be a copy of what is published.

        A branch that is ahead of that is left: the database has come back from a backup, see `ahead_of`.

        Args:
            head: the published commit, as the database has it.
            before: what was published before, so that this is most probably what the branch holds.
        """
        held = self.branch
        if held == head or not head:
            return
        if held and held != before and self._is_commit(held):
            if leads_to(self.commit, held, head):
                return
            if not leads_to(self.commit, head, held):
                self.set_ref(f"{KEPT}/{held}", held)
        self.set_ref(MAIN, head)

    def ahead_of(self, head: str) -> list[str]:
        """The commits that the branch has published after `head`, the oldest first.

        There are none but when the database has come back from a backup that is older than the repository: the branch moves
        after the database. They are the first parents of the branch; where these do not lead to `head`, only its tip.
        """
        held = self.branch
        if not head or held in ("", head) or not self._is_commit(held) or not leads_to(self.commit, held, head):
            return []
        found, name = list[str](), held
        while name != head:
            found.append(name)
            parents = self.commit(name).parents
            if not parents:
                return [held]
            name = parents[0]
        return found[::-1]

    @property
    def branch(self) -> str:
        """What is written in the branch; "" when that is nothing at all."""
        try:
            return (self.path / MAIN).read_text().strip()
        except (FileNotFoundError, UnicodeDecodeError):
            return ""

    def _is_commit(self, name: str) -> bool:
        return re.fullmatch("[0-9a-f]{40}", name) is not None and (self.kind_and_size(name) or (0, 0))[0] == COMMIT

    def maintain(self, now: float | None = None) -> int:
        """Put what lies about in pieces together; no object is ever dropped. See `hubshare.git.repack`.

        Args:
            now: by which ages are told, in seconds since 1970; what this machine's clock says if not given.

        Returns:
            How many objects were put into a new pack.
        """
        now = time.time() if now is None else now
        remove_drafts(self.path, now)
        return repack(self.path, self._objects, now)


def _holds(path: Path, pieces: Iterable[bytes]) -> bool:
    """Whether a file holds just this: a damaged one must not keep a good copy out."""
    try:
        with path.open("rb") as file:
            return all(file.read(len(piece)) == piece for piece in pieces) and not file.read(1)
    except OSError:
        return False


def is_small(pack: Pack) -> bool:
    """Return whether a pack is taken apart into loose objects when it is taken in."""
    return _small(len(pack.places), pack.size, sum(place.size for place in pack.places.values()))


def _small(objects: int, packed: int, unpacked: int) -> bool:
    return objects <= _LOOSE_OBJECTS and packed <= _LOOSE_BYTES and unpacked <= _LOOSE_UNPACKED


def _begin(path: Path, first: Object) -> None:
    """Make an empty folder a repository with one commit."""
    Repo.init_bare(str(path), default_branch=b"main").close()
    made = Repository(path)
    try:
        config = made._repo.get_config()
        config.set((b"uploadpack",), b"hideRefs", b"refs/hubshare")
        config.write_to_path()
        made.add([Object(TREE, b""), first])
        made.set_ref(MAIN, first.id)
    finally:
        made.close()
    flush(path, *path.rglob("*"))
