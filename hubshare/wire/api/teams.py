"""Teams and their members."""

from __future__ import annotations

from pydantic import BaseModel, Field

from hubshare.vocabulary import MembersRole, TeamRoleName
from hubshare.wire.api.base import Text, Time, _In


class NewTeam(_In):
    """A team to be made; whoever makes it is its maintainer."""

    name: Text
    role: MembersRole = Field("writer", description="What members may do with the projects that the team owns.")


class TeamChange(_In):
    """What is to be changed; what is left out stays as it is."""

    name: Text | None = None
    role: MembersRole | None = None


class NewMember(_In):
    """A role in a team."""

    role: TeamRoleName = "member"


class Member(BaseModel):
    """Somebody in a team."""

    user: str
    role: TeamRoleName
    created: Time


class Team(BaseModel):
    """A team as the people in it see it."""

    name: str
    role: MembersRole = Field(description="What members may do with the team's projects.")
    mine: TeamRoleName | None = Field(description="The caller's role in it.")
    members: list[Member]
    invited: list[Member] = Field(
        default=[], description="Who was offered a place and has not answered; for those who manage the team."
    )
    projects: list[str] = Field(description="The projects that it owns.")
    revision: int
    created: Time
