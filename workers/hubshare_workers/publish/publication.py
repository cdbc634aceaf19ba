"""What is to be published: the form in which a push of an agent, a push by git and an edit at the centre come to `publish`.

A channel says what changes and how it is answered. All the rest is the same for all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, Self

from sqlalchemy.orm import Session

from hubshare.bus.deliveries import Delivery
from hubshare.bus.taken import PushCount
from hubshare.errors import HubShareError, NotFound
from hubshare.git.objects import Commit, Object
from hubshare.git.repository import Repository
from hubshare.git.streams import ObjectStream
from hubshare.git.tree_size import TreeSize
from hubshare.store.audit import Actor
from hubshare.store.versions import Branch, NewVersion
from hubshare.wire.agent import are_long


class UploadMissing(NotFound):
    """Something that was to be uploaded first is not there; it is sent again."""


@dataclass(frozen=True)
class PublishOutcome:
    """What became of a publication, as it is recorded.

    Attributes:
        status: `applied`, `merged`, `conflict` or `refused`.
        commit: what is published after it.
        number: of that version.
        before: what was published before it; the same as `commit` when it published nothing.
        conflicts: path and kind of what was not published because others had changed it.
        more: how many there were, where they were too many to be recorded: the table of conflicts has them.
        code: the error's stable code, when it was refused.
        message: for the person.
        retry: whether sending it again may help; such an answer is not recorded.
        gone: how many files it deleted.
        confirmed: whether the person had confirmed that.
        asked: mark of the deletions that the person is asked about.
    """

    status: str
    commit: str = ""
    number: int = 0
    before: str = ""
    conflicts: list[dict[str, str]] = field(default_factory=list)
    code: str = ""
    message: str = ""
    retry: bool = False
    gone: int = 0
    confirmed: bool = False
    asked: str = ""
    more: int = 0

    def encode(self) -> dict[str, Any]:
        """As plain values, and few: it is kept for long, and one push may meet a hundred thousand conflicts."""
        found = self
        if are_long([conflict["path"] for conflict in self.conflicts]):
            found = replace(self, conflicts=[], more=len(self.conflicts))
        # Its own values, no copies of them as `asdict` makes: this is done for every push.
        return {name: getattr(found, name) for name in self.__dataclass_fields__}

    @classmethod
    def decode(cls, found: dict[str, Any]) -> PublishOutcome:
        """What `encode` wrote; also what HubShare 0.1.0 wrote, which did not keep `before`."""
        return cls(**{name: found[name] for name in cls.__dataclass_fields__ if found.get(name) is not None})

    @property
    def moved(self) -> bool:
        """Whether something was published, as far as is known."""
        return self.status != "refused" and self.before != self.commit


class Install(Protocol):
    """Takes new objects into a repository; they are on disk when it returns."""

    def __call__(self, repository: Repository) -> None: ...


@dataclass
class BranchChange:
    """What a publication makes of the branch.

    Attributes:
        version: the version that it becomes; None when it publishes nothing.
        status: of its answer.
        conflicts: path and kind of what is not published.
        objects: new objects, small and few: they are written together with those of others.
        install: takes in what is more than that.
        kept: a commit that is to be kept under a ref of its own, because nothing of it is published.
        grown: bytes that it adds to the project.
        gone: how many files it deletes.
        size: by how much the project grows on a disk.
        update: a pack that is known to bring a checkout from what was published before to `version`, when there is one.
    """

    version: NewVersion | None
    status: str = "applied"
    conflicts: list[dict[str, str]] = field(default_factory=list)
    objects: list[Object] = field(default_factory=list)
    install: Install | None = None
    kept: str = ""
    grown: int = 0
    gone: int = 0
    size: TreeSize = field(default_factory=TreeSize)
    update: bytes | Path = b""


class Published(Protocol):
    """What is published at the moment of the change, with all that a publication builds on.

    Attributes:
        branch: the project.
        head: the published commit; it may be one that is being published together with this.
    """

    branch: Branch
    head: str

    @property
    def number(self) -> int: ...

    @property
    def root(self) -> str: ...

    def read(self, name: str) -> Object: ...

    def tree(self, name: str) -> bytes: ...

    def commit(self, name: str) -> Commit: ...

    def size_of(self, name: str) -> int: ...

    def kind_and_size(self, name: str) -> tuple[int, int] | None: ...

    def stream(self, name: str) -> ObjectStream: ...

    def __contains__(self, name: str) -> bool: ...


class Publication(ABC):
    """One thing that is to be published.

    Attributes:
        id: 32 hexadecimal digits, the same when it comes again.
        project: id.
        user: the authenticated author.
        confirmed: whether the person confirmed that many files are deleted.
        size: bytes that come with it, for limits.
        checkout: where it comes from, "" if from none.
        counted: what stands against it, where that is known already; it says itself that it counts, as it is answered.
        held: the published commit that its checkout holds, once that is decided; "" where it is none of a checkout.
        published, fanned_out: once it has made a version: when, and when all who follow had been told (ms since 1970).
    """

    id: str
    project: str
    user: str
    confirmed: bool
    size: int = 0
    checkout: str = ""
    counted: PushCount | None = None
    held: str = ""
    published: int = 0
    fanned_out: int = 0

    #: Whether it may be published together with others that wait: not if it is large.
    together: bool = True

    def prepare(self, repository: Repository) -> None:  # noqa: B027
        """Look at what came with it, before anybody is made to wait.

        Raises:
            HubShareError: why it is refused. It is not told before it is clear that the person may know of the project.
        """

    @classmethod  # noqa: B027
    def read_ahead(cls, session: Session, wanted: Sequence[Self]) -> None:
        """Read for all that are published together what `admit` asks for each."""

    def admit(self, session: Session) -> None:  # noqa: B027
        """Find out whether it comes from where it says.

        Raises:
            NotFound: when not. This is told to anybody.
        """

    def look(self, session: Session, branch: Branch) -> None:  # noqa: B027
        """Read what else the change depends on, in the transaction in which permission is found.

        Raises:
            HubShareError: why it is refused.
        """

    def still(self, session: Session) -> bool:
        """Whether what else it depends on is as it was when it was decided, in the transaction that moves the branch."""
        return True

    def recall(self, session: Session) -> None:  # noqa: B027
        """Read what its answer tells besides, when it was published before."""

    def answered_before(self, session: Session, branch: Branch) -> PublishOutcome | None:
        """The answer to one that was the same but for its id, while all that it depended on is what it was."""
        return None

    @abstractmethod
    def change(self, published: Published) -> BranchChange:
        """What it makes of the branch. Called again when others were quicker.

        Raises:
            HubShareError: why it is refused.
        """

    @abstractmethod
    def actor(self) -> Actor:
        """Who acts, for the audit log."""

    def reason(self, error: HubShareError) -> str:
        """Why it is refused, as the answer's code."""
        return error.code

    def details(self) -> dict[str, Any]:
        """What else the audit log says of it."""
        return {}

    def record(self, session: Session, change: BranchChange) -> None:  # noqa: B027
        """Write what else there is to remember, in the transaction that moves the branch."""

    @abstractmethod
    def deliveries(self, answer: PublishOutcome) -> Iterable[Delivery]:
        """How it is answered."""

    def finish(self, answer: PublishOutcome) -> None:  # noqa: B027
        """Remove what came with it, once it has been answered."""

    def close(self) -> None:  # noqa: B027
        """Let files go; whatever happened."""
