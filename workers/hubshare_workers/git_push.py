"""Apply a push by git: from its pack in quarantine to the published branch.

Everything in it is looked at before anything of it is in the project. Then, under the repository's lock: objects to disk,
log of the branch, branch, record. A crash between any two of these is made good when the push is applied again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from hubshare.bus.replies import Reply
from hubshare.centre import Centre
from hubshare.errors import Clash, HubShareError, NotFound, Paused, TooMany, Unavailable
from hubshare.git.objects import diff_trees
from hubshare.git.quarantine import Accepted, NotForward, Quarantine, spool
from hubshare.git.repository import MAIN, Logged, Repository
from hubshare.git.verify import Changes, verify_commits
from hubshare.jobs.payloads import GitPush
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import require
from hubshare.store.audit import Actor, record
from hubshare.store.models import Project, Version
from hubshare.store.projects import brake_of, is_published, latest
from hubshare.store.versions import record_versions
from hubshare_workers.limits import check_push
from hubshare_workers.outputs import check_outputs


@dataclass(frozen=True)
class Applied:
    """What a push by git did.

    Attributes:
        answer: what the pusher is told.
        project: the project that is to be told of; None when nothing was published.
        before, after: the published commit; `before` is "" when it was published earlier.
        number: of the version.
    """

    answer: Reply
    project: Project | None = None
    before: str = ""
    after: str = ""
    number: int = 0


class _MovedOn(Clash):
    """Something else was published since the pusher looked."""


#: What git says in such cases, behind `[remote rejected]`.
_REASONS: dict[type[HubShareError], str] = {
    _MovedOn: "fetch first",
    NotForward: "non-fast-forward",
    Paused: "many files deleted",
}


def apply_git_push(centre: Centre, push: GitPush) -> Applied:
    """Apply a push by git, or say why not.

    Raises:
        Unavailable: when it should be tried again.
    """
    try:
        return _apply(centre, push)
    except Unavailable:
        raise
    except HubShareError as error:
        return Applied(Reply(_REASONS.get(type(error), error.code), error.message))


def _apply(centre: Centre, push: GitPush) -> Applied:
    with centre.database.read() as session:
        project = permitted(session, push)
        repository = centre.repositories.open(project.id)
        published = _published(session, repository, push)
    if published:
        with repository.lock():
            return _record(centre, push, project, repository)
    _check_place(repository, push)
    pack = spool(centre.settings.quarantine, push.id)
    if not pack.exists():
        raise NotFound("This push is not there any more: push again.")
    _check_limits(centre, push, project, pack.stat().st_size)
    with Quarantine.around(pack, repository, centre.settings) as quarantine:
        verify_commits(
            quarantine.new_commits(push.old, push.new),
            quarantine,
            centre.settings,
            lambda changes: _check_outputs(project, quarantine, changes),
        )
        _brake(centre, push, project, quarantine)
        accepted = quarantine.pack(push.old, push.new)
        with repository.lock():
            with centre.database.read() as session:
                project = permitted(session, push)
                published = _published(session, repository, push)
            if published:
                return _record(centre, push, project, repository)
            _check_place(repository, push)
            _publish(centre, push, project, repository, accepted)
            return _record(centre, push, project, repository, accepted)


def permitted(session: Session, push: GitPush) -> Project:
    """The project of a push, if its user may push to it at this moment."""
    project = session.get(Project, push.project)
    require(session, project, push.user, Action.PUSH, project.full_name if project else push.project)
    assert project is not None
    return project


def _published(session: Session, repository: Repository, push: GitPush) -> bool:
    """Whether this push has moved the branch already, before a crash or when it was sent the first time."""
    if repository.main in (push.old, push.new):
        return repository.main == push.new
    # Others came after it, so it is in the tables; a line in the log alone is of one that never moved the branch.
    logged = repository.logged_pushes().get(push.new)
    return logged is not None and logged.old == push.old and is_published(session, push.project, push.new)


def _check_place(repository: Repository, push: GitPush) -> None:
    if repository.main != push.old:
        raise _MovedOn("Something else was published meanwhile: run `git pull`, then push again.")


def _check_limits(centre: Centre, push: GitPush, project: Project, size: int) -> None:
    try:
        check_push(centre, push.user, project, size)
    except TooMany as error:
        raise TooMany(f"{error.message.partition(':')[0]}: push again in a minute.") from None


def _brake(centre: Centre, push: GitPush, project: Project, quarantine: Quarantine) -> None:
    before, after = (quarantine.commit(name).tree for name in (push.old, push.new))
    gone = sum(new is None for _, _, new in diff_trees(quarantine.tree, before, after))
    if gone > brake_of(project, centre.settings) and not push.confirmed:
        raise Paused(
            f"This push deletes {gone:,} files of {project.full_name}: if that is what you want, push again with "
            "`git push -o confirm`."
        )


def _check_outputs(project: Project, quarantine: Quarantine, changes: Changes) -> None:
    """Whether a commit brings outputs to a project that shares none; a merge may bring what the project had before that."""
    new = ((path, side) for path, (_, side) in changes.items() if side and side.id not in quarantine.repository)
    check_outputs(project, new, quarantine.read)


def _publish(centre: Centre, push: GitPush, project: Project, repository: Repository, accepted: Accepted) -> None:
    """Take the objects in and move the branch. Runs under the repository's lock."""
    with centre.database.read() as session:
        newest = latest(session, project.id)
    if newest is None or newest.commit != push.old:
        # A crash came between the branch and the table.
        with centre.database.begin(project.id) as session:
            record_versions(session, project.id, repository)
    repository.install_files(accepted.path, accepted.names, accepted.source)
    repository.log_push(push.new, Logged(push.old, push.user, int(time.time())))
    repository.set_ref(MAIN, push.new, push.old)


def _record(
    centre: Centre, push: GitPush, project: Project, repository: Repository, accepted: Accepted | None = None
) -> Applied:
    """Bring the tables up to what is published. Runs under the repository's lock.

    Args:
        accepted: what was just taken in; None when the branch had moved before.
    """
    with centre.database.begin(project.id) as session:
        known = latest(session, project.id)
        newest = record_versions(session, project.id, repository, known)
        if accepted is not None:
            grown = update(Project).where(Project.id == project.id).values(bytes=Project.bytes + accepted.size)
            session.execute(grown.execution_options(synchronize_session=False))
        if known is None or known.number != newest.number:
            _note(session, push, project, newest)
    before = push.old if accepted is not None else ""
    return Applied(Reply("", ""), project, before, newest.commit, newest.number)


def _note(session: Session, push: GitPush, project: Project, newest: Version) -> None:
    record(session, Actor(push.user, "git", push.token), Action.PUSH, project, version=newest.number)
