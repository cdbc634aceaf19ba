"""What a fork takes of its origin: copied from one repository into the other, merged by path, and published as one version."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from contextvars import copy_context
from typing import NamedTuple

from sqlalchemy.orm import Session

from hubshare.bus.deliveries import Delivery, ReplyTo
from hubshare.bus.replies import Reply
from hubshare.centre import Centre
from hubshare.config import MIB
from hubshare.errors import Clash, NotFound, TooLarge, Unavailable
from hubshare.git.copying import Copy, copied, has_history, reachable
from hubshare.git.objects import TREE, Commit, Object, edit_tree
from hubshare.git.repository import Repository
from hubshare.git.stored_tree import StoredTree
from hubshare.git.tree_size import SizeOf, TreeSize, growth
from hubshare.git.waiting import alone
from hubshare.jobs import OriginPull
from hubshare.names import quoted
from hubshare.operations.origin_changes import read_incoming
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import require
from hubshare.store.audit import Actor
from hubshare.store.origins import OriginHead, Taken, offers, read_taken, require_origin, write_taken
from hubshare.store.projects import is_published
from hubshare.store.publications import read_records
from hubshare.store.quotas import check_bytes, check_growth, held_besides
from hubshare.store.versions import Branch, NewVersion, read_branch
from hubshare.sync.origin import Incoming, Intake, take_in
from hubshare.sync.trees import Side, Tree
from hubshare_workers.publish import guard
from hubshare_workers.publish.outputs import stripped
from hubshare_workers.publish.publication import BranchChange, Publication, Published, PublishOutcome
from hubshare_workers.publish.soundness import InHand, check_sound

#: So many conflicts may be left open.
_OPEN_MOST = 1000
#: Notebooks that are taken without their outputs have no more bytes than this together.
_PLAIN_BYTES = 256 * MIB


class History(NamedTuple):
    """What a commit of an origin leads to, where that was found out already.

    Attributes:
        before: a commit from which it goes on; "" for none.
        names: the ids of all that it leads to, and the other one does not.
    """

    before: str
    names: frozenset[str]


class FromOrigin(Publication):
    """A pull from the origin that somebody waits for.

    Args:
        wanted: the job.
        known: what the commit that is wanted leads to; git is asked where that is not known.
    """

    together = False

    def __init__(self, centre: Centre, wanted: OriginPull, known: History | None = None) -> None:
        self._centre, self._wanted, self._known = centre, wanted, known
        self.id, self.project, self.user, self.confirmed = wanted.id, wanted.project, wanted.user, wanted.confirmed
        self._files = ExitStack()
        self._looked: _Looked | None = None
        self._left: dict[str, Side] = {}
        self._lately = 0
        self._at_origin: dict[str, tuple[int, int]] = {}

    def prepare(self, repository: Repository) -> None:
        """Copy what is new, beside the fork; before that at what costs nothing: whether the person may have it."""
        with self._centre.database.read() as session:
            branch = read_branch(session, self.project)
            require(session, branch, self.user, Action.PUSH, branch.full_name if branch else self.project)
            assert branch is not None
            if read_records(session, [self.id]):
                return
            taken = read_taken(session, self.project)
            origin = self._origin(session, taken)
            assert taken is not None
        if taken.commit and self._wanted.version < taken.version:
            raise Clash("Somebody has taken a newer version of the origin meanwhile: look again, then pull.")
        source = self._centre.repositories.open(origin.id)
        with ThreadPoolExecutor(1) as aside:
            # git lists a history in a process of its own, while it is found out here what changes by it.
            history = (
                aside.submit(copy_context().run, self._history, source, repository, taken) if origin.history else None
            )
            published = StoredTree(repository.tree, repository.commit(branch.head).tree)
            new = read_incoming(source, self._wanted.commit, taken, published, branch.outputs)
            changes, made = self._changes(branch, source, new, published)[1:]
            size = growth(((published.entry(path), side) for path, side in changes.items()), self._sizes(source, made))
            self._check_growth(branch, size)
            edit = edit_tree(repository.tree, repository.commit(branch.head).tree, changes)
            wanted = {side.id for side in changes.values() if side is not None} | edit.made.keys()
            if history is not None:
                wanted.update(history.result())
        with alone(self._centre.settings.git_locks, self.user):
            copy = self._files.enter_context(copied(source, repository, wanted - made.keys()))
        self.size = copy.size + sum(len(blob.data) for blob in made.values())
        self._looked = _Looked(taken, branch.outputs, new, source, copy, origin.history)

    def _history(self, source: Repository, repository: Repository, taken: Taken) -> Collection[str]:
        # What was taken without its history, no commit of the project leads to; and former versions left gaps in some.
        whole = taken.commit and taken.commit in repository and has_history(repository.path, taken.commit)
        held = taken.commit if whole else ""
        if self._known is not None and self._known.before in (held, ""):
            return self._known.names
        return set(reachable(source.path, self._wanted.commit, held))

    def _origin(self, session: Session, taken: Taken | None) -> OriginHead:
        """The origin, if the person may read at this moment what is to be taken of it.

        Raises:
            NotFound: when not.
        """
        origin = require_origin(session, taken, self.user, self.project)
        if not offers(session, origin, self._wanted.commit):
            raise NotFound(f"That is no version of {origin.name}, or there is a newer one: look again.")
        return origin

    def _check_growth(self, branch: Branch, size: TreeSize) -> None:
        """Refuse before it is copied what would be refused later."""
        with self._centre.database.read() as session:
            check_bytes(session, self._centre.settings, branch, size.bytes)
            besides = held_besides(session, self._centre.settings, branch)
        if branch.measured == branch.head:
            before = TreeSize(branch.files, branch.unpacked)
            check_growth(self._centre.settings, branch, besides, before, before.grown(size))

    def look(self, session: Session, branch: Branch) -> None:
        """Find out once more whether the person may have it."""
        self._origin(session, read_taken(session, branch.id))
        if self._wanted.base and not is_published(session, branch.id, self._wanted.base):
            raise NotFound(f"That is no version of {branch.full_name}.")
        self._lately = guard.deleted_lately(session, branch.id, self.user)

    def still(self, session: Session) -> bool:
        """Whether the person may have it, and nobody else has taken anything meanwhile."""
        taken = read_taken(session, self.project)
        try:
            self._origin(session, taken)
        except NotFound:
            return False
        return self._looked is None or taken == self._looked.taken

    def change(self, published: Published) -> BranchChange:
        """Publish what a merge lets through, and what was picked."""
        looked = self._looked
        with self._centre.database.read() as session:
            taken = read_taken(session, self.project)
        if looked is None or looked.outputs != published.branch.outputs or looked.taken != taken:
            raise Unavailable(f"{published.branch.full_name} has changed meanwhile: the origin is looked at once more.")
        tree = StoredTree(published.tree, published.root)
        intake, changes, made = self._changes(published.branch, looked.source, looked.new, tree)
        self._left = intake.left
        self._check_seen(published, intake)
        sides = {path: (tree.entry(path), side) for path, side in changes.items()}
        gone = guard.confirmed(
            published, self._centre.settings, sides, self._lately, self.confirmed, self._wanted.asked
        )
        # A commit that changes nothing here is what the next one builds on.
        if not changes and not (looked.history and self._wanted.commit in looked.copy.names):
            return BranchChange(None)
        brought = [side.id for side in changes.values() if side is not None]
        if not all(any(name in there for there in (made, looked.copy.names, published)) for name in brought):
            raise Unavailable(f"{published.branch.full_name} has changed meanwhile: the origin is looked at once more.")
        edit = edit_tree(published.tree, published.root, changes)
        check_sound(
            published, edit, _Brought(looked.source, looked.copy.names, made, self._at_origin), self._centre.settings
        )
        parents = (published.head, *((self._wanted.commit,) if looked.history else ()))
        commit = Commit(edit.root, parents, self.user, int(time.time()), self._wanted.message)
        encoded = commit.encode()
        trees = [Object(TREE, data) for name, data in edit.made.items() if name not in looked.copy.names]
        objects = [*made.values(), *trees, encoded]
        return BranchChange(
            NewVersion(encoded.id, encoded.id, self.user, commit.summary, commit.time),
            objects=objects,
            install=looked.copy.install,
            grown=looked.copy.size + sum(len(item.data) for item in objects),
            gone=gone,
            size=growth(sides.values(), self._sizes(looked.source, made, published)),
        )

    def _changes(
        self, branch: Branch, source: Repository, new: Incoming, published: Tree
    ) -> tuple[Intake, dict[str, Side], dict[str, Object]]:
        """What is taken, what changes by that, and the notebooks that were made of it, by id, since the fork shares no outputs.

        Raises:
            HubShareError: why it cannot be.
        """
        wanted = self._wanted
        intake = take_in(new, published, wanted.ours, wanted.theirs, wanted.rest)
        if len(intake.conflicts) > _OPEN_MOST:
            raise TooLarge(
                f"{len(intake.conflicts):,} files were changed both here and at the origin; at most {_OPEN_MOST:,} are left "
                "open: pull again with your version, or the origin's, for all of them."
            )
        changes, made = dict(intake.changes), dict[str, Object]()
        for path, blob in stripped(branch, intake.changes.items(), source.read, self._sizes(source, {})):
            side = changes.pop(path)
            assert side is not None
            if side._replace(id=blob.id) != published.entry(path):
                changes[path], made[blob.id] = side._replace(id=blob.id), blob
            if sum(len(one.data) for one in made.values()) > _PLAIN_BYTES:
                raise TooLarge(
                    "The origin's notebooks are too many to be taken without their outputs: share them here too."
                )
        return intake, changes, made

    def _check_seen(self, published: Published, intake: Intake) -> None:
        """What was picked over something is about what the person saw of it."""
        if not intake.picked:
            return
        if not self._wanted.base:
            raise Clash("Say which version of the project was looked at, then pick.")
        now = StoredTree(published.tree, published.root)
        then = StoredTree(published.tree, published.commit(self._wanted.base).tree)
        for path in intake.picked:
            if now.entry(path) != then.entry(path):
                raise Clash(f"Somebody has changed {quoted(path)} meanwhile: look at the newer version, then decide.")

    def _sizes(self, source: Repository, made: dict[str, Object], published: Published | None = None) -> SizeOf:
        """How many bytes contents have; each is looked for at the origin once, though it is asked for twice."""

        def size_of(name: str) -> int:
            if name in made:
                return len(made[name].data)
            if found := _kind_and_size(source, name, self._at_origin):
                return found[1]
            # What the project alone holds is told once that is at hand.
            return published.size_of(name) if published is not None else 0

        return size_of

    def actor(self) -> Actor:
        """The author."""
        return Actor(self.user, self._wanted.door, self._wanted.token)

    def details(self) -> dict[str, str]:
        return {"message": self._wanted.message}

    def record(self, session: Session, change: BranchChange) -> None:
        """Note what was taken, and which conflicts wait."""
        write_taken(session, self.project, self._wanted.commit, self._wanted.version, self._left)

    def deliveries(self, answer: PublishOutcome) -> Iterable[Delivery]:
        """The number of the version, for whoever waits."""
        refused = answer.status == "refused"
        yield ReplyTo(self.id, Reply(answer.code, answer.message) if refused else Reply("", str(answer.number)))

    def close(self) -> None:
        self._files.close()


class _Looked(NamedTuple):
    """What was found at the origin.

    Attributes:
        taken: what had been taken then.
        outputs: what became of the fork's outputs.
        new: what is new there.
        source: its repository.
        copy: what is to be taken in.
        history: whether the commits of the origin are, too.
    """

    taken: Taken
    outputs: str
    new: Incoming
    source: Repository
    copy: Copy
    history: bool


class _Brought:
    """The contents that come from an origin, for `check_sound`.

    Args:
        known: type number and size of those that were looked for.
    """

    def __init__(
        self, source: Repository, names: frozenset[str], made: dict[str, Object], known: dict[str, tuple[int, int]]
    ) -> None:
        self._source, self._names, self._made, self._known = source, names, InHand(made), known

    def __contains__(self, name: str) -> bool:
        return name in self._made or name in self._names

    def kind_and_size(self, name: str) -> tuple[int, int]:
        """Type number and size."""
        if name in self._made:
            return self._made.kind_and_size(name)
        found = _kind_and_size(self._source, name, self._known)
        if found is None:
            raise Unavailable("The origin has changed meanwhile: it is looked at once more.")
        return found

    def pieces(self, name: str) -> Iterator[bytes]:
        """The content."""
        if name in self._made:
            yield from self._made.pieces(name)
            return
        with self._source.stream(name) as content:
            yield from content


def _kind_and_size(source: Repository, name: str, known: dict[str, tuple[int, int]]) -> tuple[int, int] | None:
    if name not in known and (found := source.kind_and_size(name)) is not None:
        known[name] = found
    return known.get(name)
