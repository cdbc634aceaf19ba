"""A push of an agent: one snapshot of a checkout, merged by path into what is published."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from hubshare import metering
from hubshare.bus.deliveries import CountPush, Delivery, Drop, Tell
from hubshare.bus.taken import PushCount
from hubshare.centre import Centre
from hubshare.config import KIB, MIB
from hubshare.errors import DeletionsAsked, HasOutputs, NotFound, TooLarge, Unavailable
from hubshare.git.objects import TREE, Commit, Object, edit_tree
from hubshare.git.packs import Pack
from hubshare.git.published import pushed_from
from hubshare.git.repository import Repository, is_small
from hubshare.git.stored_tree import StoredTree
from hubshare.git.tree_size import growth
from hubshare.git.verify import Changes, VerifiedPush, verify
from hubshare.jobs import OutboxEntry
from hubshare.names import size as size_of
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import require
from hubshare.store.audit import Actor
from hubshare.store.conflicts import note_conflicts
from hubshare.store.models import AgentSession, Checkout, Conflict, Project
from hubshare.store.projects import published_with
from hubshare.store.publications import Record, add_records, read_records
from hubshare.store.quotas import check_bytes
from hubshare.store.versions import Branch, NewVersion, read_branch
from hubshare.sync.merge import Merge, Paths, merge
from hubshare.wire.agent import LISTS_MOST, OpenConflict, Outcome, Push, PushLists, are_long
from hubshare_workers.publish import guard
from hubshare_workers.publish.outputs import check_outputs
from hubshare_workers.publish.publication import (
    BranchChange,
    Publication,
    Published,
    PublishOutcome,
    UploadMissing,
)

#: A pack of more bytes than this may unpack to much: it is not looked at before it is clear that it may be published.
_LITTLE = 16 * KIB
_MISSING = "The upload of this push is not there: it is sent again."

_SESSION = (
    select(AgentSession.id)
    .where(AgentSession.server == Checkout.server, AgentSession.user == Checkout.user)
    .order_by(AgentSession.expires.desc())
    .limit(1)
    .correlate(Checkout)
    .scalar_subquery()
)
_CHECKOUTS = (
    select(Checkout.id, Checkout.user, Checkout.project_id, AgentSession.token, AgentSession.token_id, Conflict.path)
    .select_from(Checkout)
    .outerjoin(AgentSession, AgentSession.id == _SESSION)
    .outerjoin(Conflict, Conflict.checkout_id == Checkout.id)
    .where(Checkout.id.in_(bindparam("checkouts", expanding=True)))
)
#: Lists of more bytes than this are long, and one push with such is looked at in a process at a time.
_LONG_BYTES = 2 * MIB
_LONG_LISTS = threading.BoundedSemaphore()


class AgentPush(Publication):
    """A push that came in on a user's outbox.

    Args:
        user: the authenticated pusher, known from the stream.
        event: what it says.
        inline: the pack, when it came inside the event.
        taken: the entry of the outbox, which goes along with the answer.
        counted: what stands against it, where that was found along with it.
    """

    def __init__(
        self,
        centre: Centre,
        user: str,
        event: Push,
        inline: bytes = b"",
        taken: OutboxEntry | None = None,
        counted: PushCount | None = None,
    ) -> None:
        self._centre, self._event, self._taken = centre, event, taken
        self.id, self.project, self.user, self.confirmed = event.id, event.project, user, event.confirmed
        self.checkout, self.counted = event.checkout, counted
        self._rows: list[Any] = []
        self._lists = centre.uploads.path(user, event.lists) if event.lists else None
        self._source = centre.uploads.path(user, event.upload) if event.upload else inline
        self._files, self._dear = ExitStack(), bool(event.upload or event.lists) or len(inline) > _LITTLE
        self.together = not event.upload
        self._pack: Pack | None = None
        self._snapshot: VerifiedPush | None = None
        #: Whether it builds on what is not published.
        self._beside = False
        self._actor = Actor(user, "agent")
        self._open: list[str] = []
        self._merged = Merge()
        self._outputs = ""
        self._outcome = PublishOutcome("refused")
        self._lately = 0

    def prepare(self, repository: Repository) -> None:
        """Read the pack, and look at everything in it; at what may be much only if it may be published."""
        for name in filter(None, (self._event.upload, self._event.lists)):
            self._have(name)
        if self._dear and not self._may_be_published():
            return
        if self._lists is not None:
            self._event = self._event.model_copy(update=dict(self._read_lists(self._lists)))
        self._pack = Pack(self._source, self._centre.settings)
        metering.count(inflated=sum(place.size for place in self._pack.places.values()))
        self.size = self._pack.size
        self._snapshot = verify(
            self._pack, self._event.commit, self.user, repository, lambda commit: self._is_published(repository, commit)
        )
        self.together = self.together and is_small(self._pack)

    def _have(self, upload: str) -> None:
        """Have an upload for this job alone, until it is closed."""
        try:
            if self._centre.uploads.complete(self.user, upload):
                self._files.enter_context(self._centre.uploads.reading(self.user, upload))
                if self._centre.uploads.complete(self.user, upload):
                    return
        except FileNotFoundError:
            pass
        raise UploadMissing(_MISSING)

    def _may_be_published(self) -> bool:
        """Find out what costs little, before what was uploaded is looked at. False for a push that was answered before.

        Raises:
            HubShareError: why it is refused.
        """
        with self._centre.database.read() as session:
            self.read_ahead(session, [self])
            self.admit(session)
            branch = read_branch(session, self.project)
            require(session, branch, self.user, Action.PUSH, branch.full_name if branch else self.project)
            assert branch is not None
            if read_records(session, [self.id]):
                return False
            if isinstance(self._source, Path):
                self.size = self._source.stat().st_size
                if self.size > self._centre.settings.max_push_bytes:
                    raise TooLarge(f"The pack has {size_of(self.size)}: push fewer or smaller files at once.")
                check_bytes(session, self._centre.settings, branch, self.size)
        return True

    def _is_published(self, repository: Repository, commit: str) -> bool:
        """Whether a commit is published, or is this checkout's own.

        Most push on top of what is newest, which the branch says without the database.
        """
        if commit == repository.branch:
            return True
        with self._centre.database.read() as session:
            made = published_with(session, self.project, commit)
            # What was merged is a part of the history; what was in conflict is kept beside it.
            if any(commit in (version, *repository.commit(version).parents) for version in made):
                return True
            branch = read_branch(session, self.project)
        # A database that came back from a backup learns of these as soon as something is published.
        if branch is not None and commit in repository.ahead_of(branch.head):
            return True
        # An agent that could not fetch what is published goes on from its own snapshot.
        self._beside = pushed_from(repository, commit) == self.checkout
        return self._beside

    def _read_lists(self, path: Path) -> PushLists:
        """What the push says of conflicts, when it is too long to travel along.

        Long ones take many times their size in memory until the push is answered, so a process has one such push at a time.
        """
        if path.stat().st_size > LISTS_MOST:
            raise TooLarge("The push names too many conflicts at once: push in parts.")
        if path.stat().st_size > _LONG_BYTES:
            if not _LONG_LISTS.acquire(blocking=False):
                raise Unavailable("Another push names as many conflicts: this one is looked at in a moment.")
            self._files.callback(_LONG_LISTS.release)
        return PushLists.read(path.read_bytes())

    @classmethod
    def read_ahead(cls, session: Session, wanted: Sequence[AgentPush]) -> None:
        """Read their checkouts."""
        found = defaultdict[str, list[Any]](list)
        checkouts = sorted({push.checkout for push in wanted})
        for name, *row in session.connection().execute(_CHECKOUTS, {"checkouts": checkouts}):
            found[name].append(row)
        for push in wanted:
            push._rows = found[push.checkout]

    def admit(self, session: Session) -> None:
        """The checkout has to be the pusher's, and of this project."""
        rows = self._rows
        if not rows or tuple(rows[0][:2]) != (self.user, self.project):
            raise NotFound(
                "This checkout is not known to the Hub any more: unlink the folder and check the project out again."
            )
        token, token_id = rows[0][2:4]
        self._actor = Actor(self.user, "agent", token or "", token_id or "")
        # What is in conflict in this checkout stays as published until it is settled.
        self._open = [row[4] for row in rows if row[4] is not None]

    def look(self, session: Session, branch: Branch) -> None:
        """How much was deleted before counts as well."""
        if self._snapshot is not None and any(side is None for _, side in self._snapshot.changes.values()):
            self._lately = guard.deleted_lately(session, self.project, self.user)

    def answered_before(self, session: Session, branch: Branch) -> PublishOutcome | None:
        """A push in conflict that comes again is told again, however often it comes: nothing more is kept of it."""
        if not self._open:
            return None
        name = self._same(branch.head, branch.outputs, self._open)
        record = read_records(session, [name]).get(name)
        return PublishOutcome.decode(record.answer) if record is not None else None

    def _same(self, head: str, outputs: str, still_open: Iterable[str]) -> str:
        """The id under which is recorded how a push in conflict was answered: of all that its answer depends on."""
        _, snapshot = self._read
        event, commit = self._event, snapshot.commit
        said = (self.checkout, self.user, commit.tree, commit.parents, event.conflicts, event.settled, event.confirmed)
        return hashlib.sha256(repr((said, head, outputs, sorted(still_open))).encode()).hexdigest()[:32]

    def change(self, published: Published) -> BranchChange:
        """Publish what a merge lets through."""
        pack, snapshot = self._read
        settled = Paths(self._event.settled)
        frozen = {*self._event.conflicts, *(path for path in self._open if not settled.touch(path))}
        self._merged = merged = merge(snapshot.changes, now := StoredTree(published.tree, published.root), frozen)
        gone = self._check_deletions(published, {path: snapshot.changes[path] for path in merged.changes})
        pushed = ((path, side) for path, (_, side) in snapshot.changes.items())

        def size_of(name: str) -> int:
            return pack.places[name].size if name in pack else published.size_of(name)

        check_outputs(published.branch, pushed, lambda name: (pack if name in pack else published).read(name), size_of)
        made = self._made(published, pack, snapshot, merged)
        if made.version is not None:
            made.size = growth(((now.entry(path), side) for path, side in merged.changes.items()), size_of)
        made.gone = gone
        self.held = made.version.commit if made.version is not None else published.head
        self._outcome = PublishOutcome(made.status, self.held, published.number, self.held, made.conflicts)
        self._outputs = published.branch.outputs
        return made

    def _check_deletions(self, published: Published, changes: Changes) -> int:
        """Return how many files are deleted, where that needs no confirmation or has one."""
        found = guard.look(
            published.branch, self._centre.settings, changes, self._lately, published.tree, published.root
        )
        if found.asks(each=True) and not self.confirmed:
            raise DeletionsAsked(
                f"This push deletes {found.said} of {published.branch.full_name} ({found.names}): if that is what you want, "
                "run `hubshare push --confirm`.",
                found.mark,
            )
        return found.gone

    @property
    def _read(self) -> tuple[Pack, VerifiedPush]:
        if self._pack is None or self._snapshot is None:
            raise Unavailable("The answer to this push is not there any more: it is looked at once more.")
        return self._pack, self._snapshot

    def _made(self, published: Published, pack: Pack, snapshot: VerifiedPush, merged: Merge) -> BranchChange:
        conflicts = [{"path": found.path, "kind": found.kind} for found in merged.conflicts]
        status = "conflict" if conflicts else "applied"
        small = is_small(pack)
        made = BranchChange(
            None,
            status,
            conflicts,
            objects=[pack.read(name) for name in pack.places] if small else [],
            install=None if small else lambda repository: repository.install(pack),
            grown=pack.size,
        )
        if not merged.changes:
            made.kept = snapshot.name
            return made
        commit, summary = snapshot.commit, snapshot.commit.summary
        if not conflicts and commit.parents[0] == published.head:
            made.version = NewVersion(snapshot.name, snapshot.name, self.user, summary, commit.time)
            made.update = self._source if snapshot.complete else b""
            return made
        parents: tuple[str, ...] = (published.head, snapshot.name)
        if conflicts or self._beside:
            # Who reads the project reads its history too: what was not published is kept beside it.
            made.kept, parents = snapshot.name, (published.head,)
        edit = edit_tree(published.tree, published.root, merged.changes)
        # Whoever does this once more, since somebody died in the middle of it, makes the same commit.
        when = min(int(time.time()), max(commit.time, published.commit(published.head).time))
        merge_commit = Commit(edit.root, parents, self.user, when, commit.message)
        encoded = merge_commit.encode()
        made.objects += [*(Object(TREE, data) for data in edit.made.values()), encoded]
        made.version = NewVersion(encoded.id, snapshot.name, self.user, summary, merge_commit.time)
        made.status = status if conflicts else "merged"
        return made

    def actor(self) -> Actor:
        """The pusher, with the token that the server's agent signed in with."""
        return self._actor

    def details(self) -> dict[str, str]:
        return {"checkout": self.checkout}

    def record(self, session: Session, change: BranchChange) -> None:
        """Note the conflicts of the checkout."""
        over = {*self._merged.agreed, *self._event.settled}
        if not self._merged.conflicts and not (self._open and over):
            return
        met = {sides.path: sides.kind for sides in self._merged.conflicts}
        known = note_conflicts(session, self.project, self.checkout, self._event.commit, over, met)
        if change.version is None and self._merged.conflicts:
            name = self._same(self.held, self._outputs, known)
            if not read_records(session, [name]):
                answer = self._outcome.encode()
                add_records(session, [Record(name, self.project, self.user, self.checkout, answer)])

    def deliveries(self, answer: PublishOutcome) -> Iterable[Delivery]:
        """The outcome, for the pusher's agent."""
        if answer.code == HasOutputs.code:
            # The agent learns what the project wants before it tries again.
            with self._centre.database.read() as session:
                project = session.get_one(Project, self.project)
            yield Tell([self.user], self._centre.standing(project, self.user).encode())
        met = [OpenConflict(**found) for found in answer.conflicts]
        long = are_long([found.path for found in met])
        outcome = Outcome(
            event=self.id,
            checkout=self.checkout,
            status=answer.status,
            commit=answer.commit or None,
            number=answer.number,
            conflicts=[] if long else met,
            more=len(met) if long else answer.more,
            code=answer.code,
            message=answer.message,
            retry=answer.retry,
        )
        yield Tell([self.user], outcome.encode())
        if self.counted is not None:
            yield CountPush(self.user)
        if self._taken is not None:
            yield Drop(*self._taken)

    def finish(self, answer: PublishOutcome) -> None:
        """An upload goes, but for one that could not be looked at; one that was refused for what is in it goes, too."""
        kept = answer.retry and answer.code != HasOutputs.code
        for path in (self._source, self._lists):
            if isinstance(path, Path) and not kept:
                path.unlink(missing_ok=True)

    def close(self) -> None:
        if self._pack is not None:
            self._pack.close()
        self._files.close()
