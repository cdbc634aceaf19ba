"""Apply: one push, from the event to the published branch.

Permission, form and completeness are checked first; then, under the repository's lock: pack to disk, merge, branch,
record. A crash between any two of these is made good when the event is applied again.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from hubshare.centre import Centre
from hubshare.errors import BadEvent, HasOutputs, HubShareError, NotFound, Paused, TooMany, Unavailable
from hubshare.git.objects import FOLDER, TREE, Commit, Object, edit_tree, tree_entry, walk_tree
from hubshare.git.packs import Pack
from hubshare.git.repository import MAIN, Repository
from hubshare.git.verify import VerifiedPush, verify
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import require
from hubshare.store.audit import Actor, record
from hubshare.store.models import AgentSession, Checkout, Conflict, Project, PushRecord, Version, now
from hubshare.store.projects import brake_of, latest
from hubshare.store.versions import published_with, record_versions
from hubshare.sync.merge import Merge, Paths, merge
from hubshare.sync.trees import Conflict as Sides
from hubshare.sync.trees import Entry, Side
from hubshare.wire.agent import OpenConflict, Outcome, Push, new_id
from hubshare_workers.limits import check_push
from hubshare_workers.outputs import check_outputs


@dataclass(frozen=True)
class Applied:
    """What a push did.

    Attributes:
        outcome: what the pusher is told.
        project: the project that it went to, or None when it was refused before that was known.
        before, after: the published commit; equal when nothing was published; `before` is "" when it was answered earlier.
        pack: the pushed pack, when it is just what brings a checkout from `before` to `after`.
    """

    outcome: Outcome
    project: Project | None = None
    before: str = ""
    after: str = ""
    pack: bytes = b""


def apply_push(centre: Centre, user: str, event: Push, inline: bytes = b"") -> Applied:
    """Apply a push, or say why not.

    Args:
        user: the authenticated pusher, known from the stream.
        inline: the pack, when it came inside the event.

    Raises:
        Unavailable: when it should be tried again.
    """
    try:
        return _apply(centre, user, event, inline)
    except Unavailable:
        raise
    except HubShareError as error:
        return Applied(
            Outcome(
                event=event.id,
                checkout=event.checkout,
                status="refused",
                code=error.code,
                message=error.message,
                retry=isinstance(error, _Incomplete | TooMany | HasOutputs),
            )
        )


class _Incomplete(NotFound):
    """The upload that a push names is not there; the agent sends it again."""


def _apply(centre: Centre, user: str, event: Push, inline: bytes) -> Applied:
    with centre.database.read() as session:
        project = permitted(session, user, event)
        answered = session.get(PushRecord, event.id)
        if answered is not None:
            if answered.checkout_id != event.checkout:
                raise BadEvent("This push has the id of another one: each has an id of its own.")
            outcome = Outcome.model_validate(answered.outcome)
            return Applied(outcome, project, "", outcome.commit or "")
    repository = centre.repositories.open(project.id)
    source = centre.uploads.path(user, event.upload) if event.upload else inline
    if event.upload and not centre.uploads.complete(user, event.upload):
        raise _Incomplete("The upload of this push is not there: it is sent again.")
    check_push(centre, user, project, source.stat().st_size if isinstance(source, Path) else len(source))
    with Pack(source, centre.settings) as pack:
        snapshot = verify(pack, event.commit, user, repository)
        with repository.lock():
            applied = _publish(centre, user, event, repository, snapshot, pack)
    if event.upload and not isinstance(source, bytes):
        if applied.after == event.commit and applied.before not in ("", applied.after):
            kept = centre.repositories.update_path(project.id, applied.before, applied.after)
            kept.parent.mkdir(parents=True, exist_ok=True)
            source.replace(kept)
        else:
            source.unlink(missing_ok=True)
    elif applied.after == event.commit:
        return Applied(applied.outcome, applied.project, applied.before, applied.after, inline)
    return applied


def permitted(session: Session, user: str, event: Push) -> Project:
    """The project of a push, if its user may push to it from that checkout at this moment."""
    checkout = session.get(Checkout, event.checkout)
    if checkout is None or checkout.user != user or checkout.project_id != event.project:
        raise NotFound(
            "This checkout is not known to the Hub any more: unlink the folder and check the project out again."
        )
    project = session.get(Project, event.project)
    require(session, project, user, Action.PUSH, project.full_name if project else event.project)
    assert project is not None
    return project


def _publish(
    centre: Centre, user: str, event: Push, repository: Repository, snapshot: VerifiedPush, pack: Pack
) -> Applied:
    """Merge, take the pack in, and move the branch. Runs under the repository's lock."""
    before = repository.main
    with centre.database.read() as session:
        project = permitted(session, user, event)
        newest = latest(session, project.id)
        frozen = _frozen(session, event)
        published = published_with(session, project.id, snapshot.name)
        answered = session.get(PushRecord, event.id)
    if answered is not None:
        # The same event was applied by another job while this one waited for the lock.
        outcome = Outcome.model_validate(answered.outcome)
        return Applied(outcome, project, "", outcome.commit or "")
    if newest is None or newest.commit != before:
        # A crash came between the branch and the table.
        with centre.database.begin(project.id) as session:
            newest = record_versions(session, project.id, repository)
            published = published_with(session, project.id, snapshot.name)
    if published is not None:
        # The branch moved before a crash: what was in conflict then is found by merging into what was published then.
        onto = repository.commit(published).parents[0]
        # Nobody may have been told of it, so `before` counts as unknown.
        merged, after, before = merge(snapshot.changes, _Published(repository, onto), frozen), before, ""
    else:
        merged = merge(snapshot.changes, _Published(repository, before), frozen)
        _brake(centre, event, project, merged)
        pushed = ((path, side) for path, (_, side) in snapshot.changes.items())
        check_outputs(project, pushed, lambda name: (pack if name in pack else repository).read(name))
        repository.install(pack)
        after = _move(repository, user, snapshot, before, merged)
    fast = snapshot.name == after
    status = "conflict" if merged.conflicts else "applied" if fast or not merged.changes else "merged"
    with centre.database.begin(project.id) as session:
        newest = record_versions(session, project.id, repository, newest)
        outcome = Outcome(
            event=event.id,
            checkout=event.checkout,
            status=status,
            commit=after,
            number=newest.number,
            conflicts=[OpenConflict(path=found.path, kind=found.kind) for found in merged.conflicts],
        )
        _record_conflicts(session, event, merged.conflicts, merged.agreed)
        session.execute(update(Checkout).where(Checkout.id == event.checkout).values(commit=after))
        if published is None:
            grown = update(Project).where(Project.id == project.id).values(bytes=Project.bytes + len(pack.raw))
            session.execute(grown.execution_options(synchronize_session=False))
        _note(session, user, event, project, newest)
        session.execute(
            insert(PushRecord).values(
                event=event.id, checkout_id=event.checkout, outcome=outcome.model_dump(mode="json"), created=now()
            )
        )
    return Applied(outcome, project, before, after)


