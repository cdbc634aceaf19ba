"""The words of sharing: roles, visibilities, modes of a checkout and the like, as every part and the API names them."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

GrantedRole = Literal["reader", "writer", "admin"]

RoleName = Literal["reader", "writer", "admin", "owner"]

#: What members of a team are on the projects that it owns.
MembersRole = Literal["reader", "writer"]

TeamRoleName = Literal["member", "maintainer"]

VisibilityName = Literal["private", "hub", "public"]

#: Whether outputs of notebooks are shared, or stripped when they are pushed.
OutputsName = Literal["share", "strip"]

#: Whether a checkout syncs by itself.
ModeName = Literal["manual", "auto"]

#: How often a project takes what is new at its source outside the Hub by itself.
FollowName = Literal["manual", "hourly", "daily"]

#: When a project is pushed to its mirror: for each version, for each release, or when somebody asks.
PushOnName = Literal["version", "release", "manual"]

#: What becomes of conflicts in a checkout: its person is asked, or one side is picked.
PolicyName = Literal["ask", "ours", "theirs"]

#: What people are told of.
NotificationKind = Literal[
    "conflict",
    "job",
    "access",
    "access_lost",
    "team",
    "team_lost",
    "offer",
    "server",
    "mirror",
    "webhook",
    "import",
    "quota",
    "invitation",
    "mail",
    "token",
]


class Role(IntEnum):
    """What a person may do with a project; a larger role includes the smaller ones.

    `owner` cannot be granted: it is the user who owns the project, or a maintainer of the team that does.
    """

    reader = 1
    writer = 2
    admin = 3
    owner = 4


#: The roles that a grant or an invitation can give.
GRANTED = ("reader", "writer", "admin")


class TeamRole(IntEnum):
    """What a person may do with a team."""

    member = 1
    maintainer = 2
