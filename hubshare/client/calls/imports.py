"""Calls of projects that come from the internet."""

from __future__ import annotations

from hubshare.client.call import Call, one, project_path
from hubshare.client.calls.verbs import create, get, given
from hubshare.vocabulary import FollowName, VisibilityName
from hubshare.wire import api as r


def import_project(
    source: str,
    name: str | None = None,
    visibility: VisibilityName = "private",
    *,
    owner: str | None = None,
    description: str = "",
    follow: FollowName = "manual",
    history: bool = False,
    user: str = "",
    secret: str = "",
) -> Call[r.Project]:
    """Begin a project with what a link leads to; its files are there when they have been fetched, which `get_import` tells.

    Args:
        source: a link: git, an archive, a file, a folder on GitHub or GitLab, a gist, a DOI, …
        name: made of the link if not given.
        owner: a team that you are in; you yourself if not given.
        follow: how often what is new at the source is taken by itself.
        history: keep the history of a git repository; otherwise there is one version each time.
        user, secret: with which the source is asked, where it is not open to everybody.
    """
    body = given(
        source=source,
        name=name,
        owner=owner,
        visibility=visibility,
        description=description,
        follow=follow,
        history=history,
        user=user,
        secret=secret,
    )
    return create("/api/v1/imports", r.Project, body)


def read_link(link: str) -> Call[r.SourceLink]:
    """What a link from the internet asks for; nothing is fetched."""
    return get("/api/v1/links", r.SourceLink, link=link)


def get_import(project: str) -> Call[r.Import]:
    """How a project comes from its source outside the Hub, and how far that is."""
    return get(project_path(project, "import"), r.Import)


def fetch_import(project: str, take: bool = False) -> Call[r.Import]:
    """Look at the source of a project for what is new; one that is being fetched goes on.

    Args:
        take: what is new is taken at once, but for what was changed on both sides.
    """
    query = {"take": "true" if take else None}
    return Call("POST", project_path(project, "import", "fetch"), one(r.Import), query, repeat=True)


def cancel_import(project: str) -> Call[r.Import]:
    """Stop a fetch; what the project holds stays as it is."""
    return Call("POST", project_path(project, "import", "cancel"), one(r.Import), repeat=True)


def change_import(
    project: str,
    follow: FollowName | None = None,
    *,
    branch: str | None = None,
    history: bool | None = None,
    user: str | None = None,
    secret: str | None = None,
) -> Call[r.Import]:
    """Change how a project follows its source, which branch of it, or the password or token for it.

    Args:
        follow: how often what is new there is taken by itself.
        branch: what is taken from now on, a branch, a tag or a commit; "" for what the repository shows first.
        history: whether its history is kept from now on.
        user, secret: a new password or token; "" forgets the one that is kept.
    """
    body = given(follow=follow, branch=branch, history=history, user=user, secret=secret)
    return Call("PATCH", project_path(project, "import"), one(r.Import), body=body, repeat=True)
