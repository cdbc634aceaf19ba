"""Forks: a project that is begun with the files of another one, and goes on taking what is new there.

A fork begins with the files that its origin publishes, in one version; the versions before it stay at the origin. Nothing of
the fork says what its origin is called: that is told to whoever may read it at this moment, and to nobody else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple, get_args

from hubshare import jobs
from hubshare.centre import Centre
from hubshare.errors import Clash, HubShareError, NotFound, Unavailable, from_code
from hubshare.git.lookup import side_at
from hubshare.git.repository import Repository
from hubshare.git.stored_tree import StoredTree
from hubshare.git.streams import ObjectStream
from hubshare.jobs.payloads import OriginPull
from hubshare.names import check_path, quoted
from hubshare.operations.audit import check_copies
from hubshare.operations.caller import Caller
from hubshare.operations.edits import wait_for_version
from hubshare.operations.origin_changes import read_incoming
from hubshare.operations.project_view import ProjectView, open_view
from hubshare.operations.projects import create_in, may_still_read, read_back
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import role_of
from hubshare.store.audit import Actor, record
from hubshare.store.database import Session
from hubshare.store.models import Project as Row
from hubshare.store.origins import OriginHead, Taken, begin_fork, read_taken, require_origin
from hubshare.sync.origin import Intake, take_in
from hubshare.wire.agent import new_id
from hubshare.wire.api.conflicts import Settled
from hubshare.wire.api.forks import NewFork, NewOriginPull, Origin, OriginConflict, OriginPlan
from hubshare.wire.api.projects import Entry, NewProject, Project

#: What becomes of a file.
Kind = Literal["added", "changed", "deleted"]
#: So many files of each kind are named in a plan.
_NAMED_MOST = 500


def fork_project(caller: Caller, centre: Centre, *, owner: str, name: str, wanted: NewFork) -> Project:
    """Begin a project with the files that another one publishes, and keep what it was begun from.

    It is there at once; its files are when the workers have copied them. What keeps these from doing so is told, and
    `pull_from_origin` tries it again.

    Raises:
        HubShareError: why there is none, or why there is nothing in it yet.
    """
    check_copies(caller, centre)
    with centre.database.begin() as session:
        origin, _ = caller.project(session, owner, name)

        def make() -> Project:
            creating = replace(caller, action=Action.CREATE_PROJECT, match=None)
            new = NewProject(
                name=wanted.name or origin.name,
                owner=wanted.owner,
                visibility=wanted.visibility,
                description=wanted.description,
            )
            made = create_in(creating, centre, session, new, origin.unpacked)
            row = session.get_one(Row, made.id)
            row.outputs, row.brake = origin.outputs, origin.brake
            begin_fork(session, row.id, origin.id)
            caller.note(session, origin, version=origin.version)
            return read_back(session, row, role_of(session, row, caller.user))

        made = caller.once(session, [origin.id, wanted.model_dump()], Project, make, may_still_read(session, caller))
        taken, commit, version = read_taken(session, made.id), origin.head, origin.version
    if taken is not None and not taken.commit:
        pull = _new_pull(caller, made.id, "Begin with the files of another project", commit, version)
        try:
            _submit(centre, pull)
        except Unavailable:
            # It is being copied still.
            pass
        except HubShareError as error:
            raise from_code(error.code, f"{made.name} was made, and is empty so far: {error.message}") from None
    with centre.database.read() as session:
        project = session.get_one(Row, made.id)
        return read_back(session, project, role_of(session, project, caller.user))


def _new_pull(caller: Caller, project: str, message: str, commit: str, version: int) -> OriginPull:
    return OriginPull(
        id=new_id(),
        project=project,
        user=caller.user,
        door=caller.door,
        token=caller.person.token,
        message=message,
        commit=commit,
        version=version,
    )


def _submit(centre: Centre, pull: OriginPull) -> int:
    jobs.PULL_ORIGIN.enqueue(centre.queue, pull)
    return wait_for_version(centre, pull.id)


def read_origin(caller: Caller, centre: Centre, *, owner: str, name: str) -> Origin:
    """Where a project stands to the one that it was begun from, as far as the caller may know."""
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        return origin_of(session, caller, project, read_taken(session, project.id))


def origin_of(session: Session, caller: Caller, project: Row, taken: Taken | None) -> Origin:
    """The same for a project that the caller may read.

    Args:
        taken: what it has taken; None where it was begun from nothing.
    """
    none = Origin(project=None, taken=None, newest=None, behind=None, open=None)
    if taken is None:
        return none
    try:
        origin = require_origin(session, taken, caller.user, project.id)
    except NotFound:
        return none
    begun = bool(taken.commit)
    return Origin(
        project=None if origin.outside else origin.name,
        address=origin.name if origin.outside else None,
        label=origin.label or None,
        taken=taken.version if begun else None,
        newest=origin.version,
        behind=max(0, origin.version - taken.version) if begun else origin.version + (not origin.outside),
        open=len(taken.open),
    )


class OriginPlanView(NamedTuple):
    """What a pull would do, for somebody who may read both projects.

    Attributes:
        fork: as it is now.
        origin: where it stands: its head would be taken.
        taken: what was taken last.
        intake: what would come of it.
        kinds: path to whether a file would be `added`, `changed` or `deleted`.
    """

    fork: ProjectView
    origin: OriginHead
    taken: Taken
    intake: Intake
    kinds: dict[str, Kind]


def look_at_origin(caller: Caller, centre: Centre, *, owner: str, name: str) -> OriginPlanView:
    """What a pull from the origin would do now; nothing is changed.

    Raises:
        NotFound: when the project has no origin that the caller may read.
    """
    with centre.database.read() as session:
        fork = open_view(session, centre, caller, owner, name)
        taken = read_taken(session, fork.project.id)
        origin = require_origin(session, taken, caller.user, fork.project.id)
        assert taken is not None
    if not origin.head:
        raise NotFound(f"Nothing has been fetched from {origin.name} yet: wait for it, or look what is in its way.")
    source = centre.repositories.open(origin.id)
    tree = StoredTree(fork.repository.tree, fork.root)
    new = read_incoming(source, origin.head, taken, tree, fork.project.outputs)
    intake = take_in(new, tree)
    kinds: dict[str, Kind] = {
        path: "deleted" if side is None else "changed" if tree.entry(path) is not None else "added"
        for path, side in sorted(intake.changes.items())
    }
    return OriginPlanView(fork, origin, taken, intake, kinds)


def open_origin_file(caller: Caller, centre: Centre, *, owner: str, name: str, path: str) -> ObjectStream:
    """A file's content as it is at the origin now, which the caller closes."""
    entry, repository = _at_origin(caller, centre, owner, name, path)
    return repository.stream(entry.id)


