"""Releases: versions that were given a name, to be shown and linked while work goes on."""

from __future__ import annotations

import re

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from hubshare.errors import Clash, Invalid, NotFound
from hubshare.names import quoted
from hubshare.store.models import Release, Version

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,98}[A-Za-z0-9]|[A-Za-z0-9]")
_NOTES = 10_000
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
    made = Release(project_id=version.project_id, name=name, version=version.number, notes=notes, creator=creator)
    session.add(made)
    session.flush()
    return made


def pin(session: Session, project: str, name: str | None) -> None:
    """Have readers shown a release first, in place of the one before; the newest version for None.

    Raises:
        NotFound: when there is no such release.
    """
    found = {row.name: row for row in releases(session, project)}
    if name is not None and name not in found:
        raise NotFound(f"There is no release {quoted(name)}.")
    for row in found.values():
        row.pinned = row.name == name


def delete_release(session: Session, project: str, name: str) -> None:
    """Take a name away from a version; the version stays.

    Raises:
        NotFound: when there is no such release.
    """
    found = session.get(Release, (project, name))
    if found is None:
        raise NotFound(f"There is no release {quoted(name)}.")
    session.delete(found)
