"""Verification of what is pushed, by an agent or by git: nothing in it is believed before it has been looked at."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol

from hubshare.config import MIB, Limits
from hubshare.errors import BadPack, HasOutputs, HubShareError, NotFound, TooLarge
from hubshare.git.objects import (
    BLOB,
    COMMIT,
    EMPTY_TREE,
    FOLDER,
    TREE,
    Commit,
    Object,
    TreeReader,
    decode_commit,
    read_commit,
    read_tree,
)
from hubshare.git.packs import Pack
from hubshare.git.published import PublishedObjects
from hubshare.git.repository import Repository
from hubshare.git.tree_size import ChangedPaths
from hubshare.names import CONTROL, git_meaning, link_fault, own_fault, path_fault, quoted
from hubshare.sync.trees import EXECUTABLE, FILE, LINK, Entry, Side

_LINK_BYTES = 4096
#: git refuses a `.gitattributes` with a line of so many bytes, or a larger one (`fsck --strict`: gitattributesLineLength,
#: gitattributesLarge).
ATTRIBUTES_LINE, ATTRIBUTES_BYTES = 2048, 100 * MIB
_LONG_LINE = re.compile(rb"[^\n]{%d}" % ATTRIBUTES_LINE)
_DAY = 86_400
#: What a person says, or a path, with what an agent notes.
_MESSAGE_CHARACTERS = 10_000
#: When so many paths were looked at, it is counted how many there are, and the highest number that is said.
_COUNTED_FIRST, _SAID_MOST = 20_000, 10**12


#: Path to (side in the parent, side in the commit).
Changes = dict[str, tuple[Side, Side]]


class VerifiedPush(NamedTuple):
    """A verified push.

    Attributes:
        name: id of the snapshot commit.
        commit: the commit.
        changes: path to (side in its parent, side in the snapshot).
        complete: whether the pack holds all in which it differs from its parent, but for what was moved within it, and so
            brings anybody from there to it.
    """

    name: str
    commit: Commit
    changes: Changes
    complete: bool = True


def is_attributes(path: str) -> bool:
    """Whether git reads a file at this path as `.gitattributes`, on some file system at least."""
    return git_meaning(path.rpartition("/")[2]) == ".gitattributes"


def long_attributes(path: str, content: Iterable[bytes]) -> bool:
    """Whether this is a `.gitattributes` that git would call broken.

    Args:
        content: in pieces, of which one at a time is held.
    """
    if not is_attributes(path):
        return False
    size, line = 0, b""
    for piece in content:
        size, joined = size + len(piece), line + piece
        if size > ATTRIBUTES_BYTES or _LONG_LINE.search(joined):
            return True
        line = joined[joined.rfind(b"\n") + 1 :]
    return False


def verify(
    pack: Pack, name: str, user: str, repository: Repository, published: Callable[[str], bool] = lambda _: True
) -> VerifiedPush:
    """Check that a pack holds one honest snapshot, complete, and nothing else.

    Args:
        pack: read and within the limits.
        name: id of the snapshot commit that the event names.
        user: the authenticated pusher; the commit's author must be this user.
        repository: holds the parent, and whatever the snapshot did not change. What is there and was never published is as
            good as not there: nobody gets it, or finds out that it is, by naming it.
        published: whether a commit of it is.

    Raises:
        BadPack: with the path or the object that is at fault.
    """
    if pack.limits is None:
        raise ValueError("a push is read within limits")
    if name not in pack or pack.places[name].type != COMMIT:
        raise BadPack("The pack does not hold the snapshot that the event names.")
    commit = decode_commit(pack.read(name).data)
    if len(commit.message) > _MESSAGE_CHARACTERS or CONTROL.search(commit.message):
        raise BadPack("The snapshot's message is too long, or holds control characters.")
    if commit.author != user:
        raise BadPack(f"The snapshot's author is {quoted(commit.author)}, but it was pushed by {quoted(user)}.")
    if len(commit.parents) != 1:
        raise BadPack("A snapshot has exactly one parent.")
    if commit.time > time.time() + _DAY:
        raise BadPack("The snapshot lies more than a day in the future: set the clock of your server.")
    try:
        parent = repository.commit(commit.parents[0])
    except HubShareError:
        parent = None
    if parent is None or not published(commit.parents[0]):
        raise BadPack("The snapshot's parent is not in this project.")
    source = _Pushed(pack, repository, PublishedObjects(repository, commit.parents[0]))
    walk = _Walk(source, source.published.tree, pack.limits)
    source.used.add(name)
    walk.compare(parent.tree, commit.tree)
    spare = pack.places.keys() - source.used
    if spare:
        raise BadPack(f"The pack holds {len(spare)} objects that the snapshot does not use.")
    moved = {was.id for was, _ in walk.changes.values() if was is not None}
    return VerifiedPush(name, commit, walk.changes, source.borrowed <= moved)


def verify_commits(
    names: Iterable[str], source: Source, limits: Limits, look: Callable[[Changes], None] = lambda _: None
) -> None:
    """Check every commit of a push by git: what it changes is held to the rules that a snapshot is held to.

    A path of a commit is looked at where it differs from the commit's first parent. So all paths of all commits are sound
    if all commits that are not named here are.

    Args:
        names: ids of the commits that are new to the project.
        source: holds them, and what they build on.
        limits: what is accepted of all of them together.
        look: is given what each commit changes, and may raise errors of its own.

    Raises:
        BadPack, TooLarge: with the commit, and the path or the object, that is at fault.
    """
    walk = _Walk(source, source.tree, limits)
    for name in names:
        try:
            commit = read_commit(source.read(name).data)
            parent = read_commit(source.read(commit.parents[0]).data).tree if commit.parents else EMPTY_TREE
            walk.compare(parent, commit.tree)
            look(walk.changes)
        except (BadPack, TooLarge, HasOutputs) as error:
            raise type(error)(f"Commit {name[:10]}: {error.message}") from None


def verify_trees(old: str, new: str, source: Source, before: TreeReader, limits: Limits) -> None:
    """Check what a change at the centre makes of a project, by the rules that a push is held to.

    Args:
        old, new: ids of the top trees.
        source: holds what the new one leads to.
        before: where what the old one holds is.

    Raises:
        BadPack, TooLarge: with the path that is at fault.
    """
    _Walk(source, before, limits).compare(old, new)


class Source(Protocol):
    """What was pushed, together with what the project has."""

    def tree(self, name: str) -> bytes:
        """The raw content of a tree; BadPack when there is none of that id."""
        ...

    def kind_and_size(self, name: str) -> tuple[int, int] | None:
        """An object's type and size, or None where there is none."""
        ...

    def read(self, name: str) -> Object:
        """An object that is there."""
        ...

    def pieces(self, name: str) -> Iterator[bytes]:
        """Its content, piece by piece."""
        ...


