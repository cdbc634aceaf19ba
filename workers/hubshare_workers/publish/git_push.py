"""A push by somebody's git: what is in quarantine follows what is published, or git has to merge it first."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.orm import Session

from hubshare.bus.deliveries import Delivery, ReplyTo
from hubshare.bus.replies import Reply
from hubshare.centre import Centre
from hubshare.errors import Clash, DeletionsAsked, HubShareError, NotFound, TooMany, Unavailable
from hubshare.git.objects import diff_trees
from hubshare.git.pktline import NOTHING
from hubshare.git.quarantine import AcceptedPack, NotForward, Quarantine
from hubshare.git.repository import Repository
from hubshare.git.tree_size import TreeSize, growth
from hubshare.git.verify import Changes, verify_commits
from hubshare.git.waiting import alone, discard, spool
from hubshare.jobs.payloads import GitPush
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import require
from hubshare.store.audit import Actor
from hubshare.store.publications import read_records
from hubshare.store.quotas import check_bytes, check_growth, held_besides
from hubshare.store.versions import Branch, NewVersion, read_branch, was_published
from hubshare_workers.publish import guard
from hubshare_workers.publish.outputs import check_outputs
from hubshare_workers.publish.publication import BranchChange, Publication, Published, PublishOutcome


class MovedOn(Clash):
    """Something else was published since the pusher looked."""

    def __init__(self) -> None:
        super().__init__("Something else was published meanwhile: run `git pull`, then push again.")


#: Holds the empty first version where the history of a repository that there was before took its place.
_FIRST = "refs/hubshare/first"
#: What git says in such cases, behind `[remote rejected]`; else it is the code.
_REASONS: dict[type[HubShareError], str] = {
    MovedOn: "fetch first",
    NotForward: "non-fast-forward",
    DeletionsAsked: "many files deleted",
}


class ByGit(Publication):
    """A push that lies in quarantine.

    Args:
        push: the job.
    """

    def __init__(self, centre: Centre, push: GitPush) -> None:
        self._centre, self._push = centre, push
        self.id, self.project, self.user, self.confirmed = push.id, push.project, push.user, push.confirmed
        self.together = False
        self._files = ExitStack()
        self._looked: _Looked | None = None
        self._published = False
        self._old, self._first = push.old, False

    def prepare(self, repository: Repository) -> None:
        """Unpack the push beside the project and look at every commit in it; before that at what costs nothing."""
        with self._centre.database.read() as session:
            branch = read_branch(session, self.project)
            require(session, branch, self.user, Action.PUSH, branch.full_name if branch else self.project)
            assert branch is not None
            if read_records(session, [self.id]) or was_published(session, branch.id, self._push.old, self._push.new):
                return
        if branch.head == self._push.new:
            return
        if self._push.old == NOTHING and branch.version == 0:
            # The empty first version gives way to a repository that there was before.
            self._old, self._first = branch.head, True
        self._check_place(branch.head)
        pack = spool(self._centre.settings.quarantine, self.id)
        if not pack.exists():
            raise NotFound("This push is not there any more: push again.")
        self.size = pack.stat().st_size
        with self._centre.database.read() as session:
            check_bytes(session, self._centre.settings, branch, self.size)
        with alone(self._centre.settings.git_locks, self.user):
            self._looked = self._look(branch, repository, pack)

    def _look(self, branch: Branch, repository: Repository, pack: Path) -> _Looked:
        settings, old, new = self._centre.settings, self._old, self._push.new
        quarantine = self._files.enter_context(Quarantine.around(pack, repository, settings))

        def size_of(name: str) -> int:
            return (quarantine.kind_and_size(name) or (0, 0))[1]

        def look(changes: Changes) -> None:
            # A merge may bring what the project had before it shared no outputs.
            brought = ((path, side) for path, (_, side) in changes.items() if side and side.id not in repository)
            check_outputs(branch, brought, quarantine.read, size_of)

        commits = quarantine.new_commits(old, new, self._first)
        if self._first and quarantine.builds_on(old, new):
            raise MovedOn
        verify_commits(commits, quarantine, settings, look)
        before, after = (quarantine.commit(name).tree for name in (old, new))
        changed = {path: (was, side) for path, was, side in diff_trees(quarantine.tree, before, after)}
        with self._centre.database.read() as session:
            lately = guard.deleted_lately(session, branch.id, self.user)
        deletions = guard.look(branch, settings, changed, lately, quarantine.tree, before)
        size = growth(changed.values(), size_of)
        self._check_growth(branch, size)
        return _Looked(branch, deletions, quarantine.commit(new).summary, size, quarantine.pack(old, new))

    def _check_growth(self, branch: Branch, size: TreeSize) -> None:
        """Refuse before it is packed what would be refused later; where sizes are not known, that is left to then."""
        if branch.measured == branch.head:
            before = TreeSize(branch.files, branch.unpacked)
            with self._centre.database.read() as session:
                besides = held_besides(session, self._centre.settings, branch)
            check_growth(self._centre.settings, branch, besides, before, before.grown(size))

    def _check_place(self, head: str) -> None:
        if head != self._old:
            raise MovedOn

    def look(self, session: Session, branch: Branch) -> None:
        """Whether it was published already, by a push that was sent before this one."""
        self._published = was_published(session, branch.id, self._old, self._push.new)
        if self._looked is not None and self._push.confirmed:
            # A confirmation is good for what was asked, whatever was committed on top of it since.
            self.confirmed = guard.was_asked(session, branch.id, self.user, self._looked.deletions.mark)

    def change(self, published: Published) -> BranchChange:
        """Publish the tip; nothing is merged here."""
        if self._published or published.head == self._push.new:
            return BranchChange(None)
        self._check_place(published.head)
        looked = self._looked
        if looked is None or looked.branch.outputs != published.branch.outputs:
            raise Unavailable(f"{published.branch.full_name} has changed meanwhile: the push is looked at once more.")
        found = looked.deletions
        if found.asks() and not self.confirmed:
            raise DeletionsAsked(
                f"This push deletes {found.said} of {published.branch.full_name} ({found.names}): if that is what you want, "
                "push again with `git push -o confirm`.",
                found.mark,
            )
        accepted = looked.accepted
        return BranchChange(
            NewVersion(self._push.new, self._push.new, self.user, looked.summary, int(time.time())),
            install=lambda repository: self._install(repository, accepted),
            grown=accepted.size,
            gone=found.gone,
            size=looked.size,
        )

    def _install(self, repository: Repository, accepted: AcceptedPack) -> None:
        accepted.install(repository)
        if self._first:
            # Checkouts begin at the first version, also when nothing builds on it.
            repository.set_ref(_FIRST, self._old)

    def reason(self, error: HubShareError) -> str:
        """Why it is refused, in git's words where git has some."""
        return _REASONS.get(type(error), error.code)

    def actor(self) -> Actor:
        """The pusher, with the token that was git's password."""
        return Actor(self.user, "git", self._push.token)

    def deliveries(self, answer: PublishOutcome) -> Iterable[Delivery]:
        """The reply for the service, which has git waiting."""
        message = answer.message
        if answer.code == TooMany.code:
            message = f"{message.partition(':')[0]}: push again in a minute."
        yield ReplyTo(self.id, Reply(answer.code, message if answer.code else ""))

    def finish(self, answer: PublishOutcome) -> None:
        """The quarantine goes."""
        self.close()
        discard(self._centre.settings.quarantine, self.id)

    def close(self) -> None:
        self._files.close()


class _Looked(NamedTuple):
    """What was found in quarantine.

    Attributes:
        branch: the project at that moment.
        deletions: what is deleted.
        summary: of the tip.
        size: by how much the project grows on a disk.
        accepted: what is to be taken in.
    """

    branch: Branch
    deletions: guard.Found
    summary: str
    size: TreeSize
    accepted: AcceptedPack