def get_origin_entry(caller: Caller, centre: Centre, *, owner: str, name: str, path: str) -> Entry:
    """What the origin has at a path now."""
    return _at_origin(caller, centre, owner, name, path)[0]


def _at_origin(caller: Caller, centre: Centre, owner: str, name: str, path: str) -> tuple[Entry, Repository]:
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        origin = require_origin(session, read_taken(session, project.id), caller.user, project.id)
    repository = centre.repositories.open(origin.id)
    side = side_at(repository, origin.head, check_path(path)) if origin.head else None
    if side is None:
        raise NotFound(f"There is no file {quoted(path)} at the origin of {owner}/{name}.")
    return Entry(path=path, mode=side.mode, id=side.id), repository


def plan_pull(caller: Caller, centre: Centre, *, owner: str, name: str) -> OriginPlan:
    """The same, in short: the first files of each kind, and how many there are."""
    found = look_at_origin(caller, centre, owner=owner, name=name)
    by_kind: dict[Kind, list[str]] = {kind: [] for kind in get_args(Kind)}
    for path, kind in found.kinds.items():
        by_kind[kind].append(path)
    conflicts = found.intake.conflicts
    return OriginPlan(
        version=found.origin.version,
        base=found.fork.newest.number,
        **{kind: paths[:_NAMED_MOST] for kind, paths in by_kind.items()},
        counts={**{kind: len(paths) for kind, paths in by_kind.items()}, "conflicts": len(conflicts)},
        conflicts=[
            OriginConflict(
                path=met.path,
                kind=met.kind,
                ours=met.ours.id if met.ours else None,
                theirs=met.theirs.id if met.theirs else None,
            )
            for met in conflicts[:_NAMED_MOST]
        ],
    )


def pull_from_origin(caller: Caller, centre: Centre, *, owner: str, name: str, wanted: NewOriginPull) -> Settled:
    """Take what is new at the origin, as one version, with the conflicts that were picked; the others are left open.

    Raises:
        NotFound: when the project has no origin that the caller may read.
    """
    check_copies(caller, centre)
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        taken = read_taken(session, project.id)
        origin = require_origin(session, taken, caller.user, project.id)
        commit = _commit_of(session, origin, wanted.version)
        base = projects.version(session, project.id, f"v{wanted.base}")
        if not origin.outside:
            actor = Actor(caller.user, caller.door, caller.person.token)
            record(session, actor, Action.FORK, session.get_one(Row, origin.id), version=wanted.version)
        message = f"Take {origin.label} of {origin.name}" if origin.outside else "Take what is new at the origin"
        pull = _new_pull(caller, project.id, message, commit, wanted.version)
        pull = replace(
            pull,
            base=base.commit,
            ours=wanted.ours,
            theirs=wanted.theirs,
            rest=wanted.rest,
            confirmed=wanted.confirmed,
            asked=wanted.asked,
        )
    return Settled(version=_submit(centre, pull))


def _commit_of(session: Session, origin: OriginHead, version: int) -> str:
    """The commit of a version of an origin."""
    if not origin.outside:
        return projects.version(session, origin.id, f"v{version}").commit
    if version != origin.version or not origin.head:
        raise Clash(f"Something newer has been fetched from {origin.name} meanwhile: look again, then take it.")
    return origin.head
