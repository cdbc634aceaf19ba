"""Calls of projects: their settings, names, owners, and their end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Unpack

from hubshare.client.call import Call, Listing, api, one, project_path
from hubshare.client.calls.verbs import checked, create, delete, get, given, if_match, listing, put
from hubshare.project_settings import SettingsChange
from hubshare.vocabulary import GrantedRole, VisibilityName
from hubshare.wire import api as r


def projects(own: bool = False, page: int = 500) -> Listing[r.Project]:
    """The projects that you may read, by name.

    Args:
        own: only those on which you have a role of your own.
    """
    return listing(api("projects"), r.Project, page, own="true" if own else None)


def find_projects(
    whose: Literal["mine", "teams", "shared"] | None = None, query: str = "", after: str | None = None, limit: int = 50
) -> Call[r.Page[r.Project]]:
    """One page of the projects that you may read, by name.

    Args:
        whose: only your own, those of your teams, or those of others that were shared with you.
        query: only those in whose address or description all these words are.
        after: `next` of the page before.
    """
    return get(api("projects"), r.Page[r.Project], whose=whose, query=query, after=after, limit=limit)


def project(project: str) -> Call[r.Project]:
    """One project; an address that it had formerly leads to it too."""
    return get(project_path(project), r.Project)


def create_project(
    name: str,
    visibility: VisibilityName = "private",
    grants: Mapping[str, GrantedRole] | None = None,
    *,
    owner: str | None = None,
    description: str = "",
    check: bool = False,
) -> Call[r.Project]:
    """Make a project with an empty first version.

    Args:
        grants: who gets which role: `NAME` a user, `team:NAME` a team, `group:NAME` a group of the Hub.
        owner: a team that you are in; you yourself if not given.
        check: whether to refuse users whom the Hub does not know, with the code `unknown-user`.
    """
    body = given(name=name, owner=owner, visibility=visibility, description=description, grants=dict(grants or {}))
    return create(api("projects"), r.Project, body, checked(check))


def change_project(
    project: str,
    *,
    match: int | None = None,
    **settings: Unpack[SettingsChange],
) -> Call[r.Project]:
    """Change a project's settings, which `hubshare.project_settings` declares; what is left out or None stays as it is."""
    body = given(**settings)
    return Call(
        "PATCH", project_path(project), one(r.Project), body=body, headers=if_match(match), repeat=match is None
    )


def rename_project(project: str, name: str, *, match: int | None = None) -> Call[r.Project]:
    """Rename a project; the address that it had goes on leading to it."""
    return put(project_path(project, "name"), r.Project, {"name": name}, match)


def transfer_project(
    project: str, owner: str, name: str | None = None, *, match: int | None = None, check: bool = False
) -> Call[r.Project]:
    """Give a project to another owner.

    Args:
        owner: `NAME` a user, `team:NAME` a team.
        name: its name there; the present one if not given.
        check: whether to refuse a user whom the Hub does not know, with the code `unknown-user`.
    """
    # Not sent again by itself: after the first time the caller may not be its owner any more.
    body = given(owner=owner, name=name)
    return put(project_path(project, "owner"), r.Project, body, match, False, checked(check))


def archive_project(project: str, archived: bool = True, *, match: int | None = None) -> Call[r.Project]:
    """Archive a project, so that nothing can be pushed to it, or undo that."""
    return put(project_path(project, "archived"), r.Project, {"archived": archived}, match)


def delete_project(project: str, *, match: int | None = None) -> Call[None]:
    """Put a project into the trash, where it can be restored from for a while."""
    return delete(project_path(project), match)


def restore_project(project: str, *, match: int | None = None) -> Call[r.Project]:
    """Take a project out of the trash, with its access as it was."""
    return Call("POST", project_path(project, "restore"), one(r.Project), headers=if_match(match))
