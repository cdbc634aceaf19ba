"""Releases: versions that were given a name, to be shown and linked while work goes on."""

from __future__ import annotations

import re

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from hubshare.errors import Clash, Invalid, NotFound, OverQuota
from hubshare.names import quoted
from hubshare.store.models import Release, Version

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,98}[A-Za-z0-9]|[A-Za-z0-9]")
_NOTES = 10_000
_MOST = 500
_OF_PROJECT = (
    select(Release).where(Release.project_id == bindparam("project")).order_by(Release.created.desc(), Release.name)
)


def releases(session: Session, project: str) -> list[Release]:
    """The releases of a project, the newest first."""
    return list(session.scalars(_OF_PROJECT, {"project": project}))


def add_release(session: Session, version: Version, name: str, notes: str, creator: str) -> Release:
    """Give a version a name.

    Raises:
        Invalid: when it cannot be one.
        Clash: when another version has it.
        OverQuota: when the project has as many as it may.
    """
    if not _NAME.fullmatch(name) or re.fullmatch(r"latest|v\d+", name):
        raise Invalid(
            f"{quoted(name)} cannot name a release: use 1 to 100 letters, digits, spaces, '.', '_' and '-', for example "
            "'Winter term 2026'; not 'latest', and not what looks like a version."
        )
    if len(notes) > _NOTES:
        raise Invalid(f"The notes have {len(notes):,} characters: at most {_NOTES:,} are kept.")
    if session.get(Release, (version.project_id, name)) is not None:
        raise Clash(f"There is a release {name} already: choose another name, or delete that one first.")
    count = select(func.count()).where(Release.project_id == version.project_id)
    if session.scalars(count).one() >= _MOST:
        raise OverQuota(f"The project has {_MOST} releases, as many as it may: delete one that nobody needs.")
    made = Release(project_id=version.project_id, name=name, version=version.number, notes=notes, creator=creator)
    session.add(made)
    session.flush()
    return made


def pin(session: Session, project: str, name: str, on: bool) -> Release:
    """Have readers shown a release first, in place of the one before; or this one no more.

    Raises:
        NotFound: when there is no such release.
    """
    found = {row.name: row for row in releases(session, project)}
    if name not in found:
        raise NotFound(f"There is no release {quoted(name)}.")
    for row in found.values():
        row.pinned = on if row.name == name else row.pinned and not on
    return found[name]


def delete_release(session: Session, project: str, name: str) -> None:
    """Take a name away from a version; the version stays.

    Raises:
        NotFound: when there is no such release.
    """
    found = session.get(Release, (project, name))
    if found is None:
        raise NotFound(f"There is no release {quoted(name)}.")
    session.delete(found)