class _Pushed:
    """An agent's pack over what is published; notes what of the pack is used, and what is not in it."""

    def __init__(self, pack: Pack, repository: Repository, published: PublishedObjects) -> None:
        self.pack, self.repository, self.published = pack, repository, published
        self.used: set[str] = set()
        self.borrowed: set[str] = set()

    def tree(self, name: str) -> bytes:
        if name == EMPTY_TREE:
            self.used.add(name)
            return b""
        if name in self.pack:
            self.used.add(name)
            if self.pack.places[name].type != TREE:
                raise BadPack(f"Object {name} stands for a folder but is not one.")
            return self.pack.read(name).data
        self.borrowed.add(name)
        if name not in self.published:
            raise BadPack(f"The pack is incomplete: tree {name} is missing. Push again.")
        try:
            return self.repository.tree(name)
        except NotFound:
            raise BadPack(f"Object {name} stands for a folder but is not one.") from None

    def kind_and_size(self, name: str) -> tuple[int, int] | None:
        if name not in self.pack:
            self.borrowed.add(name)
            return self.repository.kind_and_size(name) if name in self.published else None
        self.used.add(name)
        return self.pack.places[name].type, self.pack.places[name].size

    def read(self, name: str) -> Object:
        return (self.pack if name in self.pack else self.repository).read(name)

    def pieces(self, name: str) -> Iterator[bytes]:
        if name in self.pack:
            yield from self.pack.stream(name)
            return
        with self.repository.stream(name) as content:
            yield from content


