"""Quarantine: a push by git is looked at in a repository of its own. Nothing of it is in the project before."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from hubshare import metering
from hubshare.config import KIB, MIB, Limits
from hubshare.errors import BadPack, Clash, NotFound, TooLarge, Unavailable
from hubshare.git.declared import check_declared
from hubshare.git.objects import BLOB, COMMIT, EMPTY_TREE, TREE, TYPE_NAMES, Commit, Object
from hubshare.git.packs import MOST
from hubshare.git.pktline import NOTHING
from hubshare.git.published import published_among
from hubshare.git.repository import Readable, Repository
from hubshare.git.stock import Bounds, Done, running
from hubshare.names import sizes

#: What one run of git may take, of the clock and of the processor.
_SECONDS, _PROCESSOR_SECONDS = 300, 120
#: What is pushed is gone through once, from one end to the other: no more of it need be mapped.
_LITTLE_MAPPED = ("-c", "core.packedGitWindowSize=4m", "-c", "core.packedGitLimit=16m")
_KINDS = {name.decode(): kind for kind, name in TYPE_NAMES.items()}
_INCOMPLETE = "The push is incomplete: it needs what is neither in it nor published. Run `git fetch`, then push again."
#: How git says that something is not there; of another type is what it was not asked to take in.
_LACKS = re.compile(
    "unresolved delta|did not receive expected object|bad object|expected type|missing (blob|tree|commit)"
    "|unable to read [0-9a-f]{40}"
)
_LISTED = "--batch-check=%(objectname) %(objecttype) %(objectsize) %(deltabase)"
#: What a project keeps of files that are larger is whole: to put a difference together takes as much memory as both its sides.
_WHOLE_BYTES = 4 * MIB


class NotForward(Clash):
    """What is pushed does not follow from what is published."""


class AcceptedPack(NamedTuple):
    """What a push brings, packed and ready to be taken in.

    Attributes:
        path: of the pack; its index lies beside it.
        names: ids of the objects in it.
        source: where these are read from.
        beside: a pack that belongs to it.
    """

    path: Path
    names: list[str]
    source: Readable
    beside: AcceptedPack | None = None

    @property
    def size(self) -> int:
        """Of the packs, in bytes."""
        return self.path.stat().st_size + (self.beside.size if self.beside else 0)

    def install(self, repository: Repository) -> None:
        """Have a repository take it in."""
        if self.beside is not None:
            self.beside.install(repository)
        repository.install_files(self.path, self.names, self.source)


class Quarantine:
    """A bare repository of its own for one push, which borrows the objects of the project's.

    Args:
        path: its folder, empty.
        repository: of the project; only read.
        limits: what is accepted.
    """

    def __init__(self, path: Path, repository: Repository, limits: Limits) -> None:
        self.path, self.repository, self.limits = path, repository, limits
        for part in ("refs", "objects/info", "objects/pack"):
            (path / part).mkdir(parents=True)
        (path / "HEAD").write_text("ref: refs/heads/main\n")
        (path / "objects/info/alternates").write_text(f"{repository.path.absolute()}/objects\n")
        self._own = Repository(path)
        self._pushed: set[str] = set()
        self._built_on: set[str] = set()
        self._large: set[str] = set()

    @classmethod
    @contextmanager
    def around(cls, pack: Path, repository: Repository, limits: Limits) -> Iterator[Quarantine]:
        """Take a pack in, as git sent it; all is gone at the end.

        Raises:
            BadPack: when it is damaged or incomplete, or git calls something in it broken.
            TooLarge: when it, or something in it, is over a limit.
        """
        path = pack.with_name(uuid4().hex)
        try:
            made = cls(path, repository, limits)
            with closing(made._own):
                made._unpack(pack)
                yield made
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def tree(self, name: str) -> bytes:
        """The raw content of a tree, pushed or not."""
        if name == EMPTY_TREE:
            return b""
        found = self.kind_and_size(name)
        if found is None or found[0] != TREE:
            raise BadPack(f"Object {name} stands for a folder but is not one.")
        return self.read(name).data

    def kind_and_size(self, name: str) -> tuple[int, int] | None:
        """An object's type and size, pushed or not."""
        return self._own.kind_and_size(name) or self.repository.kind_and_size(name)

    def read(self, name: str) -> Object:
        """An object, pushed or not."""
        try:
            return self._own.read(name)
        except NotFound:
            return self.repository.read(name)

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content of an object, pushed or not, piece by piece."""
        with (self._own if name in self._own else self.repository).stream(name) as content:
            yield from content

    def commit(self, name: str) -> Commit:
        """A commit, pushed or not."""
        try:
            return self._own.commit(name)
        except NotFound:
            return self.repository.commit(name)

    def builds_on(self, old: str, new: str) -> bool:
        """Whether a commit has another one in its history."""
        with running(self.path, "merge-base", "--is-ancestor", old, new) as done:
            if done.code == 1:
                return False
            _check(done)
        return True

    def new_commits(self, old: str, new: str, first: bool = False) -> list[str]:
        """The commits that `new` brings to a project that has published `old`.

        Args:
            first: `old` is the empty first version, which `new` replaces.

        Raises:
            NotForward: when `new` does not build on `old`.
            BadPack: when it is no commit.
        """
        self._check_complete(old, new)
        found = self.kind_and_size(new)
        if found is None or found[0] != COMMIT:
            raise BadPack(f"Object {new[:10]} is not a commit that was pushed.")
        if not first and not self.builds_on(old, new):
            raise NotForward("What you push does not build on what is published: run `git pull`, then push again.")
        most = self.limits.max_push_objects
        with running(self.path, "rev-list", f"--max-count={most + 1}", new, f"^{old}") as done:
            _check(done)
            names = [line.decode().strip() for line in done.output]
        if len(names) > most:
            raise TooLarge(f"The push brings more than {most:,} commits: push it in parts.")
        return names

    def _check_complete(self, old: str, new: str) -> None:
        """Hold all that `new` leads to, and was not pushed, to be published: what is only kept is as good as not there.

        Else whoever knows an id got what it stands for, or found out that it is there.
        """
        if new not in self._pushed and new not in published_among(self.repository.path, old, {new}, self._bounds):
            raise BadPack(f"Object {new[:10]} is not a commit that was pushed.")
        if not self._built_on <= published_among(self.repository.path, old, self._built_on, self._bounds):
            raise BadPack(_INCOMPLETE)
        args = ("rev-list", "--objects", "--no-object-names", new, f"^{old}")
        with running(self.path, *args, bounds=self._bounds) as done:
            if done.code != 0 and _LACKS.search(done.said):
                raise BadPack(_INCOMPLETE)
            _check(done)
            borrowed = {name for line in done.output if (name := line[:40].decode()) not in self._pushed}
        if not borrowed <= published_among(self.repository.path, old, borrowed, self._bounds):
            raise BadPack(_INCOMPLETE)

    def pack(self, old: str, new: str) -> AcceptedPack:
        """Pack just what `new` brings to a project that has published `old`, whatever else was pushed with it."""
        if not self._large:
            return self._packed(["--revs"], [new, f"^{old}"])
        with running(self.path, "rev-list", "--objects", "--no-object-names", new, f"^{old}") as done:
            _check(done)
            names = [line.decode().strip() for line in done.output]
        large = [name for name in names if name in self._large]
        beside = self._packed(["--no-reuse-delta"], large) if large else None
        return self._packed([], [name for name in names if name not in self._large])._replace(beside=beside)

    def _packed(self, how: list[str], given: list[str]) -> AcceptedPack:
        args = (*_LITTLE_MAPPED, "pack-objects", *how, "--delta-base-offset", "--window=0", "-q")
        asked = "".join(f"{name}\n" for name in given).encode()
        with running(self.path, *args, str(self.path / "accepted"), given=asked, bounds=self._bounds) as done:
            _check(done)
            name = done.output.read().decode().strip()
        path = self.path / f"accepted-{name}.pack"
        return AcceptedPack(path, self._names(path.with_suffix(".idx")), self)

    @property
    def _bounds(self) -> Bounds:
        """What one run of git may use up: a large file, what it differs from and the difference; and a list of all objects."""
        memory = 512 * MIB + 4 * self.limits.max_file_bytes + self.limits.max_push_objects * KIB
        return Bounds(memory, 2 * self.limits.max_push_bytes + 64 * MIB, _SECONDS, _PROCESSOR_SECONDS)

    def _unpack(self, pack: Path) -> None:
        most, size = self.limits.max_push_bytes, pack.stat().st_size
        if size > most:
            found, allowed = sizes(size, most)
            raise TooLarge(f"The push has {found}; at most {allowed} are accepted: push it in parts.")
        if not size:
            return
        with pack.open("rb", buffering=0) as file:
            head = file.read(12)
            if not head.startswith(b"PACK"):
                raise BadPack("This is not a pack: push again.")
            count = int.from_bytes(head[8:], "big")
            if count > self.limits.max_push_objects:
                most = self.limits.max_push_objects
                raise TooLarge(f"The push holds {count:,} objects; at most {most:,} are accepted: push it in parts.")
            if not count:
                return
            metering.count(inflated=check_declared(pack, self.limits))
            args = (
                *_LITTLE_MAPPED,
                "index-pack",
                "--stdin",
                "--strict",
                "--fix-thin",
                f"--max-input-size={most}",
                "--threads=1",
            )
            with running(self.path, *args, given=file, bounds=self._bounds) as done:
                if done.code != 0 and _LACKS.search(done.said):
                    raise BadPack(_INCOMPLETE)
                _check(done, "Git does not accept what was pushed")
        (index,) = (self.path / "objects/pack").glob("*.idx")
        names = self._names(index)
        # What the pack builds on, git has put behind what came in.
        self._pushed, self._built_on = set(names[:count]), set(names[count:])
        self._measure(names)

    def _names(self, index: Path) -> list[str]:
        """Ids of the objects in a pack, in their order there."""
        with index.open("rb") as file, running(self.path, "show-index", given=file) as done:
            _check(done)
            found = sorted((int(at), name.decode()) for at, name, *_ in map(bytes.split, done.output))
        return [name for _, name in found]

    def _measure(self, found: list[str]) -> None:
        """Hold each pushed object, and all together, to the limits, before any of them is read."""
        unpacked = 0
        names = "\n".join(found).encode()
        with running(self.path, "cat-file", _LISTED, "--buffer", given=names, bounds=self._bounds) as done:
            _check(done)
            for line in done.output:
                name, word, digits, base = line.decode().split()
                if name in self.repository:
                    # What the pack builds on: the project has it already.
                    continue
                kind, size = _KINDS.get(word), int(digits)
                most = MOST.get(kind, self.limits.max_file_bytes) if kind else MOST[COMMIT]
                if size > most:
                    what = "a file" if kind == BLOB else f"a {word}"
                    where = f"`git log --find-object={name[:10]}` shows where"
                    has, allowed = sizes(size, most)
                    raise TooLarge(f"The push holds {what} of {has}; at most {allowed} are accepted ({where}).")
                unpacked += size
                if size > _WHOLE_BYTES and base != NOTHING:
                    self._large.add(name)
        if unpacked > self.limits.max_push_bytes:
            has, allowed = sizes(unpacked, self.limits.max_push_bytes)
            raise TooLarge(f"The push unpacks to {has}; at most {allowed} are accepted: push it in parts.")


def _check(done: Done, refusal: str = "") -> None:
    """Say why git has failed.

    Args:
        refusal: what it means when it is not for want of room: the fault is in what was pushed. Else it is here.
    """
    if done.code == 0:
        return
    if done.code < 0 or "ut of memory" in done.said:
        raise TooLarge("The push takes too much time or memory to look at: push it in parts.")
    lines = [line for line in done.said.splitlines() if line.startswith(("error: ", "fatal: "))]
    # The first error is the cause of the rest.
    first = min(lines, key=lambda line: line.startswith("fatal: "), default=f"it ended with code {done.code}")
    words = "".join(ch if ch.isprintable() else "?" for ch in first.removeprefix("error: ").removeprefix("fatal: "))[
        :300
    ]
    if refusal and "No space left" not in words:
        raise BadPack(f"{refusal}: {words}")
    raise Unavailable(f"Git could not look at the push: {words}")
