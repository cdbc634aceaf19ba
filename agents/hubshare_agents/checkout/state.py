"""The state of a checkout: every value that is not of a single path, and what may change it. Pure; `store.py` writes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from hubshare.git.objects import EMPTY_TREE
from hubshare.sync.merge import Paths
from hubshare.sync.trees import Side
from hubshare.vocabulary import ModeName, OutputsName, PolicyName, RoleName
from hubshare.wire.agent import Outcome, Push
from hubshare_agents.checkout.file_system import FileSystem

#: Deletions that an `auto` checkout pushed within this time count as one.
_LATELY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class PendingPush:
    """A push that has been sent and not been answered, or answered and not been taken in.

    Attributes:
        event: the push; sent again unchanged until it is answered.
        tree: top tree of its snapshot.
        sides: path to what the snapshot holds, for every path that it changes.
        outcome: the answer.
    """

    event: Push
    tree: str
    sides: Mapping[str, Side]
    outcome: Outcome | None = None

    @property
    def waits(self) -> bool:
        """Whether it has not been answered."""
        return self.outcome is None

    @property
    def published(self) -> dict[str, Side]:
        """What it has published once it was answered, so that both sides agree on it."""
        if self.outcome is None:
            return {}
        still_open = Paths([*(conflict.path for conflict in self.outcome.conflicts), *self.event.conflicts])
        return {path: side for path, side in self.sides.items() if not still_open.touch(path)}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why the last push was refused: the error's stable code, and its words."""

    code: str
    message: str


class PushedDeletions(NamedTuple):
    """When (seconds since 1970) a push deleted how many files."""

    at: float
    files: int


