"""The one way to publish: permission, limits, guards, objects, branch, versions, audit, answer and fan-out.

What waits for the same project is published together: one lock, one look at the database, one transaction, one fan-out; each
is answered for itself. The order is what makes a crash harmless: objects are on disk before the transaction names them; the
transaction moves the branch and records the answer; the copy of the branch, the answers and the fan-out follow, and are done
again when a job comes again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from hubshare import metering, tracing
from hubshare.bus.deliveries import Delivery
from hubshare.centre import Centre
from hubshare.errors import BadEvent, DeletionsAsked, HasOutputs, HubShareError, NotFound, TooMany, Unavailable
from hubshare.jobs.journal import clock
from hubshare.jobs.running import WAITS_FOR_LOCK, step
from hubshare.metering import Meter
from hubshare.metrics import FAN_OUT_SECONDS
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import Reasons, reasons_of_some, reasons_of_subscribers, require
from hubshare.store.audit import AuditRecord, record_all
from hubshare.store.checkouts import note_held
from hubshare.store.held import add_kept
from hubshare.store.publications import Record, add_records, read_records
from hubshare.store.quotas import check_bytes, check_growth, held_besides
from hubshare.store.versions import Branch, move_branch, read_branch
from hubshare_workers.publish.catch_up import catch_up
from hubshare_workers.publish.fanout import Move, fan_out, find_subscribers
from hubshare_workers.publish.limits import check_conflicts, check_rate, check_team_rate
from hubshare_workers.publish.measuring import note_size
from hubshare_workers.publish.overlay import Overlay, Unmeasured
from hubshare_workers.publish.project_lock import PATIENCE, lock_name, locked
from hubshare_workers.publish.publication import (
    BranchChange,
    Publication,
    PublishOutcome,
    UploadMissing,
)
from hubshare_workers.publish.turns import Turns

#: How often it is tried again when another host was quicker.
_RACES = 8


def publish(centre: Centre, publication: Publication) -> PublishOutcome:
    """Publish something and answer for it, or say in the answer why not.

    Whatever comes a second time is answered as it was the first time, and changes nothing.

    Raises:
        Unavailable: when it should be tried again.
    """
    entry = _Entry(centre, publication)
    try:
        entry.prepare()
        alone = not publication.together
        name = lock_name(centre, publication.project)
        step(WAITS_FOR_LOCK, publication.project)
        return _TURNS.take(name, entry, PATIENCE.behind(name), alone)
    finally:
        step("")
        publication.close()


class _Busy(Unavailable):
    def __init__(self) -> None:
        super().__init__("Others publish to this project all the time: it is tried again in a moment.")


@dataclass
class _Entry:
    """One publication on its way.

    Attributes:
        fault: why it is refused, found before it is clear that the person may know of the project.
        permitted: whether that is clear.
        answered: whether it was answered before.
        change: what it makes of the branch; None when it was refused, or answered before.
        answer: once there is one.
        meter: counts what the work for it costs.
    """

    centre: Centre
    publication: Publication
    fault: HubShareError | None = None
    permitted: bool = False
    answered: bool = False
    change: BranchChange | None = None
    answer: PublishOutcome | None = None
    meter: Meter | None = field(default_factory=metering.current)

    def prepare(self) -> None:
        """Look at what came with it, before it is its turn."""
        try:
            check_rate(self.centre, self.publication.user, self.publication.counted)
            self.publication.prepare(self.centre.repositories.open(self.publication.project))
        except Unavailable:
            raise
        except HubShareError as error:
            self.fault = error

    def reset(self) -> None:
        """Forget what was decided."""
        self.permitted, self.answered, self.change, self.answer = False, False, None, None

    def refuse(self, error: HubShareError) -> None:
        """Decide that it comes to nothing."""
        retry = isinstance(error, UploadMissing | TooMany | HasOutputs)
        asked = error.mark if isinstance(error, DeletionsAsked) else ""
        self.answer = PublishOutcome(
            "refused", code=self.publication.reason(error), message=error.message, retry=retry, asked=asked
        )

    @property
    def identity(self) -> tuple[str, str]:
        """Who sent it, and from which checkout: what has its id and comes from elsewhere is another one."""
        return self.publication.user, self.publication.checkout

    def claim_another(self) -> None:
        """It has the id of another one, and is told nothing of that.

        Raises:
            BadEvent: always.
        """
        self.permitted = False
        raise BadEvent("This push has the id of another one: each has an id of its own.")

    def permit(self, session: Session, branch: Branch | None, reasons: Reasons) -> None:
        """Let it pass if its user may push at this moment.

        Args:
            reasons: what gives its user a role on the project.

        Raises:
            NotFound, Forbidden, Clash: see `hubshare.store.access.decisions.require`.
        """
        wanted = self.publication
        name = branch.full_name if branch else wanted.project
        require(session, branch, wanted.user, Action.PUSH, name, known=reasons.get(wanted.user))

    def admit(
        self, session: Session, branch: Branch | None, reasons: Reasons, earlier: Record | None, more: int
    ) -> None:
        """Find out whether it may be published at this moment, or was answered before.

        Args:
            reasons: what gives its user a role on the project.
            more: bytes that are published together with it.

        Raises:
            HubShareError: why not.
        """
        wanted = self.publication
        wanted.admit(session)
        self.permit(session, branch, reasons)
        assert branch is not None
        self.permitted = True
        if earlier is not None:
            if (earlier.project_id, earlier.user, earlier.checkout_id) != (branch.id, *self.identity):
                self.claim_another()
            wanted.recall(session)
            self.answered, self.answer = True, PublishOutcome.decode(earlier.answer)
            return
        if self.fault is not None:
            raise self.fault
        check_team_rate(self.centre, branch)
        check_bytes(session, self.centre.settings, branch, more + wanted.size)
        wanted.look(session, branch)
        if (same := wanted.answered_before(session, branch)) is not None:
            self.answered, self.answer = True, same

    @property
    def final(self) -> bool:
        """Whether its answer is to be recorded."""
        return self.permitted and not self.answered and self.answer is not None and not self.answer.retry


def _work(first: _Entry, collect: Callable[[], list[_Entry]]) -> list[PublishOutcome | Exception]:
    """Publish what waits for one project.

    Args:
        first: one of it.
        collect: gives all of it. Called once others let us: the longer the wait was, the more is published together.
    """
    centre, project = first.centre, first.publication.project
    entries: list[_Entry] = []
    with metering.shared() as meters:
        for _ in range(_RACES):
            try:
                with locked(centre, project):
                    if not entries:
                        entries += collect()
                        meters += [entry.meter for entry in entries]
                    step = _publish(centre, project, entries)
                break
            except Unmeasured:
                # Whoever else wants to have the repository does not wait for this.
                note_size(centre, project)
        else:
            raise _Busy
        published = clock()
        _tell(centre, step, entries)
        fanned_out = clock()
        if step is not None and step.versions:
            FAN_OUT_SECONDS.observe((fanned_out - published) / 1000)
    for entry in entries:
        if entry.meter is not None and entry.change is not None:
            entry.meter.stored += entry.change.grown
        if entry.change is not None and entry.change.version is not None:
            entry.publication.published, entry.publication.fanned_out = published, fanned_out
    return [_answer(entry) for entry in entries]


def _publish(centre: Centre, project: str, entries: list[_Entry]) -> Overlay | None:
    for _ in range(_RACES):
        step = _decide(centre, project, entries)
        if step is None or _write(centre, step, entries):
            break
    else:
        raise _Busy
    if step is not None:
        centre.repositories.open(project).mirror(step.head, step.branch.head)
    return step


_TURNS = Turns[_Entry, PublishOutcome](_work)


def _answer(entry: _Entry) -> PublishOutcome:
    assert entry.answer is not None, "everything is answered"
    return entry.answer


def _decide(centre: Centre, project: str, entries: list[_Entry]) -> Overlay | None:
    """Decide on each, one on top of the other; None where nobody may know of the project."""
    for entry in entries:
        entry.reset()
    with centre.database.read() as session:
        branch = read_branch(session, project)
        records = read_records(session, [entry.publication.id for entry in entries])
        reasons = _reasons(session, branch, entries)
        besides = held_besides(session, centre.settings, branch) if branch is not None else 0
        for kind in {type(entry.publication) for entry in entries}:
            kind.read_ahead(session, [entry.publication for entry in entries if type(entry.publication) is kind])
        more = 0
        for entry in entries:
            with _refusing(entry):
                entry.admit(session, branch, reasons, records.get(entry.publication.id), more)
                more += 0 if entry.answered else entry.publication.size
    if branch is None or not any(entry.permitted for entry in entries):
        return None
    try:
        repository = centre.repositories.open(project)
    except NotFound as error:
        raise Unavailable(error.message) from error
    if catch_up(centre, branch, repository):
        return _decide(centre, project, entries)
    step = Overlay(branch, repository)
    first, kept = dict[str, _Entry](), dict[str, int]()
    for entry in entries:
        if entry.answer is not None:
            continue
        twin = first.setdefault(entry.publication.id, entry)
        if twin is not entry:
            with _refusing(entry):
                if twin.identity != entry.identity:
                    entry.claim_another()
                # The same job, run by two threads.
                entry.answered, entry.answer = True, twin.answer
            continue
        with _refusing(entry):
            before = step.head
            change = entry.publication.change(step)
            if change.kept:
                user = entry.publication.user
                check_conflicts(centre, branch, user, kept.get(user, 0) + change.grown)
                kept[user] = kept.get(user, 0) + change.grown
            if change.version is not None:
                check_growth(centre.settings, branch, besides, step.size, step.size.grown(change.size))
            entry.change = change
            step.take(entry.change)
            entry.answer = PublishOutcome(
                entry.change.status,
                step.head,
                step.number,
                before,
                entry.change.conflicts,
                gone=entry.change.gone,
                confirmed=entry.publication.confirmed,
            )
    return step


def _reasons(session: Session, branch: Branch | None, entries: list[_Entry]) -> Reasons:
    return reasons_of_some(session, branch, {entry.publication.user for entry in entries}) if branch else {}


@contextmanager
def _refusing(entry: _Entry) -> Iterator[None]:
    """Take an error for the answer to one publication, but for what may pass."""
    try:
        yield
    except Unavailable:
        raise
    except HubShareError as error:
        entry.refuse(error)


def _write(centre: Centre, step: Overlay, entries: list[_Entry]) -> bool:
    """Take the objects in, then move the branch and record the answers.

    Returns:
        False when anything that the decision rests on has changed meanwhile: the branch, settings, or who may push.
    """
    changes = [(entry.publication, entry.change) for entry in entries if entry.change is not None]
    final = [entry for entry in entries if entry.final]
    if not final:
        return True
    repository = centre.repositories.open(step.branch.id)
    repository.add(step.objects.values())
    for _, change in changes:
        if change.install is not None:
            change.install(repository)
        if change.kept:
            repository.set_ref(f"refs/hubshare/kept/{change.kept}", change.kept)
    grown = sum(change.grown for _, change in changes)
    with centre.database.begin(step.branch.id) as session:
        if read_branch(session, step.branch.id) != step.branch:
            return False
        subscribers = reasons_of_subscribers(session, step.branch) if step.versions else {}
        if not _still_permitted(session, step.branch, final, subscribers):
            return False
        if not all(publication.still(session) for publication, _ in changes):
            return False
        size, confirmed = step.size if step.versions else None, any(made.confirmed for made, _ in changes)
        if not move_branch(session, step.branch, step.versions, grown, size, confirmed):
            return False
        note_held(session, [(one.checkout, one.held) for one, _ in changes if one.held])
        for publication, change in changes:
            publication.record(session, change)
            if change.kept:
                add_kept(session, step.branch.id, publication.user, change.grown)
        add_records(session, [_record(step.branch, entry) for entry in final])
        published = [publication for publication, change in changes if change.version is not None]
        record_all(
            session,
            [
                AuditRecord(publication.actor(), Action.PUSH, step.branch, {"version": number, **publication.details()})
                for number, publication in enumerate(published, step.branch.version + 1)
            ],
        )
        if step.versions:
            step.subscribers = find_subscribers(session, step.branch, subscribers)
    return True


def _still_permitted(session: Session, branch: Branch, entries: list[_Entry], known: Reasons) -> bool:
    if any(entry.publication.user not in known for entry in entries):
        known = _reasons(session, branch, entries)
    try:
        for entry in entries:
            entry.permit(session, branch, known)
    except Unavailable:
        raise
    except HubShareError:
        return False
    return True


def _record(branch: Branch, entry: _Entry) -> Record:
    wanted = entry.publication
    return Record(wanted.id, branch.id, wanted.user, wanted.checkout, _answer(entry).encode())


def _tell(centre: Centre, step: Overlay | None, entries: list[_Entry]) -> None:
    """Tell subscribers, then those who wait for an answer; in one round trip."""
    deliveries: list[Delivery] = []
    if step is not None:
        moves = [Move.of(step)] if step.versions else []
        # What was published before may not have been told: whoever was to do it died.
        moves += [Move.again(_answer(entry)) for entry in entries if entry.answered and _answer(entry).moved]
        if moves and not step.versions:
            with centre.database.read() as session:
                step.subscribers = find_subscribers(session, step.branch)
        confirmed = any(entry.publication.confirmed for entry in entries if entry.change or entry.answered)
        updates = [entry.change.update for entry in entries if entry.change is not None and entry.change.version]
        update = updates[0] if len(updates) == 1 else b""
        deliveries += fan_out(centre, step, moves, step.subscribers, update, confirmed)
    for entry in entries:
        deliveries += entry.publication.deliveries(_answer(entry))
    with tracing.stage("fan out"):
        centre.bus.send(deliveries)
    for entry in entries:
        entry.publication.finish(_answer(entry))
