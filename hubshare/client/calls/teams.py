"""Calls of teams and their members."""

from __future__ import annotations

from collections.abc import Mapping

from hubshare.client.call import Call, Listing, api, nothing, one
from hubshare.client.calls.verbs import checked, create, delete, get, given, if_match, listing
from hubshare.vocabulary import GrantedRole, MembersRole, TeamRoleName, VisibilityName
from hubshare.wire import api as r


def teams() -> Listing[r.Team]:
    """The teams that you are in."""
    return listing(api("teams"), r.Team)


def team(team: str) -> Call[r.Team]:
    """One team."""
    return get(api("teams", team), r.Team)


def create_team(name: str, role: MembersRole = "writer") -> Call[r.Team]:
    """Make a team; you are its maintainer.

    Args:
        role: what members may do with the projects that the team owns.
    """
    return create(api("teams"), r.Team, {"name": name, "role": role})


def create_team_project(
    team: str,
    name: str,
    visibility: VisibilityName = "private",
    grants: Mapping[str, GrantedRole] | None = None,
    *,
    description: str = "",
    check: bool = False,
) -> Call[r.Project]:
    """Make a project of a team that you are in, with an empty first version; a service of the Hub may as well.

    Args:
        grants: who else gets which role, where you are a maintainer; see `create_project`.
        check: whether to refuse users whom the Hub does not know, with the code `unknown-user`.
    """
    body = given(name=name, visibility=visibility, description=description, grants=dict(grants or {}))
    return create(api("teams", team, "projects"), r.Project, body, checked(check))


def change_team(
    team: str,
    *,
    name: str | None = None,
    role: MembersRole | None = None,
    match: int | None = None,
) -> Call[r.Team]:
    """Rename a team, or change what its members may do with its projects; what is None stays as it is."""
    return Call(
        "PATCH",
        api("teams", team),
        one(r.Team),
        body=given(name=name, role=role),
        headers=if_match(match),
        repeat=match is None and name is None,
    )


def delete_team(team: str, *, match: int | None = None) -> Call[None]:
    """Delete a team that owns no projects; what it was given ends."""
    return delete(api("teams", team), match)


def put_member(
    team: str, user: str, role: TeamRoleName = "member", *, match: int | None = None, check: bool = False
) -> Call[None]:
    """Add somebody to a team, or make a member maintainer or a maintainer member.

    Args:
        check: whether to refuse a user whom the Hub does not know, with the code `unknown-user`.
    """
    return Call(
        "PUT",
        api("teams", team, "members", user),
        nothing,
        checked(check),
        body={"role": role},
        headers=if_match(match),
        repeat=match is None,
    )


def remove_member(team: str, user: str, *, match: int | None = None) -> Call[r.RevocationReport]:
    """Take somebody out of a team; takes effect everywhere at once. Answers with what that stopped."""
    return Call("DELETE", api("teams", team, "members", user), one(r.RevocationReport), headers=if_match(match))


def leave_team(team: str) -> Call[r.RevocationReport]:
    """Leave a team."""
    return Call("DELETE", api("teams", team, "membership"), one(r.RevocationReport))
