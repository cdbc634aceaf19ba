"""What is published together with what is about to be: others of the same step build on it before it is on disk."""

from __future__ import annotations

from functools import cached_property

from hubshare.errors import NotFound, Unavailable
from hubshare.git.objects import EMPTY_TREE, Commit, Object, read_commit
from hubshare.git.repository import Repository
from hubshare.git.streams import ObjectStream
from hubshare.git.tree_size import TreeSize, measure
from hubshare.store.versions import Branch, NewVersion
from hubshare.vocabulary import Role
from hubshare_workers.publish.publication import BranchChange

#: So many folders and files are measured while others wait for the project.
_MEASURED_MOST = 1000


class Unmeasured(Unavailable):
    """It is not known how large a project is, and to find out takes long: others are not to wait for that."""


class Overlay:
    """A project while a step is decided; see `Published`.

    Args:
        branch: where it stands.
        repository: its repository.

    Attributes:
        versions: those that the step adds so far.
        objects: new objects of the step so far, by id.
        subscribers: who may be told of it, by role, once that was found out.
    """

    def __init__(self, branch: Branch, repository: Repository) -> None:
        self.branch, self._repository = branch, repository
        self.head = branch.head
        self.versions: list[NewVersion] = []
        self.objects: dict[str, Object] = {}
        self.subscribers: dict[Role, list[str]] = {}
        self._commits: dict[str, Commit] = {}
        self._growth = TreeSize()

    @property
    def number(self) -> int:
        """Of the version that is the head."""
        return self.branch.version + len(self.versions)

    @cached_property
    def size_before(self) -> TreeSize:
        """What the published state takes on a disk; it is measured where nobody has noted that.

        Raises:
            Unmeasured: when that takes long; see `note_size`.
        """
        branch = self.branch
        if branch.measured == branch.head:
            return TreeSize(branch.files, branch.unpacked)
        left = iter(range(_MEASURED_MOST))

        def looked_at(name: str) -> str:
            if next(left, None) is None:
                raise Unmeasured(f"{branch.full_name} is measured first: it is tried again in a moment.")
            return name

        repository = self._repository
        try:
            return measure(
                lambda name: repository.tree(looked_at(name)),
                lambda name: self.size_of(looked_at(name)),
                repository.commit(branch.head).tree,
            )
        except NotFound as error:
            raise Unavailable(f"{branch.full_name} cannot be read: {error.message}") from error

    @property
    def size(self) -> TreeSize:
        """What the head takes."""
        return self.size_before.grown(self._growth)

    def size_of(self, name: str) -> int:
        """How many bytes an object has; 0 for one that is not there."""
        found = self.kind_and_size(name)
        return found[1] if found is not None else 0

    def kind_and_size(self, name: str) -> tuple[int, int] | None:
        """An object's type and size, or None where there is none."""
        if name in self.objects:
            return self.objects[name].type, len(self.objects[name].data)
        return self._repository.kind_and_size(name)

    def take(self, change: BranchChange) -> None:
        """Go on from a change."""
        self._growth = self._growth.grown(change.size)
        self.objects |= {item.id: item for item in change.objects}
        if change.version is not None:
            self.versions.append(change.version)
            self.head = change.version.commit

    def __contains__(self, name: str) -> bool:
        return name in self.objects or name in self._repository

    def read(self, name: str) -> Object:
        """An object by its id.

        Raises:
            NotFound: when there is none.
        """
        return self.objects.get(name) or self._repository.read(name)

    def stream(self, name: str) -> ObjectStream:
        """An object's content piece by piece, which the caller closes.

        Raises:
            NotFound: when there is none.
        """
        item = self.objects.get(name)
        return ObjectStream(item.type, len(item.data), iter([item.data])) if item else self._repository.stream(name)

    def tree(self, name: str) -> bytes:
        """The raw content of a tree."""
        if name == EMPTY_TREE:
            return b""
        return self.objects[name].data if name in self.objects else self._repository.tree(name)

    def commit(self, name: str) -> Commit:
        """A commit by its id."""
        if name not in self._commits:
            item = self.objects.get(name)
            self._commits[name] = read_commit(item.data) if item is not None else self._repository.commit(name)
        return self._commits[name]

    @property
    def root(self) -> str:
        """The top tree of what is published.

        Raises:
            Unavailable: when it cannot be read now; nobody who wants to publish is to blame for that.
        """
        if not self.head:
            raise Unavailable(f"The database knows no version of {self.branch.full_name}: restore it from a backup.")
        try:
            return self.commit(self.head).tree
        except NotFound as error:
            raise Unavailable(f"{self.branch.full_name} cannot be read: {error.message}") from error
