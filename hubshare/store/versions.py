"""The published versions of a project, and the row that says which commit is published.

That row is the branch. It moves by compare-and-set, in the transaction that adds the version, so a worker that was cut off or
came too late publishes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session, aliased

from hubshare.store.models import Project, Version
from hubshare.vocabulary import OutputsName

#: The longest name that the table keeps.
_AUTHOR = 255


class NewVersion(NamedTuple):
    """A version that is to be published.

    Attributes:
        commit: what is published.
        snapshot: what was pushed: the commit itself, or the second parent of a merge that the centre made; where it was in
            conflict it is kept beside the history.
        author: the Hub user who published it.
        summary: the first line of its message.
        time: seconds since 1970, UTC.
    """

    commit: str
    snapshot: str
    author: str
    summary: str
    time: int


class Branch(NamedTuple):
    """A project, as far as whoever publishes to it has to know it; the columns of `Project`."""

    id: str
    owner: str
    name: str
    team_id: str | None
    visibility: str
    archived: datetime | None
    deleted: datetime | None
    brake: int | None
    outputs: OutputsName
    head: str
    version: int
    bytes: int
    measured: str
    files: int
    unpacked: int
    deletions_confirmed: int

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


# Built once: building a statement takes longer than running it.
_PROJECTS: Table = Project.__table__  # type: ignore[assignment]
_BRANCH = select(*(_PROJECTS.c[name] for name in Branch._fields)).where(_PROJECTS.c.id == bindparam("project"))
_MOVE = (
    update(_PROJECTS)
    .where(_PROJECTS.c.id == bindparam("project"), _PROJECTS.c.head == bindparam("old"))
    .values(
        head=bindparam("new"),
        version=bindparam("number"),
        bytes=_PROJECTS.c.bytes + bindparam("grown"),
        measured=bindparam("sized"),
        files=bindparam("count"),
        unpacked=bindparam("size"),
        deletions_confirmed=bindparam("confirmed"),
    )
)
_ADD = insert(Version.__table__)  # type: ignore[arg-type]


def read_branch(session: Session, project: str) -> Branch | None:
    """A project and where its branch stands, or None where there is no such project.

    Args:
        project: its id.
    """
    found = session.connection().execute(_BRANCH, {"project": project}).first()
    return Branch(*found) if found else None


def move_branch(
    session: Session,
    branch: Branch,
    versions: Sequence[NewVersion],
    grown: int,
    size: tuple[int, int] | None = None,
    confirmed: bool = False,
) -> bool:
    """Publish some versions, one after the other, if the branch still stands where it stood.

    Args:
        branch: as it was read.
        versions: the oldest first; none to find out only that it has not moved.
        grown: bytes that they add to the project.
        size: files and bytes on a disk of what is published then; None when that is not known.
        confirmed: whether a person has confirmed that many files are deleted by them.

    Returns:
        Whether it stood there. If not, nothing was changed.
    """
    new = versions[-1].commit if versions else branch.head
    sized, count, unpacked = branch.measured, branch.files, branch.unpacked
    if versions:
        sized, count, unpacked = (new, *size) if size else ("", 0, 0)
    number = branch.version + len(versions)
    values = {
        "project": branch.id,
        "old": branch.head,
        "new": new,
        "sized": sized,
        "count": count,
        "size": unpacked,
        "number": number,
        "grown": grown,
        "confirmed": number if confirmed and versions else branch.deletions_confirmed,
    }
    if session.connection().execute(_MOVE, values).rowcount != 1:
        return False
    if versions:
        _add(session, branch.id, branch.version + 1, versions)
    return True


def was_published(session: Session, project: str, old: str, new: str) -> bool:
    """Return whether `new` was published as the version that followed `old`."""
    after = aliased(Version)
    query = (
        select(after.number)
        .join(Version, (Version.project_id == after.project_id) & (Version.number == after.number - 1))
        .where(after.project_id == project, after.commit == new, Version.commit == old)
    )
    return session.scalar(query.limit(1)) is not None


def begin_history(session: Session, project: Project, first: NewVersion) -> Version:
    """Give a new project its first version, number 0; return it."""
    project.head, project.version = first.commit, 0
    session.flush()
    _add(session, project.id, 0, [first])
    return session.get_one(Version, (project.id, 0))


def _add(session: Session, project: str, number: int, versions: Sequence[NewVersion]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "project_id": project,
            "number": number + place,
            "commit": version.commit,
            "snapshot": version.snapshot,
            # Any git may have written it.
            "author": version.author.replace("\0", "\N{REPLACEMENT CHARACTER}")[:_AUTHOR],
            "summary": version.summary,
            "created": datetime.fromtimestamp(version.time, UTC).replace(tzinfo=None),
        }
        for place, version in enumerate(versions)
    ]
    session.connection().execute(_ADD, rows)