@dataclass(frozen=True, slots=True)
class CheckoutState:
    """What a checkout knows of itself, of its project, and of its exchange with the centre.

    The names of the attributes are the keys under which the values are stored; see `store.py`.

    Attributes:
        checkout, project: ids at the centre.
        name: of the project, owner/name.
        root: absolute path of the folder.
        user, role: whose checkout it is, and what they may do with the project.
        base, base_tree, number: the newest published state that is known here: commit, its top tree, version.
        mode: whether it syncs by itself.
        policy: what becomes of its conflicts.
        outputs: whether the project shares outputs of notebooks.
        identity: what told the folder from another one in its place when that was last sure (device, inode); None when it is
            not sure.
        identity_before: what told the folder before that, if it was another one; it may lie somewhere else now.
        pending: the push under way.
        settled: paths whose conflict is over, to be told with the next push.
        sent: conflicts that the centre was told of; path to a mark of our side.
        unseen: conflicts whose published side has yet to be fetched.
        refused: why the last push was refused for good.
        lost: why there is no access any more, in words for the person.
        deleting: how many files the push under way deletes that nobody was asked about.
        deleted: the deletions of a moment ago.
        asked, asked_here: mark of the deletions that a person was asked about last: of files of the project, and of files here.
        meant: whether deletions that have still to come to disk were confirmed by whoever published them.
        received: how many versions were taken in.
        file_system: what the folder's file system can do, when that was last tried.
        own_rules: the ignore rules that held here before others changed them, until the person edits them here.
    """

    checkout: str
    project: str
    name: str
    root: str
    user: str
    role: RoleName
    base: str
    base_tree: str = EMPTY_TREE
    number: int = 0
    mode: ModeName = "manual"
    policy: PolicyName = "ask"
    outputs: OutputsName = "share"
    identity: tuple[int, int] | None = None
    identity_before: tuple[int, int] | None = None
    pending: PendingPush | None = None
    settled: tuple[str, ...] = ()
    sent: Mapping[str, str] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()
    refused: Refusal | None = None
    lost: str | None = None
    deleting: int = 0
    deleted: tuple[PushedDeletions, ...] = ()
    asked: str = ""
    asked_here: str = ""
    meant: bool = False
    received: int = 0
    file_system: FileSystem | None = None
    own_rules: str | None = None

    # looking

    def knows_of(self, path: str, ours: Side) -> bool:
        """Return whether the centre was told of just this side of a conflict."""
        return self.sent.get(path) == _mark(ours)

    def deleted_lately(self, now: float) -> tuple[PushedDeletions, ...]:
        """Return the deletions of a moment ago: a large one may be seen in several parts."""
        return tuple(one for one in self.deleted if one.at > now - _LATELY_SECONDS)

    # pushing

    def push_begun(self, pending: PendingPush, deleting: int = 0) -> CheckoutState:
        """A push is under way; an earlier refusal says nothing any more."""
        return replace(self, pending=pending, refused=None, deleting=deleting)

    def deletions_pushed(self, now: float, count: int) -> CheckoutState:
        """Files that are gone here go everywhere."""
        return replace(self, deleted=(*self.deleted_lately(now), PushedDeletions(now, count)))

    def folder_recognised(self, identity: tuple[int, int] | None) -> CheckoutState:
        """The folder is the one that it was, mounted anew perhaps; or, for None, that is in doubt."""
        before = self.identity or self.identity_before
        return replace(self, identity=identity, identity_before=before if before != identity else None)

    def deletions_confirmed(self, identity: tuple[int, int] | None) -> CheckoutState:
        """The person said that what is gone is meant to be gone, and that this is the folder."""
        return replace(self.folder_recognised(identity), deleted=(), asked="")

    def deletions_asked(self, mark: str) -> CheckoutState:
        """The person was asked whether these files of the project are to be deleted; none are for ""."""
        return replace(self, asked=mark)

    def deletions_here_asked(self, mark: str) -> CheckoutState:
        """The person was asked whether these files are to be deleted here; none are for ""."""
        return replace(self, asked_here=mark)

    def deletions_here_meant(self, meant: bool) -> CheckoutState:
        """What is still to be deleted here was confirmed by whoever published it, or nothing of it is left."""
        return replace(self, meant=meant)

    def push_answered(self, outcome: Outcome) -> CheckoutState:
        """The push was published, in part at least; its result is still to be taken in."""
        return self if self.pending is None else replace(self, pending=replace(self.pending, outcome=outcome))

    def push_refused(self, refusal: Refusal) -> CheckoutState:
        """The push was refused for good."""
        return replace(self, pending=None, refused=refusal)

    def push_dropped(self) -> CheckoutState:
        """The push is under way no more; what is on disk is pushed anew."""
        return replace(self, pending=None)

    def refusal_forgotten(self) -> CheckoutState:
        """What was refused may be tried again."""
        return replace(self, refused=None)

    # receiving

    def moved_on(self, base: str, base_tree: str, number: int) -> CheckoutState:
        """A newer published state is known."""
        return replace(self, base=base, base_tree=base_tree, number=number, received=self.received + 1, unseen=())

    def gone_on_from_push(self) -> CheckoutState:
        """The answered push is taken for what is published, in whole; what it met is not known yet."""
        pending = self.pending
        if pending is None or pending.outcome is None:
            return self
        met = {*self.unseen, *(conflict.path for conflict in pending.outcome.conflicts)}
        moved = self.moved_on(pending.event.commit, pending.tree, self.number).push_taken_in()
        return replace(moved, unseen=tuple(sorted(met)))

    def push_taken_in(self) -> CheckoutState:
        """The result of the answered push is in the known published state."""
        pending = self.pending
        if pending is None or pending.outcome is None:
            return self
        sent = {conflict.path: _mark(pending.sides.get(conflict.path)) for conflict in pending.outcome.conflicts}
        told = set(pending.event.settled)
        return replace(
            self,
            pending=None,
            sent={**self.sent, **sent},
            settled=tuple(path for path in self.settled if path not in told),
        )

    # conflicts

    def conflicts_settled(self, paths: Iterable[str]) -> CheckoutState:
        """Conflicts are over; the centre is to hear of those that it was told of."""
        gone, sent = set(paths), self.sent
        return replace(
            self,
            settled=tuple(sorted({*self.settled, *(gone & sent.keys())})),
            sent={path: mark for path, mark in sent.items() if path not in gone},
        )

    # what the centre says

    def access_lost(self, why: str) -> CheckoutState:
        """There is no access any more; a push under way would be refused."""
        return replace(self, pending=None, lost=why)

    def standing_changed(self, role: RoleName, name: str) -> CheckoutState:
        """The person's role or the project's name is another one, or access is back."""
        return replace(self, role=role, name=name, lost=None, refused=None)

    def user_renamed(self, user: str) -> CheckoutState:
        """The Hub calls the user otherwise: a push in the former name, or refused for it, is made anew."""
        return replace(self, user=user, pending=None, refused=None)

    def outputs_changed(self, outputs: OutputsName) -> CheckoutState:
        """Outputs of notebooks are shared from now on, or stripped."""
        return replace(self, outputs=outputs, refused=None)

    def file_system_tried(self, found: FileSystem) -> CheckoutState:
        """It is known what the folder's file system can do."""
        return replace(self, file_system=found)

    def rules_kept(self, rules: str | None) -> CheckoutState:
        """Others changed the ignore rules, which were these here; or, for None, the person takes them as they are."""
        return replace(self, own_rules=rules)

    # what the person says

    def relocated(self, root: str) -> CheckoutState:
        """Its folder was moved; if that is another folder, what is missing there is asked about."""
        return replace(self, root=root)

    def mode_set(self, mode: ModeName) -> CheckoutState:
        """It syncs by itself from now on, or when it is told to."""
        return replace(self, mode=mode)

    def policy_set(self, policy: PolicyName) -> CheckoutState:
        """Conflicts are settled like this from now on."""
        return replace(self, policy=policy)


def _mark(side: Side) -> str:
    return f"{side.mode:o} {side.id}" if side else ""
