"""Fetches a source, and has the project take what is new there."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress

from hubshare_workers.context import Context
from hubshare_workers.fetch.web import NotOpened
from hubshare_workers.publish.ends import end_of_publication
from hubshare_workers.publish.from_origin import FromOrigin, History
from hubshare_workers.publish.noted import publish_noted
from hubshare_workers.publish.publication import PublishOutcome
from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.centre import Centre
from hubshare.errors import Cancelled, HubShareError, TooLarge, Unavailable
from hubshare.features.imports.fetching import import_source
from hubshare.features.imports.jobs import FETCH, Fetch
from hubshare.features.imports.operations import LOST_AFTER, UNDER_WAY, begin_run, job_of, next_look, note
from hubshare.features.imports.providers.git import NoSuchRef
from hubshare.features.imports.providers.interface import Fetched, Version
from hubshare.features.imports.slimming import note_held, slim
from hubshare.features.imports.stored import read_stored
from hubshare.git.repository import Repository
from hubshare.jobs import OriginPull
from hubshare.jobs.ends import JobEnd, LeftJob
from hubshare.names import count
from hubshare.sealed import open_credential
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import admins_of, require
from hubshare.store.import_tables import Import
from hubshare.store.models import Origin, Project, now
from hubshare.store.notifications import News, settle, tell
from hubshare.store.origins import read_taken, write_fetched
from hubshare.store.quotas import room_to_fetch
from hubshare.store.versions import Branch, read_branch

log = logging.getLogger(__name__)

#: So often is written down how far a fetch is, and looked whether somebody has cancelled it, in seconds.
_TELL_SECONDS = 1.0
_LEFT_OUT_MOST = 200
#: As much is told of why a person has to look.
_REASON = 300
#: A try that has taken longer is not made again by itself.
_TRY_SECONDS = 300.0
#: Sources that are put on the queue in one look.
_DUE = 100


def fetch(context: Context, wanted: Fetch) -> None:
    """Fetch a source and take what is new, unless another run has taken the place of this one."""
    centre = context.centre
    with centre.database.begin(wanted.project) as session:
        row = _mine(session, wanted)
        if row is None:
            return
        branch = read_branch(session, wanted.project)
        if not _may(session, branch, row):
            return
        assert branch is not None
        room = room_to_fetch(session, centre.settings, branch)
        origin = session.get_one(Origin, wanted.project)
        row.state, row.stage, row.started = "running", "Looking at the source", row.started or now()
        row.due = now() + LOST_AFTER
        link, history, sealed = read_stored(centre.sealer, row.source), origin.history, row.credential
        known = Version(*row.fetched) if row.fetched else None
        source, head, address = origin.origin_id, origin.head, origin.address
    path = centre.repositories.path(source)
    Repository.create(path, "import", int(time.time()), f"Fetched from {address}").close()
    teller, began = _Teller(centre, wanted), time.monotonic()
    try:
        fetched = import_source(
            link,
            centre.repositories.open(source),
            known=known if head else None,
            parent=head,
            history=history,
            person=wanted.user,
            credential=open_credential(centre.sealer, sealed),
            settings=centre.settings,
            room=room,
            progress=teller.progress,
            cancelled=teller.cancelled,
        )
    except Unavailable as error:
        if time.monotonic() - began < _TRY_SECONDS:
            raise
        # Others wait for its place: the person may try once more, or it is tried when it is due.
        raise TooLarge(error.message) from None
    with centre.database.begin(wanted.project) as session:
        row = _mine(session, wanted)
        if row is None:
            raise Cancelled(f"The import from {address} was cancelled.")
        number = _note_fetched(session, row, fetched)
        row.stage = "Putting it into the project"
        origin = session.get_one(Origin, wanted.project)
        commit, label = origin.head, origin.label
    centre.repositories.open(source).maintain()
    note_held(centre, wanted.project)
    new = History(head, fetched.reaches) if fetched is not None and fetched.reaches else None
    message = f"Take {label} of {address}"
    outcome = _take(centre, wanted, commit, number, message, new) if wanted.take and commit else None
    # The next run may have begun already, after this one was cancelled.
    slim(centre, wanted.project, still=lambda session: _mine(session, wanted) is not None)
    _end(centre, wanted, outcome)


def _may(session: Session, branch: Branch | None, row: Import) -> bool:
    """Whether the person in whose name a source is fetched may push to the project; if not, nobody looks there any more.

    What somebody gave to open the source with is forgotten when that person may not push.
    """
    there = branch is not None and branch.deleted is None and branch.archived is None
    if row.giver and there:
        try:
            require(session, branch, row.giver, Action.PUSH, row.project_id)
        except HubShareError:
            note(row, f"The password or token of {row.giver}, who may not push to this project any more, is forgotten.")
            row.credential = row.giver = ""
    try:
        require(session, branch, row.user, Action.PUSH, branch.full_name if branch else row.project_id)
    except HubShareError as error:
        row.state, row.stage, row.ended = "failed", "", now()
        row.message, row.due = error.message, next_look(row.follow, now())
        admins = list[str]()
        if there:
            # Who may act on it is told as well: the person may not even see the project any more.
            admins = admins_of(session, session.get_one(Project, row.project_id)) if row.follow != "manual" else []
            row.follow, row.due = "manual", None
            row.message = (
                f"{row.user}, in whose name it was fetched, may not push to this project any more, so nobody looks at its "
                "source now: whoever may push can look there, and its admins can have it followed again."
            )
        note(row, f"Failed: {row.message}")
        _ask(session, row, *admins, failed=True)
        return False
    return True


def _ask(session: Session, row: Import, *others: str, failed: bool) -> None:
    """Tell the person in whose name a source is fetched, and others, what has to be looked at."""
    condition = "failed" if failed else "questions"
    details = {"failed": failed, "message": row.message[:_REASON], "condition": condition}
    tell(session, [row.user, *others], News("import", row.project_id, details, row.project_id))


def _note_fetched(session: Session, row: Import, fetched: Fetched | None) -> int:
    if fetched is None:
        note(row, "There is nothing new at the source.")
        return session.get_one(Origin, row.project_id).newest
    row.fetched, row.left_out = list(fetched.version), list(fetched.left_out[:_LEFT_OUT_MOST])
    note(row, f"Fetched {fetched.version.label}.")
    if fetched.left_out:
        note(row, f"Left out, since a project cannot hold it: {len(fetched.left_out):,}.")
    return write_fetched(session, row.project_id, fetched.commit, fetched.version.label)


def _take(
    centre: Centre, wanted: Fetch, commit: str, number: int, message: str, new: History | None
) -> PublishOutcome | None:
    """Publish what is new, as a version by whoever has it fetched; what both sides changed waits for a pick."""
    with centre.database.read() as session:
        taken = read_taken(session, wanted.project)
    if taken is None or taken.commit == commit:
        return None
    pull = OriginPull(
        id=wanted.run,
        project=wanted.project,
        user=wanted.user,
        door="import",
        token="",
        message=message,
        commit=commit,
        version=number,
    )
    return publish_noted(centre, FromOrigin(centre, pull, new))


def _end(centre: Centre, wanted: Fetch, outcome: PublishOutcome | None) -> None:
    with centre.database.begin(wanted.project) as session:
        row = _mine(session, wanted)
        if row is None:
            return
        row.ended, row.stage, row.done, row.total, row.due = now(), "", 0, 0, next_look(row.follow, now())
        if outcome is not None and outcome.status == "refused":
            row.state, row.message = "failed", outcome.message
            note(row, f"Not taken: {outcome.message}")
            _ask(session, row, failed=True)
        else:
            row.state, row.message = "done", ""
            taken = read_taken(session, wanted.project)
            if outcome is not None:
                note(row, f"Version {outcome.number} has it.")
            if taken is not None and taken.open:
                many = count(len(taken.open), "file")
                row.message = f"Changed both here and at the source: {many}; pick a version of each."
                _ask(session, row, failed=False)
            else:
                settle(session, "import", [row.project_id])
        project = row.project_id
    _tell(centre, project)


def give_up(context: Context, wanted: Fetch, error: BaseException) -> None:
    """Write down why a source cannot be fetched."""
    told = (
        error.message
        if isinstance(error, HubShareError)
        else "The Hub could not fetch this; try again later, or tell an admin."
    )
    with context.centre.database.begin(wanted.project) as session:
        row = _mine(session, wanted)
        if row is None:
            return
        if session.get_one(Origin, wanted.project).label:
            if isinstance(error, NoSuchRef):
                told += (
                    " Another one is chosen in the project's import settings, or by `hubshare source --branch NAME`."
                )
            elif isinstance(error, NotOpened):
                told += " It is given in the project's import settings, or by `hubshare source --login USER`."
        row.state, row.message, row.ended, row.stage = "failed", told, now(), ""
        row.due = next_look(row.follow, now())
        note(row, f"Failed: {told}")
        _ask(session, row, failed=True)
    _tell(context.centre, wanted.project)


def look(centre: Centre) -> None:
    """Put on the queue what is due: projects that follow their source, and fetches whose job was lost."""
    with centre.database.read() as session:
        there = Project.deleted.is_(None), Project.archived.is_(None)
        query = select(Import.project_id).join(Project).where(Import.due < now(), *there).order_by(Import.due)
        due = session.scalars(query.limit(_DUE)).all()
    for project in due:
        with centre.database.begin(project) as session:
            row = session.get(Import, project, populate_existing=True)
            # Another worker process may have been quicker.
            if row is None or row.due is None or row.due >= now():
                continue
            if row.state in UNDER_WAY:
                row.due, job = now() + LOST_AFTER, job_of(row)
            else:
                job = begin_run(row, take=True)
        FETCH.enqueue(centre.queue, job)


def _mine(session: Session, wanted: Fetch) -> Import | None:
    row = session.get(Import, wanted.project, populate_existing=True)
    return row if row is not None and row.run == wanted.run and row.state in UNDER_WAY else None


def _tell(centre: Centre, project: str) -> None:
    with suppress(Unavailable):
        centre.project_changed(project)


class _Teller:
    """Writes down now and then how far a fetch is, and finds out whether it is still wanted."""

    def __init__(self, centre: Centre, wanted: Fetch, clock: Callable[[], float] = time.monotonic) -> None:
        self._centre, self._wanted, self._clock = centre, wanted, clock
        self._told = self._looked = clock()
        self._cancelled = False

    def progress(self, stage: str, done: int, total: int) -> None:
        """Write down how far it is.

        Args:
            done, total: bytes or steps; a total of 0 for what is not known.
        """
        if self._clock() - self._told < _TELL_SECONDS:
            return
        self._told = self._clock()
        with self._centre.database.begin(self._wanted.project) as session:
            row = _mine(session, self._wanted)
            if row is not None:
                row.stage, row.done, row.total = stage, done, total

    def cancelled(self) -> bool:
        """Return whether somebody has cancelled it, or the project is gone."""
        if not self._cancelled and self._clock() - self._looked >= _TELL_SECONDS:
            self._looked = self._clock()
            with self._centre.database.read() as session:
                row = _mine(session, self._wanted)
                self._cancelled = row is None
                quiet = row is not None and (row.due is None or row.due < now() + LOST_AFTER / 2)
            if quiet:
                self._give_sign()
        return self._cancelled

    def _give_sign(self) -> None:
        """Keep the fetch from being taken for lost."""
        with self._centre.database.begin(self._wanted.project) as session:
            row = _mine(session, self._wanted)
            if row is not None:
                row.due = now() + LOST_AFTER


def end_of_fetch(centre: Centre, job: LeftJob) -> JobEnd | None:
    """How a fetch has ended; None while it is under way, and where another one has begun since that took nothing."""
    with centre.database.read() as session:
        row = session.scalar(select(Import).where(Import.run == job.key))
    published = end_of_publication(centre, job)
    if row is None or row.ended is None:
        return published
    if row.state == "failed":
        return JobEnd("failed", row.ended, error=row.message)
    return (published or JobEnd("done"))._replace(at=row.ended)
