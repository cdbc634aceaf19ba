"""What a person or a program may do with projects that come from the internet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hubshare.centre import Centre
from hubshare.errors import Invalid, NotFound, TooMany
from hubshare.features.imports.branches import branch_of, on_branch
from hubshare.features.imports.jobs import FETCH, Fetch
from hubshare.features.imports.links import default_name, read_link
from hubshare.features.imports.shown import shown, shown_ref
from hubshare.features.imports.sources import Gist, Git
from hubshare.features.imports.stopped import find_stopped
from hubshare.features.imports.stored import read_stored, stored, stored_place
from hubshare.operations.audit import check_copies
from hubshare.operations.caller import Caller
from hubshare.operations.lifecycle import restore_in
from hubshare.operations.projects import create_in, may_still_read, owning_team
from hubshare.sealed import seal_credential
from hubshare.store.access.decisions import role_of
from hubshare.store.database import Session
from hubshare.store.import_tables import Import as Row
from hubshare.store.models import Origin, now
from hubshare.store.models import Project as ProjectRow
from hubshare.store.origins import begin_import, read_taken, require_origin
from hubshare.vocabulary import FollowName
from hubshare.wire.agent import new_id
from hubshare.wire.api.imports import Import, ImportChange, ImportNote, NewImport, SourceLink
from hubshare.wire.api.projects import NewProject, Project

#: How long it is until a project that follows its source looks again.
_EVERY: dict[str, timedelta | None] = {
    "manual": None,
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
}
#: So often in a minute a person may have something fetched.
_A_MINUTE = 20
UNDER_WAY = ("queued", "running")
#: A fetch that has given no sign of life for so long may have lost its job, with a Redis: it is put on the queue again, where
#: it is once if it was on it still.
LOST_AFTER = timedelta(minutes=2)
#: Columns that the API shows as they are.
_AS_THEY_ARE = (
    *("follow", "opens", "target", "urlpath", "state", "run", "stage", "done", "total", "message", "left_out"),
    *("started", "ended"),
)


def import_project(caller: Caller, centre: Centre, *, wanted: NewImport) -> Project:
    """Begin a project with what a link leads to. It is there at once; its files are when the workers have fetched them.

    Raises:
        Invalid: when the link leads to nothing that can be fetched.
    """
    link = read_link(wanted.source)
    check_copies(caller, centre)
    _check_rate(caller, centre)
    sealed = seal_credential(centre.sealer, wanted.user, wanted.secret)
    with centre.database.begin() as session:

        def make() -> Project:
            new = NewProject(
                name=wanted.name or default_name(link),
                owner=wanted.owner,
                visibility=wanted.visibility,
                description=wanted.description,
            )
            team = owning_team(session, caller, new)
            if stopped := find_stopped(session, centre.sealer, caller.user, team, new, wanted.history, link):
                return go_on(stopped)
            made = create_in(caller, centre, session, new)
            begin_import(session, made.id, new_id(), shown(link), wanted.history)
            row = Row(project_id=made.id, source=stored(centre.sealer, wanted.source), user=caller.user)
            row.follow, row.credential, row.giver = wanted.follow, sealed, caller.user if sealed else ""
            row.opens, row.target, row.urlpath = link.opens, link.target, link.urlpath
            begin_run(row, take=True)
            session.add(row)
            session.flush()
            note(row, f"Asked for by {caller.user}." + (f" {link.note}" if link.note else ""))
            return made

        def go_on(row: Row) -> Project:
            """What has come of a download is there still, and is not fetched again."""
            project = session.get_one(ProjectRow, row.project_id)
            row.follow, row.credential, row.giver = wanted.follow, sealed, caller.user if sealed else ""
            begin_run(row, take=True)
            note(row, f"Asked for by {caller.user} once more.")
            caller.note(session, project, fetch="asked for")
            return restore_in(session, project, role_of(session, project, caller.user))

        # A secret is in no digest either.
        body = wanted.model_dump(exclude={"secret"})
        made = caller.once(session, body, Project, make, may_still_read(session, caller))
        found = session.get(Row, made.id)
        job = job_of(found) if found is not None and found.state == "queued" else None
    if job is not None:
        # It may have been in the trash.
        centre.access_changed([made.id])
        FETCH.enqueue(centre.queue, job)
    return made


def read_source_link(link: str) -> SourceLink:
    """What a link asks for; nothing is fetched.

    Raises:
        Invalid: when it leads to nothing that can be fetched.
    """
    found = read_link(link)
    return SourceLink(
        address=shown(found),
        ref=shown_ref(found),
        name=default_name(found),
        opens=found.opens,
        target=found.target,
        urlpath=found.urlpath,
        note=found.note,
    )


def read_import(caller: Caller, centre: Centre, *, owner: str, name: str) -> Import:
    """How a project comes from its source, and how far that is."""
    with centre.database.read() as session:
        project, row = _find(session, caller, owner, name)
        return _to_resource(session, centre, caller, project, row)


def find_import(session: Session, project: str) -> bool:
    """Return whether a project comes from a source outside the Hub.

    Args:
        project: id.
    """
    return session.get(Row, project) is not None


def fetch_import(caller: Caller, centre: Centre, *, owner: str, name: str, take: bool = False) -> Import:
    """Look at the source of a project for what is new; one that is being fetched goes on.

    Args:
        take: whether what is new is taken at once; what was changed on both sides waits for a pick.
    """
    job = None
    with centre.database.begin() as session:
        project, row = _find(session, caller, owner, name)
        if row.state not in UNDER_WAY:
            _check_rate(caller, centre)
            row.user = caller.user
            job = begin_run(row, take)
            if row.left_out and row.fetched:
                # It may be there by now, in the same version: large files come after the commit that names them.
                row.fetched = ["", *row.fetched[1:]]
            note(row, f"Asked for by {caller.user}.")
            caller.note(session, project, fetch="asked for")
        session.flush()
        found = _to_resource(session, centre, caller, project, row)
    if job is not None:
        FETCH.enqueue(centre.queue, job)
    return found


def cancel_import(caller: Caller, centre: Centre, *, owner: str, name: str) -> Import:
    """Stop a fetch; what the project holds stays as it is."""
    with centre.database.begin() as session:
        project, row = _find(session, caller, owner, name)
        if row.state in UNDER_WAY:
            row.state, row.run, row.stage, row.ended = "cancelled", new_id(), "", now()
            row.message, row.due = "", next_look(row.follow, now())
            note(row, f"Cancelled by {caller.user}.")
            caller.note(session, project, fetch="cancelled")
        session.flush()
        return _to_resource(session, centre, caller, project, row)


def change_import(caller: Caller, centre: Centre, *, owner: str, name: str, changes: ImportChange) -> Import:
    """Change how a project follows its source, which branch of it, or the password or token for it.

    Raises:
        Invalid: when the source has no branches.
    """
    with centre.database.begin() as session:
        project, row = _find(session, caller, owner, name)
        changed: dict[str, Any] = {}
        job = _aim(session, caller, centre, project, row, changes)
        if job is not None:
            changed |= changes.model_dump(include={"branch", "history"}, exclude_none=True)
        if changes.follow is not None:
            # In whose name it was fetched before may not push any more.
            row.follow, row.user = changes.follow, caller.user
            if row.state not in UNDER_WAY:
                row.due = next_look(row.follow, now())
            changed["follow"] = changes.follow
        if changes.secret is not None:
            row.credential = seal_credential(centre.sealer, changes.user or "", changes.secret)
            row.user, row.giver = caller.user, caller.user if changes.secret else ""
            changed["secret"] = "changed" if changes.secret else "forgotten"
        elif changes.user is not None:
            raise Invalid("Give the password or token together with the user.")
        caller.note(session, project, **changed)
        session.flush()
        found = _to_resource(session, centre, caller, project, row)
    if job is not None:
        FETCH.enqueue(centre.queue, job)
    return found


def _aim(
    session: Session, caller: Caller, centre: Centre, project: ProjectRow, row: Row, changes: ImportChange
) -> Fetch | None:
    """Have another branch be taken, or the history as well, or not any more; the job that looks there, if it is another one.

    Raises:
        Invalid: when the source has none.
    """
    origin = session.get_one(Origin, project.id, populate_existing=True)
    link = read_stored(centre.sealer, row.source)
    before = branch_of(link, row.fetched)
    branch = before if changes.branch is None else changes.branch.strip()
    history = origin.history if changes.history is None else changes.history
    if history and not isinstance(link.source, Git | Gist):
        raise Invalid(f"{project.full_name} does not come from a git repository: there is no history to keep.")
    if branch == before and history == origin.history:
        return None
    _check_rate(caller, centre)
    if branch is not None:
        wanted = on_branch(link, branch, row.fetched)
        row.source, origin.address = stored_place(centre.sealer, wanted), shown(wanted)
    if branch != before:
        note(row, f"{caller.user} has {branch or 'what the repository shows first'} taken from now on.")
    if history != origin.history:
        origin.history = history
        kept = "is kept from now on" if history else "is not kept any more"
        note(row, f"The history of the source {kept}, by {caller.user}.")
    # It is fetched again, also where the same commit is there.
    row.fetched, row.user = [], caller.user
    return begin_run(row, take=(changes.follow or row.follow) != "manual")


def next_look(follow: FollowName | str, at: datetime) -> datetime | None:
    """When to look at a source again; None for when somebody asks."""
    every = _EVERY[follow]
    return None if every is None else at + every


def begin_run(row: Row, take: bool) -> Fetch:
    """Have a source be fetched anew; the job for it."""
    row.state, row.run, row.stage, row.done, row.total, row.message = "queued", new_id(), "", 0, 0, ""
    row.take, row.started, row.ended, row.due = take, None, None, now() + LOST_AFTER
    return job_of(row)


def job_of(row: Row) -> Fetch:
    """The job of the fetch that is under way."""
    return Fetch(row.project_id, row.run, row.user, row.take)


def note(row: Row, text: str) -> None:
    """Write a line of what was done; the last ones are kept."""
    row.log = [*row.log, [now().isoformat(timespec="seconds"), text]][-100:]


def _check_rate(caller: Caller, centre: Centre) -> None:
    if centre.bus.over("imports", caller.user, _A_MINUTE):
        raise TooMany(f"You have asked for {_A_MINUTE} imports within a minute: wait for them, then go on.")


def _find(session: Session, caller: Caller, owner: str, name: str) -> tuple[ProjectRow, Row]:
    project, _ = caller.project(session, owner, name)
    row = session.get(Row, project.id, populate_existing=True)
    if row is None:
        raise NotFound(f"{project.full_name} does not come from a source outside this Hub.")
    return project, row


def _to_resource(session: Session, centre: Centre, caller: Caller, project: ProjectRow, row: Row) -> Import:
    origin = require_origin(session, read_taken(session, project.id), caller.user, project.id)
    link = read_stored(centre.sealer, row.source)
    return Import(
        project=project.full_name,
        address=origin.name,
        ref=shown_ref(link),
        branch=branch_of(link, row.fetched),
        label=origin.label,
        history=origin.history,
        has_secret=bool(row.credential),
        due=None if row.state in UNDER_WAY else row.due,
        log=[ImportNote(time=datetime.fromisoformat(time), text=text) for time, text in row.log],
        **{field: getattr(row, field) for field in _AS_THEY_ARE},
    )