class _Walk:
    """Goes through everything in which a commit differs from its parent.

    Args:
        source: where what the commit holds is looked up.
        before: where what its parent holds is.
        limits: what is accepted of all that this walk goes through.
    """

    def __init__(self, source: Source, before: TreeReader, limits: Limits) -> None:
        self.source, self.before, self.limits = source, before, limits
        self.changes: Changes = {}
        self.seen = self.seen_before = 0
        self.between = ("", "")

    def compare(self, old: str, new: str) -> None:
        """Go through everything in which two top trees differ."""
        self.between, self.seen_before = (old, new), self.seen
        self.changes.clear()
        self.visit(old, new, "")

    def count(self) -> None:
        """A few trees that hold each other many times over stand for more paths than a machine can hold."""
        self.seen += 1
        if self.seen == self.seen_before + _COUNTED_FIRST:
            all_paths = self.seen_before + ChangedPaths(self.before, self.source.tree).between(*self.between)
            if all_paths > self.limits.max_push_objects:
                raise self.too_many(f"{all_paths:,}" if all_paths < _SAID_MOST else f"more than {_SAID_MOST:,}")
        if self.seen > self.limits.max_push_objects:
            raise self.too_many(f"more than {self.limits.max_push_objects:,}")

    def too_many(self, paths: str) -> TooLarge:
        most = self.limits.max_push_objects
        return TooLarge(f"The push changes {paths} files and folders; at most {most:,} are accepted: push it in parts.")

    def visit(self, old: str, new: str, prefix: str) -> None:
        if prefix and new == EMPTY_TREE:
            raise BadPack(f"{quoted(prefix)} is an empty folder; git has no such thing.")
        if old == new:
            return
        before = read_tree(self.before(old))
        after = read_tree(self.source.tree(new))
        for name in before.keys() | after.keys():
            was, now = before.get(name), after.get(name)
            if was == now:
                continue
            path = prefix + name
            self.count()
            if now is not None:
                self.check(path, *now, new=was is None)
            was_folder, now_folder = was is not None and was[0] == FOLDER, now is not None and now[0] == FOLDER
            if was and was_folder and not now_folder:
                self.gone(was[1], path + "/")
            if now and now_folder:
                self.visit(was[1] if was and was_folder else EMPTY_TREE, now[1], path + "/")
            left = Entry(*was) if was and not was_folder else None
            right = Entry(*now) if now and not now_folder else None
            if left != right:
                self.changes[path] = (left, right)

    def gone(self, tree: str, prefix: str) -> None:
        for name, (mode, item) in read_tree(self.before(tree)).items():
            self.count()
            if mode == FOLDER:
                self.gone(item, f"{prefix}{name}/")
            else:
                self.changes[prefix + name] = (Entry(mode, item), None)

    def check(self, path: str, mode: int, item: str, new: bool) -> None:
        fault = path_fault(path) or (own_fault(path.rpartition("/")[2]) if new else None)
        if fault:
            raise BadPack(f"{quoted(path)} cannot be in a project: {fault}.")
        if mode == FOLDER:
            return
        if mode not in (FILE, EXECUTABLE, LINK):
            raise BadPack(f"{quoted(path)} has mode {mode:o}: only files and symbolic links can be in a project.")
        known = self.source.kind_and_size(item)
        if known is None:
            raise BadPack(f"The pack is incomplete: the content of {quoted(path)} is missing. Push again.")
        kind, size = known
        if kind != BLOB:
            raise BadPack(f"{quoted(path)} names an object that is not a file's content.")
        if mode == LINK:
            if size > _LINK_BYTES:
                raise BadPack(f"{quoted(path)} is a link with a target of {size:,} bytes.")
            self.check_link(path, self.source.read(item).data)
        elif is_attributes(path) and long_attributes(path, self.source.pieces(item)):
            raise BadPack(f"{quoted(path)} has a line of {ATTRIBUTES_LINE} bytes or more, which git refuses.")

    @staticmethod
    def check_link(path: str, target: bytes) -> None:
        try:
            fault = link_fault(path, target.decode())
        except UnicodeDecodeError:
            fault = "the link's target is not UTF-8"
        if fault:
            raise BadPack(f"{quoted(path)} cannot be in a project: {fault}.")
