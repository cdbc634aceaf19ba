"""Calls of a project's access: who has a role, grants and invitations."""

from __future__ import annotations

from hubshare.client.call import Call, Listing, api, many, nothing, one, project_path
from hubshare.client.calls.verbs import checked, delete, get, if_match, listing
from hubshare.vocabulary import GrantedRole
from hubshare.wire import api as r


def who(project: str) -> Call[r.Who]:
    """Everybody who has a role of their own on a project, and what gives it."""
    return get(project_path(project, "access"), r.Who)


def grants(project: str) -> Listing[r.Grant]:
    """Who has been given a role on a project: users, then teams, then groups of the Hub."""
    return listing(project_path(project, "grants"), r.Grant)


def grant(
    project: str, subject: str, role: GrantedRole, *, match: int | None = None, check: bool = False
) -> Call[None]:
    """Give a role, or change it.

    Args:
        subject: `NAME` a user, `team:NAME` a team, `group:NAME` a group of the Hub.
        check: whether to refuse a user whom the Hub does not know, with the code `unknown-user`.
    """
    return Call(
        "PUT",
        project_path(project, "grants", subject),
        nothing,
        checked(check),
        body={"role": role},
        headers=if_match(match),
        repeat=match is None,
    )


def revoke(project: str, subject: str, *, match: int | None = None) -> Call[list[r.RevocationReport]]:
    """Take a role away; takes effect at once. Answers with a receipt for every user who lost something."""
    return Call("DELETE", project_path(project, "grants", subject), many(r.RevocationReport), headers=if_match(match))


def invitations(project: str) -> Listing[r.Invitation]:
    """The invitations that can still be followed."""
    return listing(project_path(project, "invitations"), r.Invitation)


def invite(project: str, role: GrantedRole = "reader", days: float = 7, uses: int = 1) -> Call[r.Invitation]:
    """Make a link that gives whoever follows it a role. Its secret is in this answer only.

    Args:
        days: how long it lasts.
        uses: how many people can follow it.
    """
    body = {"role": role, "days": days, "uses": uses}
    return Call("POST", project_path(project, "invitations"), one(r.Invitation), body=body)


def withdraw_invitation(project: str, invitation: str) -> Call[None]:
    """Take an invitation back; who has followed it keeps the role."""
    return delete(project_path(project, "invitations", invitation))


def accept_invitation(secret: str) -> Call[r.Accepted]:
    """Follow an invitation: you get its role on its project. Doing it again uses nothing up."""
    return Call("POST", api("invitations", secret, "accept"), one(r.Accepted), repeat=True)
