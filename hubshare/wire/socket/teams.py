"""Teams and their members."""

from __future__ import annotations

from pydantic import Field

from hubshare.vocabulary import MembersRole, TeamRoleName
from hubshare.wire.api.access import RevocationReport
from hubshare.wire.api.teams import Team
from hubshare.wire.socket.base import Answer, Arguments, Command


class OfTeam(Arguments):
    """A command about one team."""

    team: str


class TeamList(Arguments):
    """List the teams that I am in."""


class Teams(Answer):
    """Teams."""

    teams: list[Team]


class TeamShow(OfTeam):
    """Say who is in a team and what it owns."""


class TeamCreate(OfTeam):
    """Make a team."""

    members: MembersRole = Field("writer", description="What members are of the projects that the team owns.")


class TeamRename(OfTeam):
    """Rename a team, and with it the addresses of its projects."""

    name: str


class TeamRenamed(Team):
    """A team with another name."""

    before: str = Field(description="The name that it had.")


class TeamMembers(OfTeam):
    """Set what the members of a team may do with its projects."""

    role: MembersRole


class TeamDelete(OfTeam):
    """Delete a team that owns no projects."""


class TeamDeleted(Answer):
    """A team that is gone."""

    team: str
    deleted: bool = True


class TeamAdd(OfTeam):
    """Add people to a team; whoever is maintainer already stays so."""

    users: list[str]
    maintainer: bool = False
    unknown: bool = Field(False, description="Also users whom the Hub does not know yet.")


class TeamMaintainer(OfTeam):
    """Make a member maintainer, or a maintainer member."""

    user: str
    off: bool = Field(False, description="Make a member of a maintainer.")


class TeamRoles(Answer):
    """What people are in a team now."""

    team: str
    users: dict[str, TeamRoleName]
    added: list[str] = Field(description="Who was not in it before.")
    waiting: list[str] = Field(default=[], description="Who has been asked, and has to accept first.")


class TeamRemove(OfTeam):
    """Take somebody out of a team."""

    user: str


class TeamLeave(OfTeam):
    """Leave a team."""


class TeamLeft(Answer):
    """What it stopped that somebody is in a team no more."""

    team: str
    receipt: RevocationReport


COMMANDS = {
    "team-list": Command(TeamList, Teams, "person"),
    "team-show": Command(TeamShow, Team, "person"),
    "team-create": Command(TeamCreate, Team, "person"),
    "team-rename": Command(TeamRename, TeamRenamed, "person"),
    "team-members": Command(TeamMembers, Team, "person"),
    "team-delete": Command(TeamDelete, TeamDeleted, "person"),
    "team-add": Command(TeamAdd, TeamRoles, "person"),
    "team-maintainer": Command(TeamMaintainer, TeamRoles, "person"),
    "team-remove": Command(TeamRemove, TeamLeft, "person"),
    "team-leave": Command(TeamLeave, TeamLeft, "person"),
}
