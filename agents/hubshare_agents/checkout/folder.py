"""One checkout: its folder, its index, and every step of a push, a pull and a resolution. No network in here.

The steps are plain functions of what is on disk, in the index and in the messages, so that they can be played in any order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

from hubshare.config import MIB, AgentSettings
from hubshare.errors import Clash, Forbidden, NotFound, Paused
from hubshare.git.objects import EMPTY_TREE, FOLDER, TREE, diff_trees, read_commit, read_tree
from hubshare.git.packs import Pack
from hubshare.names import quoted
from hubshare.sync.merge import Paths, group
from hubshare.sync.plan import Plan, plan
from hubshare.sync.trees import Entry, Side
from hubshare.vocabulary import OutputsName
from hubshare.wire.agent import Outcome, Push, new_id
from hubshare_agents.checkout import snapshot
from hubshare_agents.checkout.apply import PullResult, apply
from hubshare_agents.checkout.disk import Busy, Changed, Disk
from hubshare_agents.checkout.index import CheckoutIndex
from hubshare_agents.checkout.pending import Pending
from hubshare_agents.checkout.scanner import Scan, Scanner
from hubshare_agents.checkout.stash import Stash

#: After this many received versions, trees that nothing refers to are dropped.
_PRUNE_EVERY = 200

#: Room in a push for its trees, and at most this part of it.
_TREES_BYTES, _TREES_PART = 128 * MIB, 8

#: Deletions that an `auto` checkout pushed within this time count as one.
_LATELY_SECONDS = 60.0

Pick = Literal["ours", "theirs"]


class Incomplete(Exception):
    """A pack does not hold what is needed to move on; a larger one has to be fetched."""


class Folder:
    """One checkout.

    Args:
        state: the folder of its own state, outside the shared folder.
        settings: limits and thresholds.

    The index keeps these values: `checkout`, `project` (ids), `name` (owner/name), `root`, `user`, `role`, `mode`, `policy`,
    `base` (commit), `base_tree`, `number` (version), `pending`, `settled`, `sent` (conflicts told of), `lost`, `refused`,
    `outputs` (of notebooks: `share` or `strip`).
    """

    def __init__(self, state: Path, settings: AgentSettings) -> None:
        self.state = state
        self.settings = settings
        (state / "packs").mkdir(parents=True, exist_ok=True, mode=0o700)
        (state / "kept").mkdir(exist_ok=True, mode=0o700)
        self.index = CheckoutIndex(state / "index.sqlite")
        self._drop_spare_packs()
        self.disk = Disk(Path(self.index.get("root", "/nonexistent")))
        self.scanner = Scanner(self.disk, self.index, settings)
        self.keep = Stash(state / "kept", self.index, self.disk)

    @classmethod
    def create(cls, state: Path, settings: AgentSettings, **values: Any) -> Folder:
        """Begin to track a folder; `base` is the commit that an empty checkout starts from, with an empty tree."""
        made = cls(state, settings)
        with made.index.transaction():
            for key, value in ({"base_tree": EMPTY_TREE, "mode": "manual", "policy": "ask"} | values).items():
                made.index.set(key, value)
        made.disk.root = Path(values["root"])
        made.index.set("identity", made.disk.identity())
        return made

    def close(self) -> None:
        """Close the index."""
        self.index.close()

    def __getattr__(self, name: str) -> Any:
        if name in ("checkout", "project", "name", "role", "mode", "policy", "base", "number", "user"):
            return self.index.get(name)
        raise AttributeError(name)

    # looking

    def scan(self, paths: Iterable[str] = ("",)) -> Scan:
        """Look at the disk; everything below each path.

        Raises:
            Paused: when the folder is gone.
        """
        if self.disk.identity() is None:
            raise Paused(
                f"The folder {self.disk.root} is gone: bring it back, or run `hubshare unlink {self.disk.root}`."
            )
        total = Scan()
        for path in sorted(set(paths)):
            found = self.scanner.scan(path)
            total.edited += found.edited
            total.busy += found.busy
            total.leftovers += found.leftovers
        return total

    def recover(self, leftovers: Iterable[str]) -> None:
        """Keep, then remove, the temporary files of an operation that was cut short."""
        for path in leftovers:
            found = self.disk.stat(path)
            if found is None:
                continue
            try:
                entry, seen = self.disk.hash(path, found)
            except (OSError, Busy):
                continue
            if not self.index.knows(entry.id):
                self.keep.put(path, entry, "left by an operation that was cut short")
            self.disk.delete(path, entry, seen)

    def plan(self) -> Plan:
        """What differs, and what is to be done about it."""
        made = plan(self.index.differing(), self.index)
        nested: dict[str, bool] = {}
        for path in [*made.write, *made.delete]:
            parent = path.rpartition("/")[0]
            if parent not in nested:
                nested[parent] = bool(parent) and self.scanner.nested(parent)
            if nested[parent]:
                made.write.pop(path, None)
                made.delete.pop(path, None)
                made.held[path] = "its folder has a git repository of its own, which HubShare leaves alone"
        return made

    def settle(self) -> Plan:
        """The plan, after what needs no decision has been noted: equal sides agree, a standing policy picks."""
        made = self.plan()
        if made.converged:
            with self.index.transaction():
                for path, side in made.converged.items():
                    self.index.agree(path, side, side)
                self._note_settled(made.converged)
            made = self.plan()
        self._note_over(made)
        policy = self.policy
        if made.conflicts and policy == "ours":
            self.pick_ours([conflict.path for conflict in made.conflicts])
            made = self.plan()
        return made

    # pushing

    @property
    def pending(self) -> Pending | None:
        """The push that is under way."""
        found = self.index.get("pending")
        return Pending.decode(found) if found is not None else None

    def _save_pending(self, pending: Pending) -> None:
        self.index.set("pending", pending.encode())

    def pack_path(self, push: Push) -> Path:
        """Where the pack of a push lies until it is answered."""
        return self.state / "packs" / f"{push.id}.pack"

    def edits(self, made: Plan, only: Iterable[str] | None = None) -> dict[str, Side]:
        """What a push would publish or tell: outgoing edits, and our side of conflicts that the centre does not know yet."""
        sent = self.index.get("sent", {})
        edits = {path: ours for path, (_, ours) in made.outgoing.items()}
        for conflict in made.conflicts:
            if sent.get(conflict.path) != _mark(conflict.ours) and conflict.ours != conflict.theirs:
                edits[conflict.path] = conflict.ours
        if only is not None:
            wanted = Paths(only)
            edits = {path: side for path, side in edits.items() if wanted.touch(path)}
        return edits

    def begin_push(
        self,
        confirmed: bool = False,
        only: Iterable[str] | None = None,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Pending | None:
        """Take a snapshot and remember it as under way; the one that is under way, if there is one.

        Args:
            confirmed: the person confirmed that many files are deleted.
            only: publish nothing but these paths and what lies below them.
            progress: is told of (files packed, files in all).

        Returns:
            None when there is nothing to publish.

        Raises:
            Forbidden: when the role is too small.
            Paused: when a brake asks for a confirmation.
        """
        if self.pending is not None:
            return self.pending
        made = self.settle()
        edits = self.edits(made, only)
        if not edits:
            return None
        if self.role == "reader":
            raise Forbidden(f"You are reader of {self.name}: your edits stay here. Ask its owner to make you writer.")
        gone = sum(side is None for side in edits.values())
        self._brake_out(gone, confirmed)
        conflicts, edited = [conflict.path for conflict in made.conflicts], Paths(edits)
        push = Push(
            project=self.project,
            checkout=self.checkout,
            commit="0" * 40,
            conflicts=[path for path in conflicts if edited.touch(path)],
            settled=self.index.get("settled", []),
            confirmed=confirmed,
        )
        target = self.pack_path(push)
        taken = snapshot.take(
            self.index,
            self.disk,
            self.user,
            self.checkout,
            edits,
            target,
            self.settings.max_push_bytes - min(_TREES_BYTES, self.settings.max_push_bytes // _TREES_PART),
            confirmed,
            progress,
        )
        if taken is not None and taken.left:
            self.scan(taken.left)
        if taken is None or not taken.name:
            target.unlink(missing_ok=True)
            return None
        upload = new_id() if target.stat().st_size > self.settings.inline_push_bytes else None
        pending = Pending(push.model_copy(update={"commit": taken.name, "upload": upload}), taken.tree, taken.sides)
        with self.index.transaction():
            self._save_pending(pending)
            self.index.set("refused", None)
            if gone and not confirmed:
                self.index.set("deleted", [*self._deleted_lately(), [time.time(), gone]])
        return pending

    def _brake_out(self, gone: int, confirmed: bool) -> None:
        identity = self.disk.identity()
        lately = sum(count for _, count in self._deleted_lately()) if self.mode == "auto" else 0
        if confirmed:
            self.index.set("identity", identity)
            self.index.set("deleted", None)
        elif gone and identity != self.index.get("identity"):
            raise Paused(
                f"{self.disk.root} is not the folder that it was, and {gone:,} files are missing in it: if they are to be "
                "deleted in the project, run `hubshare push --confirm`."
            )
        elif gone and gone + lately > self.settings.brake_deletions:
            raise Paused(
                f"{gone + lately:,} files of {self.name} were deleted here: if they are to be deleted for everybody, run "
                "`hubshare push --confirm`; to get them back, `hubshare restore .`"
            )

    def _deleted_lately(self) -> list[tuple[float, int]]:
        """When (seconds since 1970) how many deletions were pushed: a large deletion may be seen in several parts."""
        return [(at, count) for at, count in self.index.get("deleted", []) if at > time.time() - _LATELY_SECONDS]

    def answer(self, outcome: Outcome) -> bool:
        """Take in the answer to the push under way; False when it is the answer to another one."""
        pending = self.pending
        if pending is None or pending.event.id != outcome.event:
            return False
        if outcome.status == "refused":
            with self.index.transaction():
                self._drop_pending(pending)
                if not outcome.retry:
                    self.index.set("refused", {"code": outcome.code, "message": outcome.message})
            return True
        if pending.outcome is None:
            pending.outcome = outcome
            self._save_pending(pending)
        return True

    def _drop_spare_packs(self) -> None:
        """Remove the packs that an agent left behind when it died before it had noted what they are for."""
        pending = self.pending
        for path in (self.state / "packs").iterdir():
            if pending is None or path != self.pack_path(pending.event):
                path.unlink(missing_ok=True)

    def _drop_pending(self, pending: Pending) -> None:
        self.index.set("pending", None)
        self.pack_path(pending.event).unlink(missing_ok=True)

    def drop_refusal(self) -> None:
        """Forget that a push was refused, so that it is tried again."""
        self.index.set("refused", None)

    # pulling

    def receive(self, commit: str, number: int, pack: Pack | None) -> None:
        """Move the known published state on to `commit`. Nothing on disk is touched. A version that is older than what is
        known already, or than the answer to the push under way, changes nothing.

        Args:
            number: its version number.
            pack: holds the commit and its new trees; None when it is the snapshot that was pushed.

        Raises:
            Incomplete: when the pack does not hold enough.
        """
        pending = self.pending
        if pending is not None and pending.outcome is None:
            raise Clash("A push is under way; its answer comes first.")
        answered = pending.outcome.number if pending is not None and pending.outcome is not None else 0
        if number < max(self.number, answered) or (number == self.number and pending is None):
            return
        trees: list[tuple[str, bytes]] = []
        if pending is not None and commit == pending.event.commit:
            root = pending.tree
        elif commit == self.base:
            root = self.index.get("base_tree")
        elif pack is None or commit not in pack:
            raise Incomplete(commit)
        else:
            root = read_commit(pack.read(commit).data).tree
            trees = [(name, pack.read(name).data) for name, place in pack.places.items() if place.type == TREE]
        with self.index.transaction():
            self.index.add_trees(trees)
            try:
                diff = {path: new for path, _, new in diff_trees(self.index.tree, self.index.get("base_tree"), root)}
            except KeyError:
                raise Incomplete(commit) from None
            agreed = self._published_by(pending)
            for path in diff.keys() | agreed.keys():
                row = self.index.row(path)
                now = agreed.get(path, row.agreed)
                self.index.agree(path, now, diff[path] if path in diff else self.index.published(path))
            self.index.set("base", commit)
            self.index.set("base_tree", root)
            self.index.set("number", number)
            if pending is not None:
                self._finish(pending)
            self._prune()

    @staticmethod
    def _published_by(pending: Pending | None) -> dict[str, Side]:
        """What an answered push has published: both sides agree on it now."""
        if pending is None or pending.outcome is None:
            return {}
        still_open = Paths([*(conflict.path for conflict in pending.outcome.conflicts), *pending.event.conflicts])
        return {path: side for path, side in pending.sides.items() if not still_open.touch(path)}

    def _finish(self, pending: Pending) -> None:
        assert pending.outcome is not None
        in_conflict = {conflict.path for conflict in pending.outcome.conflicts}
        sent = self.index.get("sent", {})
        sent |= {path: _mark(pending.sides.get(path)) for path in in_conflict}
        self.index.set("sent", sent)
        self.index.set("settled", [path for path in self.index.get("settled", []) if path not in pending.event.settled])
        self._drop_pending(pending)

    def _prune(self) -> None:
        count = self.index.get("received", 0) + 1
        self.index.set("received", count)
        if count % _PRUNE_EVERY:
            return
        wanted: set[str] = set()

        def visit(tree: str) -> None:
            if tree not in wanted:
                wanted.add(tree)
                for mode, inner in read_tree(self.index.tree(tree)).values():
                    if mode == FOLDER:
                        visit(inner)

        visit(self.index.get("base_tree"))
        self.index.keep_trees(wanted)

    def brake_in(self, made: Plan, confirmed: bool) -> None:
        """Stop before many files are deleted here.

        Raises:
            Paused: until it is confirmed.
        """
        if len(made.delete) > self.settings.brake_deletions and not confirmed:
            raise Paused(
                f"This update of {self.name} deletes {len(made.delete):,} files here: look at `hubshare pull --dry-run`, then "
                "run `hubshare pull --confirm`."
            )

    def apply(
        self, made: Plan, packs: Sequence[Pack], progress: Callable[[int, int], None] = lambda done, total: None
    ) -> PullResult:
        """Bring the published state to disk; what was edited meanwhile is looked at again. See `apply.apply`."""
        result = apply(self.index, self.disk, self.keep, made, packs, progress)
        if result.changed:
            self.scan(result.changed)
        return result

    # conflicts

    def conflicts_at(self, paths: Iterable[str] | None) -> list[str]:
        """The conflicts that a pick of these paths settles; all of them for None.

        Raises:
            NotFound: when a path is not in conflict.
        """
        known = [conflict.path for conflict in self.settle().conflicts]
        if paths is None:
            return known
        found: set[str] = set()
        for path in paths:
            at = group(path, known) if path != "." else set(known)
            if not at:
                raise NotFound(f"{quoted(path)} is not in conflict: see `hubshare conflicts`.")
            found |= at
        return sorted(found)

    def pick_ours(self, paths: Iterable[str]) -> None:
        """Settle conflicts for this checkout's version: it becomes an edit of what is published now."""
        with self.index.transaction():
            picked = list(paths)
            for path in picked:
                published = self.index.published(path)
                if published is not None:
                    self.index.add_kept(path, published, self.base, time.time(), "published version, not picked")
                self.index.agree(path, published, published)
            self._note_settled(picked)

    def keep_ours(self, path: str) -> None:
        """Keep this checkout's version of a path where it can be restored, before it is replaced."""
        on_disk = self.index.row(path).on_disk
        if on_disk is not None:
            self.keep.put(path, on_disk, "version of this folder, not picked")

    def expect_theirs(self, paths: Iterable[str]) -> Plan:
        """The plan that puts the published versions in place, after ours have been kept."""
        made = Plan()
        for path in paths:
            self.keep_ours(path)
            local, published = self.index.row(path).local, self.index.published(path)
            if published is not None:
                made.write[path] = (local, published)
            elif local is not None:
                made.delete[path] = local
            else:
                self.index.agree(path, None, None)
        return made

    def note_settled(self, paths: Iterable[str]) -> None:
        """Remember, for the centre, that conflicts are over."""
        with self.index.transaction():
            self._note_settled(paths)

    def _note_over(self, made: Plan) -> None:
        """Conflicts that the centre knows of and that are none any more, such as a file that was edited back, are over: the
        centre would hold back every later edit of them."""
        still_open = Paths([*(conflict.path for conflict in made.conflicts), *made.held])
        over = [path for path in self.index.get("sent", {}) if not still_open.touch(path)]
        if over:
            with self.index.transaction():
                self._note_settled(over)

    def _note_settled(self, paths: Iterable[str]) -> None:
        gone, sent = set(paths), self.index.get("sent", {})
        told = {path for path in gone if path in sent}
        self.index.set("settled", sorted({*self.index.get("settled", []), *told}))
        self.index.set("sent", {path: mark for path, mark in sent.items() if path not in gone})

    # restoring

    def restore(self, path: str, entry: Entry, content: Iterable[bytes]) -> None:
        """Put an earlier version in place as an edit; what is there now is kept first."""
        self.scan([path])
        row = self.index.row(path)
        if row.held:
            raise Paused(f"{quoted(path)} cannot be replaced: {row.held}.")
        if row.on_disk is not None and not self.index.knows(row.on_disk.id):
            self.keep.put(path, row.on_disk, "version of this folder, replaced by a restore")
        try:
            self.disk.write(path, entry, content, row.on_disk, row.seen)
        except Changed:
            raise Clash(
                f"{quoted(path)} is being edited, or something else is in its place: run the command again."
            ) from None
        self.scan([path])

    # what the centre says of the project

    def set_outputs(self, policy: OutputsName) -> bool:
        """Share the outputs of notebooks from now on, or strip them; whether that is new. Edits have to be looked at again."""
        if policy == self.index.get("outputs", "share"):
            return False
        with self.index.transaction():
            self.index.set("outputs", policy)
            self.index.look_again(".ipynb")
        self.drop_refusal()
        return True

    def set_access(self, lost: str | None) -> None:
        """Note that access was lost, in words for the person, or that it is back."""
        if lost is not None and (pending := self.pending) is not None:
            self._drop_pending(pending)
        self.index.set("lost", lost)


def _mark(side: Side) -> str:
    return f"{side.mode:o} {side.id}" if side else ""
