"""Calls of mirrors: repositories on the internet that a project is pushed to."""

from __future__ import annotations

from hubshare.client.call import Call, Listing, one, project_path
from hubshare.client.calls.verbs import delete, get, given, listing
from hubshare.vocabulary import PushOnName
from hubshare.wire import api as r


def mirrors(project: str) -> Listing[r.Mirror]:
    """The mirrors of a project."""
    return listing(project_path(project, "mirrors"), r.Mirror)


def create_mirror(
    project: str, url: str, *, branch: str = "main", push_on: PushOnName = "version", user: str = "", secret: str = ""
) -> Call[r.Mirror]:
    """Have a project be pushed to a git repository: all its versions, with who made them, when and why.

    Args:
        url: https, without a user or password.
        branch: that the versions go to.
        push_on: for each version, for each release, or when somebody asks.
        user, secret: with which the host is asked.
    """
    body = given(url=url, branch=branch, push_on=push_on, user=user, secret=secret)
    return Call("POST", project_path(project, "mirrors"), one(r.Mirror), body=body)


def mirror(project: str, mirror: str) -> Call[r.Mirror]:
    """One mirror, by its id, and how it stands."""
    return get(project_path(project, "mirrors", mirror), r.Mirror)


def change_mirror(
    project: str,
    mirror: str,
    *,
    url: str | None = None,
    branch: str | None = None,
    push_on: PushOnName | None = None,
    user: str | None = None,
    secret: str | None = None,
    paused: bool | None = None,
) -> Call[r.Mirror]:
    """Change a mirror, pause it, or have it go on (`paused=False`), also where it was given up; it is yours from then on.

    Args:
        user, secret: a new password or token; "" forgets the one that is kept.
    """
    body = given(url=url, branch=branch, push_on=push_on, user=user, secret=secret, paused=paused)
    return Call("PATCH", project_path(project, "mirrors", mirror), one(r.Mirror), body=body, repeat=True)


def delete_mirror(project: str, mirror: str) -> Call[None]:
    """Push to a repository no more; what it has stays there."""
    return delete(project_path(project, "mirrors", mirror))


def push_mirror(project: str, mirror: str, *, overwrites: str = "") -> Call[r.Mirror]:
    """Push now; what came of it `mirror` tells.

    Args:
        overwrites: `in_the_way` of the mirror, where that is to be given up. What is there since then is not.
    """
    path = project_path(project, "mirrors", mirror, "push")
    return Call("POST", path, one(r.Mirror), body={"overwrites": overwrites}, repeat=True)
