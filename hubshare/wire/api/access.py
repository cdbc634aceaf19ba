"""Who can do what with a project, and invitations."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from hubshare.vocabulary import GrantedRole, RoleName, VisibilityName
from hubshare.wire.api.base import Time, _In


class NewGrant(_In):
    """A role to be given."""

    role: GrantedRole


class Grant(BaseModel):
    """Who has been given which role."""

    subject: str
    role: GrantedRole
    created: Time


class Through(BaseModel):
    """What gives a person a role."""

    role: RoleName
    through: str = Field(description="`owner`, `grant`, `team NAME`, `group NAME` or `visibility …`.")


class Accessor(BaseModel):
    """A person who has a role on a project."""

    user: str
    role: RoleName
    through: list[Through]


class Who(BaseModel):
    """Who can do what with a project, and through what."""

    project: str
    visibility: VisibilityName
    people: list[Accessor]
    unseen: list[str] = Field(
        default=[], description="`team NAME` and `group NAME`: what gives roles to people whom only members see."
    )


class NewInvitation(_In):
    """A link to be made."""

    role: GrantedRole = "reader"
    days: float = Field(7, gt=0, le=366)
    uses: int = Field(1, ge=1, le=100_000)


class Invitation(BaseModel):
    """An invitation; `secret`, the end of its link, is there only in the answer to the request that made it."""

    id: str
    project: str
    role: GrantedRole
    creator: str
    expires: Time
    uses: int = Field(description="How many times it can still be followed.")
    secret: str | None = None


class Accepted(BaseModel):
    """What following an invitation gave."""

    project: str
    role: RoleName


class Copy(BaseModel):
    """A copy that somebody took and still has."""

    project: str
    kind: Literal["checkout", "clone", "archive"]
    where: str = Field(description="For a checkout: server and folder.")
    version: int | None
    time: Time


class Lost(BaseModel):
    """One project to which somebody lost a role."""

    project: str
    before: RoleName
    after: RoleName | None = Field(description="What is left, through other ways; null for nothing.")


class RevocationReport(BaseModel):
    """What the removal of somebody stopped, and what copies there are."""

    user: str
    lost: list[Lost]
    copies: list[Copy]