def _note(session: Session, user: str, event: Push, project: Project, newest: Version) -> None:
    """Write the push into the audit log, with the token that its server's agent signed in with."""
    token = session.scalar(
        select(AgentSession.token)
        .join(Checkout, (Checkout.server == AgentSession.server) & (Checkout.user == AgentSession.user))
        .where(Checkout.id == event.checkout)
        .order_by(AgentSession.expires.desc())
        .limit(1)
    )
    record(
        session, Actor(user, "agent", token or ""), Action.PUSH, project, version=newest.number, checkout=event.checkout
    )


class _Published:
    """A published tree, as far as a merge looks into it."""

    def __init__(self, repository: Repository, commit: str) -> None:
        self._repository, self._root = repository, repository.commit(commit).tree

    def entry(self, path: str) -> Side:
        found = tree_entry(self._repository.tree, self._root, path)
        return Entry(*found) if found and found[0] != FOLDER else None

    def below(self, path: str) -> Iterable[str]:
        found = tree_entry(self._repository.tree, self._root, path)
        if found is None or found[0] != FOLDER:
            return []
        return (place for place, _ in walk_tree(self._repository.tree, found[1], path + "/"))


def _frozen(session: Session, event: Push) -> set[str]:
    """Paths that this push must not publish: declared in conflict, or known to be and not settled by it."""
    known = session.scalars(select(Conflict.path).where(Conflict.checkout_id == event.checkout))
    settled = Paths(event.settled)
    return set(event.conflicts) | {path for path in known if not settled.touch(path)}


def _brake(centre: Centre, event: Push, project: Project, merged: Merge) -> None:
    gone = sum(side is None for side in merged.changes.values())
    if gone > brake_of(project, centre.settings) and not event.confirmed:
        raise Paused(
            f"This push deletes {gone:,} files of {project.full_name}: if that is what you want, run `hubshare push --confirm`."
        )


def _move(repository: Repository, user: str, snapshot: VerifiedPush, before: str, merged: Merge) -> str:
    """Publish what the merge lets through; return what is published then."""
    if not merged.changes:
        repository.set_ref(f"refs/hubshare/kept/{snapshot.name}", snapshot.name)
        return before
    if not merged.conflicts and snapshot.commit.parents[0] == before:
        repository.set_ref(MAIN, snapshot.name, before)
        return snapshot.name
    edit = edit_tree(repository.tree, repository.commit(before).tree, merged.changes)
    commit = Commit(edit.root, (before, snapshot.name), user, int(time.time()), snapshot.commit.message).encode()
    repository.add([*(Object(TREE, data) for data in edit.made.values()), commit])
    repository.set_ref(MAIN, commit.id, before)
    return commit.id


def _record_conflicts(session: Session, event: Push, found: list[Sides], agreed: set[str]) -> None:
    over = {*agreed, *event.settled}
    known = {row.path: row for row in session.scalars(select(Conflict).where(Conflict.checkout_id == event.checkout))}
    for path in over & known.keys():
        session.delete(known.pop(path))
    session.flush()
    for sides in found:
        row = known.get(sides.path)
        if row is None:
            row = Conflict(id=new_id(), project_id=event.project, checkout_id=event.checkout, path=sides.path)
            session.add(row)
        row.kind, row.snapshot = sides.kind, event.commit
