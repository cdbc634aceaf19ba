"""Who may do what with a project, and invitations."""

from __future__ import annotations

from pydantic import Field

from hubshare.vocabulary import GrantedRole
from hubshare.wire.api.access import Accepted, Invitation, RevocationReport, Who
from hubshare.wire.api.base import Time
from hubshare.wire.socket.base import Answer, Arguments, Command, OfProject


class Grant(OfProject):
    """Give a user, a team or a group a role on a project."""

    who: str = Field(description="`bob`, `team:physics` or `group:physics`; or with the role, as `bob:writer`.")
    role: GrantedRole | None = None
    unknown: bool = Field(False, description="Also to a user whom the Hub does not know yet.")


class Granted(Answer):
    """A role that was given."""

    project: str
    who: str
    role: GrantedRole


class Revoke(OfProject):
    """Take a role away that was given."""

    who: str


class Revoked(Answer):
    """A role that was taken away, and what that stopped."""

    project: str
    who: str
    role: None = None
    receipts: list[RevocationReport]


class AskWho(OfProject):
    """Name everybody who has a role of their own on a project, and through what."""


class Invite(OfProject):
    """Make a link that gives whoever follows it a role."""

    role: GrantedRole = "reader"
    days: float = 7
    uses: int = 1


class Invited(Answer):
    """A new invitation; its link is in this answer only."""

    id: str
    project: str
    role: GrantedRole
    creator: str
    expires: Time
    uses: int = Field(description="How many times it can be followed.")
    link: str


class ListInvitations(OfProject):
    """List the invitations to a project that can still be followed."""


class Invitations(Answer):
    """Invitations, without their secrets."""

    project: str
    invitations: list[Invitation]


class Withdraw(OfProject):
    """Take an invitation back."""

    invitation: str = Field(description="Its id.")


class Withdrawn(Answer):
    """An invitation that cannot be followed any more."""

    project: str
    withdrawn: str


class Join(Arguments):
    """Follow an invitation."""

    link: str = Field(description="The link, or the secret in it.")


COMMANDS = {
    "grant": Command(Grant, Granted, "person"),
    "revoke": Command(Revoke, Revoked, "person"),
    "who": Command(AskWho, Who, "person"),
    "invite": Command(Invite, Invited, "person"),
    "invitations": Command(ListInvitations, Invitations, "person"),
    "withdraw": Command(Withdraw, Withdrawn, "person"),
    "join": Command(Join, Accepted, "person"),
}
