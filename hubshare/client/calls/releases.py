"""Calls of releases: versions with a name."""

from __future__ import annotations

from hubshare.client.call import Call, Listing, one, project_path
from hubshare.client.calls.verbs import create, delete, get, given, listing
from hubshare.wire import api as r


def releases(project: str) -> Listing[r.Release]:
    """All releases of a project, the newest first."""
    return listing(project_path(project, "releases"), r.Release)


def create_release(project: str, name: str, *, version: str | None = None, notes: str | None = None) -> Call[r.Release]:
    """Give a version a name; mirrors that are pushed to on each release are in a moment.

    Args:
        name: 1 to 100 letters, digits, spaces, `.`, `_` and `-`.
        version: as in `v3`, or a commit; the newest one if not given.
    """
    return create(project_path(project, "releases"), r.Release, given(name=name, version=version, notes=notes))


def release(project: str, release: str = "latest") -> Call[r.Release]:
    """One release, by its name; the one that was made last if not given."""
    return get(project_path(project, "releases", release), r.Release)


def pin_release(project: str, release: str, pinned: bool = True) -> Call[r.Release]:
    """Show readers a release first, in place of the one before; with `pinned=False` no more, but the newest version."""
    path = project_path(project, "releases", release)
    return Call("PATCH", path, one(r.Release), body={"pinned": pinned}, repeat=True)


def delete_release(project: str, release: str) -> Call[None]:
    """Take a name away from a version; the version stays."""
    return delete(project_path(project, "releases", release))
