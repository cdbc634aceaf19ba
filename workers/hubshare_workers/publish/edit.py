"""An edit: a change that was asked for at the centre, such as a restore, as one new version; nothing is rewritten."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from hubshare.bus.deliveries import Delivery, ReplyTo, Tell
from hubshare.bus.replies import Reply
from hubshare.centre import Centre
from hubshare.errors import Clash, Invalid, NotFound, TooLarge
from hubshare.git.objects import BLOB, FOLDER, TREE, Commit, Object, diff_trees, edit_tree
from hubshare.git.repository import Repository
from hubshare.git.stored_tree import StoredTree
from hubshare.git.tree_size import growth
from hubshare.jobs import CONTENT_BYTES, Edit
from hubshare.names import check_path, quoted
from hubshare.names import size as size_of
from hubshare.store.audit import Actor
from hubshare.store.conflicts import settle_conflicts
from hubshare.store.models import Conflict
from hubshare.store.projects import is_published
from hubshare.store.versions import Branch, NewVersion
from hubshare.sync.merge import collisions
from hubshare.sync.titles import title
from hubshare.sync.trees import FILE, LINK, Entry, Side, ancestors
from hubshare.wire.agent import Pick, PickedPath
from hubshare_workers.publish import guard
from hubshare_workers.publish.outputs import stripped
from hubshare_workers.publish.publication import BranchChange, Publication, Published, PublishOutcome
from hubshare_workers.publish.soundness import InHand, check_sound


class Edited(Publication):
    """An edit that somebody waits for.

    Args:
        wanted: the job.
    """

    def __init__(self, centre: Centre, wanted: Edit) -> None:
        self._centre, self._wanted = centre, wanted
        self.id, self.project, self.user, self.confirmed = wanted.id, wanted.project, wanted.user, wanted.confirmed
        self._contents: dict[str, Object] = {}
        self._picks: list[tuple[str, str, str]] = []
        self._changes: dict[str, Side] = {}
        self._told: list[tuple[str, PickedPath]] = []
        self._lately, self._message = 0, wanted.message

    def prepare(self, repository: Repository) -> None:
        """Check what the edit brings itself."""
        self._contents = _contents(self._centre, self._wanted)
        self.size = sum(len(blob.data) for blob in self._contents.values())

    def look(self, session: Session, branch: Branch) -> None:
        """Find the conflicts that it is about, and whether what it restores was published."""
        for named in filter(None, (self._wanted.restore, self._wanted.base)):
            if not is_published(session, branch.id, named):
                raise NotFound(f"That is no version of {branch.full_name}.")
        self._lately = guard.deleted_lately(session, branch.id, self.user)
        if self._wanted.picked:
            rows = select(Conflict.id, Conflict.checkout_id, Conflict.path).where(Conflict.id.in_(self._wanted.picked))
            self._picks = [(found.id, found.checkout_id, found.path) for found in session.execute(rows)]

    def recall(self, session: Session) -> None:
        """Find what the agents of the checkouts have still to carry out."""
        rows = session.scalars(
            select(Conflict).where(Conflict.id.in_(self._wanted.picked), Conflict.picked.is_not(None))
        )
        self._told = [(row.checkout_id, PickedPath(path=row.path, **row.picked)) for row in rows if row.picked]

    def change(self, published: Published) -> BranchChange:
        """Publish what is not published so already."""
        if self._wanted.newest not in (None, published.number):
            raise Clash(
                f"Version {published.number} of {published.branch.full_name} has been published since version "
                f"{self._wanted.newest}: nothing was undone. Look at both, and restore what is to be as it was."
            )
        now, made = StoredTree(published.tree, published.root), dict(self._contents)
        changes = self._restored(published) if self._wanted.restore else self._edited(now, made)
        _leave_out_outputs(published, now, changes, made)
        self._check_seen(published, now, changes)
        _check_places(now, changes)
        gone = self._check_deletions(published, now, changes)
        self._changes = changes
        if not changes:
            return BranchChange(None)
        sizes = {blob.id: len(blob.data) for blob in made.values()}
        for path, side in changes.items():
            if side is not None and side.id not in sizes and side.id not in published:
                raise NotFound(f"The content that {quoted(path)} was to get is not in this project any more.")
        edit = edit_tree(published.tree, published.root, changes)
        # What is restored, or picked in a conflict, has the name that somebody's files have already.
        named = not (self._wanted.restore or self._wanted.conflicts or self._wanted.picked)
        chosen = [path for path, side in changes.items() if side is not None] if named else []
        in_hand = InHand({blob.id: blob for blob in made.values()})
        check_sound(published, edit, in_hand, self._centre.settings, chosen)
        sides = ((path, (now.entry(path), side)) for path, side in changes.items())
        self._message = self._wanted.message or title(dict(sides))
        commit = Commit(edit.root, (published.head,), self.user, int(time.time()), self._message)
        encoded = commit.encode()
        objects = [*made.values(), *(Object(TREE, data) for data in edit.made.values()), encoded]
        return BranchChange(
            NewVersion(encoded.id, encoded.id, self.user, commit.summary, commit.time),
            objects=objects,
            grown=sum(len(item.data) for item in objects),
            gone=gone,
            size=growth(
                ((now.entry(path), side) for path, side in changes.items()),
                lambda name: sizes[name] if name in sizes else published.size_of(name),
            ),
        )

    def _edited(self, now: StoredTree, made: dict[str, Object]) -> dict[str, Side]:
        sides: dict[str, Side] = {path: Entry(*side) if side else None for path, side in self._wanted.changes.items()}
        for path, blob in made.items():
            held = now.at(path)
            if held is not None and held[0] == FOLDER:
                raise Clash(f"{quoted(path)} is a folder.")
            above = [now.at(one) for one in ancestors(path)]
            if any(one is not None and one[0] != FOLDER for one in above):
                raise Clash(f"{quoted(path)} would lie below a file.")
            sides[path] = Entry(held[0] if held and held[0] != LINK else FILE, blob.id)
        for path in self._wanted.deletes:
            sides |= dict.fromkeys(_files_at(now, path))
        for path, to in self._wanted.moves.items():
            sides |= _moved(now, path, to, sides)
        return {path: side for path, side in sides.items() if now.entry(path) != side}

    def _restored(self, published: Published) -> dict[str, Side]:
        then, below = published.commit(self._wanted.restore).tree, self._wanted.below
        inside = f"{below}/" if below else ""
        return {
            path: side
            for path, _, side in diff_trees(published.tree, published.root, then)
            if path == below or path.startswith(inside)
        }

    def _check_seen(self, published: Published, now: StoredTree, changes: Mapping[str, Side]) -> None:
        """A decision is about what the person saw; what was published since has not been seen."""
        for path in changes.keys() & self._wanted.seen.keys():
            seen = self._wanted.seen[path]
            if now.entry(path) != (Entry(*seen) if seen else None):
                raise Clash(f"{quoted(path)} was published anew meanwhile: look at the newer version, then decide.")
        if self._wanted.base:
            then = StoredTree(published.tree, published.commit(self._wanted.base).tree)
            for path in changes:
                if now.entry(path) != then.entry(path):
                    raise Clash(
                        f"Somebody has changed {quoted(path)} meanwhile: look at the newer version, then decide."
                    )

    def _check_deletions(self, published: Published, now: StoredTree, changes: Mapping[str, Side]) -> int:
        """Return how many files are deleted, where that needs no confirmation or has one."""
        sides = {path: (now.entry(path), side) for path, side in changes.items()}
        return guard.confirmed(
            published, self._centre.settings, sides, self._lately, self.confirmed, self._wanted.asked
        )

    def actor(self) -> Actor:
        """The author."""
        return Actor(self.user, self._wanted.door, self._wanted.token)

    def details(self) -> dict[str, str]:
        return {"message": self._message}

    def record(self, session: Session, change: BranchChange) -> None:
        """Settle the conflicts that it decides, and note of others what the agent of the checkout is to take."""
        if self._wanted.conflicts:
            session.execute(delete(Conflict).where(Conflict.id.in_(self._wanted.conflicts)))
        self._told = []
        for conflict, checkout, path in self._picks:
            row = session.get(Conflict, conflict)
            if row is not None:
                row.picked = self._sides(conflict, path)
                self._told.append((checkout, PickedPath(path=path, **row.picked)))
        session.flush()
        if self._wanted.conflicts or self._told:
            settle_conflicts(session, self.project)

    def _sides(self, conflict: str, path: str) -> dict[str, str | None]:
        side = self._changes.get(path)
        theirs = side.id if side is not None else self._contents[path].id if path in self._contents else None
        return {"ours": self._wanted.picked[conflict], "theirs": theirs}

    def deliveries(self, answer: PublishOutcome) -> Iterable[Delivery]:
        """The number of the version for whoever waits, and the pick for the agent of the checkout."""
        if answer.status == "refused":
            yield ReplyTo(self.id, Reply(answer.code, answer.message))
            return
        for checkout, picked in self._told:
            yield Tell([self.user], Pick(project=self.project, checkout=checkout, paths=[picked]).encode())
        yield ReplyTo(self.id, Reply("", str(answer.number)))


def _check_places(now: StoredTree, changes: Mapping[str, Side]) -> None:
    """A file never takes the place of a folder, or lies below a file, unless what is there goes with the same edit."""
    for path in collisions(changes, now):
        raise Clash(
            f"{quoted(path)} has no place: there is a file where it needs a folder, or a folder in its place. "
            "Decide on both together."
        )


def _files_at(now: StoredTree, path: str) -> dict[str, Side]:
    """The file at a path, or all files of the folder there.

    Raises:
        NotFound: when there is nothing.
    """
    found = now.at(check_path(path))
    if found is None:
        raise NotFound(f"There is no {quoted(path)} any more: somebody has deleted or renamed it.")
    return {one: now.entry(one) for one in (now.below(path) if found[0] == FOLDER else [path])}


def _moved(now: StoredTree, path: str, to: str, sides: Mapping[str, Side]) -> dict[str, Side]:
    """What lies where when something is moved.

    Raises:
        Clash: when something is there that does not go with the same edit.
        Invalid: when it would lie in itself.
    """
    if to.startswith(f"{path}/"):
        raise Invalid(f"{quoted(path)} cannot be moved into itself.")
    there = now.at(check_path(to))
    if there is not None and (there[0] == FOLDER or sides.get(to, "") is not None):
        raise Clash(f"There is a {quoted(to)} already: choose another name.")
    files = _files_at(now, path)
    moved: dict[str, Side] = dict.fromkeys(files)
    return moved | {check_path(to + old.removeprefix(path)): side for old, side in files.items()}


def _contents(centre: Centre, wanted: Edit) -> dict[str, Object]:
    """Path to content, of what an edit brings itself.

    Raises:
        TooLarge, BadPath, Invalid: when it cannot be published.
    """
    made: dict[str, Object] = {}
    for path, text in wanted.contents.items():
        data = text.encode()
        if len(data) > min(CONTENT_BYTES, centre.settings.max_file_bytes):
            raise TooLarge(f"{quoted(path)} would have {size_of(len(data))}, which is too much to be edited on a page.")
        if path.endswith(".ipynb"):
            _check_notebook(path, text)
        made[check_path(path)] = Object(BLOB, data)
    return made


def _check_notebook(path: str, text: str) -> None:
    import nbformat  # 5 MB that a worker needs for this alone

    try:
        nbformat.validate(nbformat.reads(text, as_version=nbformat.NO_CONVERT))  # type: ignore[no-untyped-call]
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError, nbformat.ValidationError) as error:
        raise Invalid(f"{quoted(path)} would not be a notebook that Jupyter opens.") from error


def _leave_out_outputs(
    published: Published, now: StoredTree, changes: dict[str, Side], made: dict[str, Object]
) -> None:
    """Put the notebooks without outputs, where the project shares none, in the place of those that have some."""
    new = {blob.id: blob for blob in made.values()}

    def size_of(name: str) -> int:
        return len(new[name].data) if name in new else published.size_of(name)

    read = lambda name: new.get(name) or published.read(name)  # noqa: E731
    plain = dict(stripped(published.branch, changes.items(), read, size_of))
    for path, blob in plain.items():
        side = changes.pop(path)
        assert side is not None
        if side._replace(id=blob.id) != now.entry(path):
            changes[path], made[path] = side._replace(id=blob.id), blob
