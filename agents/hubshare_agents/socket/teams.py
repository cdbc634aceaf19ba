"""Teams and their members."""

from __future__ import annotations

import asyncio

from hubshare.client import calls
from hubshare.errors import NotFound
from hubshare.names import quoted
from hubshare.vocabulary import TeamRoleName
from hubshare.wire.socket.teams import TeamAdd, TeamDeleted, TeamLeft, TeamMaintainer, TeamRenamed, TeamRoles, Teams
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler, ServiceCall


async def add(agent: Agent, args: TeamAdd, progress: Progress) -> TeamRoles:
    team = await asyncio.to_thread(agent.client.team, args.team)
    before = {one.user: one.role for one in team.members}
    users: dict[str, TeamRoleName] = {}
    for user in args.users:
        stays = args.maintainer or before.get(user) == "maintainer"
        users[user] = "maintainer" if stays else "member"
        if before.get(user) != users[user]:
            await asyncio.to_thread(agent.client.put_member, args.team, user, users[user], check=not args.unknown)
    inside = {one.user for one in (await asyncio.to_thread(agent.client.team, args.team)).members}
    return TeamRoles(
        team=team.name,
        users=users,
        added=[user for user in users if user in inside - before.keys()],
        waiting=[user for user in users if user not in inside],
    )


async def maintainer(agent: Agent, args: TeamMaintainer, progress: Progress) -> TeamRoles:
    team = await asyncio.to_thread(agent.client.team, args.team)
    if args.user not in {one.user for one in team.members}:
        raise NotFound(
            f"{quoted(args.user)} is not in team {team.name}: run `hubshare team add {team.name} {args.user}` first."
        )
    role: TeamRoleName = "member" if args.off else "maintainer"
    await asyncio.to_thread(agent.client.put_member, args.team, args.user, role)
    return TeamRoles(team=team.name, users={args.user: role}, added=[])


HANDLERS: dict[str, Handler] = {
    "team-list": ServiceCall(calls.teams.teams, lambda _, teams: Teams(teams=teams)),
    "team-show": ServiceCall(calls.teams.team),
    "team-create": ServiceCall(calls.teams.create_team, names={"team": "name", "members": "role"}),
    "team-rename": ServiceCall(
        calls.teams.change_team, lambda args, team: TeamRenamed(before=args["team"], **team.model_dump())
    ),
    "team-members": ServiceCall(calls.teams.change_team),
    "team-delete": ServiceCall(calls.teams.delete_team, lambda args, _: TeamDeleted(team=args["team"])),
    "team-add": add,
    "team-maintainer": maintainer,
    "team-remove": ServiceCall(
        calls.teams.remove_member, lambda args, receipt: TeamLeft(team=args["team"], receipt=receipt)
    ),
    "team-leave": ServiceCall(
        calls.teams.leave_team, lambda args, receipt: TeamLeft(team=args["team"], receipt=receipt)
    ),
}
