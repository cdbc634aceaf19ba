"""Who is told of jobs that have ended: those whose work was not done, until the same is done after all."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.errors import Changed, HasOutputs, TooMany, Unavailable
from hubshare.store.job_rows import JobRow
from hubshare.store.models import Project
from hubshare.store.notifications import News, settle, tell
from hubshare.store.retries import thing_of

#: Kinds of which the person would not hear in another way: whoever asked for these may not wait for the answer.
_TOLD = frozenset({"push", "edit", "upload", "pull_origin", "apply_git", "act_on_jobs"})
#: A refusal of these alone is told nobody else: nobody looks while a server pushes by itself.
_ALONE = frozenset({"push"})
#: Refusals after which a server tries again by itself.
_TRIED_AGAIN = frozenset({Changed.code, HasOutputs.code, TooMany.code, Unavailable.code})
_ERROR = 300


def tell_of_jobs(session: Session, ended: Sequence[JobRow]) -> None:
    """Tell people of theirs that have failed for good, and settle what was told of those that are done now.

    Args:
        ended: in the order in which they ended.
    """
    mine = [row for row in ended if row.user and row.kind in _TOLD]
    bad = [row for row in mine if row.state == "failed" or _is_refused(row)]
    done = {(row.user, thing_of(row.kind, row.project_id)) for row in mine if row.state == "done"}
    if done:
        settle(session, "job", {thing for _, thing in done}, done)
    there = {row.project_id for row in bad if row.project_id}
    if there:
        there &= set(session.scalars(select(Project.id).where(Project.id.in_(there))))
    for row in bad:
        if row.project_id and row.project_id not in there:
            continue
        details = {"job": row.id, "kind": row.kind, "state": row.state, "code": row.code, "error": row.error[:_ERROR]}
        tell(session, [row.user], News("job", thing_of(row.kind, row.project_id), details, row.project_id or None))


def _is_refused(row: JobRow) -> bool:
    """Whether nothing comes of a job before its person does something."""
    return row.state == "refused" and row.kind in _ALONE and row.code not in _TRIED_AGAIN
