"""Who may do what with a project, and invitations."""

from __future__ import annotations

import asyncio
import re
from typing import get_args
from urllib.parse import unquote, urlsplit

from hubshare.client import calls
from hubshare.errors import Invalid, NotFound
from hubshare.names import quoted
from hubshare.vocabulary import GrantedRole
from hubshare.wire.api.access import Accepted
from hubshare.wire.socket.access import Grant, Granted, Invitations, Invite, Invited, Join, Revoke, Revoked, Withdrawn
from hubshare_agents.agent import Agent
from hubshare_agents.checkout.progress import Progress
from hubshare_agents.socket.handler import Handler, ServiceCall
from hubshare_agents.socket.locate import project_of

_ROLES: tuple[GrantedRole, ...] = get_args(GrantedRole)


async def grant(agent: Agent, args: Grant, progress: Progress) -> Granted:
    project = project_of(agent, args)
    who, role = (args.who, args.role) if args.role else grant_of(args.who)
    if args.role and who.rpartition(":")[0] and who.rpartition(":")[2] in _ROLES:
        raise Invalid(
            f"{quoted(who)} names a role already: give it once, as `{who}` or as `{who.rpartition(':')[0]} {role}`."
        )
    await asyncio.to_thread(agent.client.grant, project, who, role, check=not args.unknown)
    return Granted(project=project, who=who, role=role)


def grant_of(text: str) -> tuple[str, GrantedRole]:
    """Return who and the role of `USER:ROLE`, `team:NAME:ROLE` or `group:NAME:ROLE`."""
    who, colon, role = text.rpartition(":")
    if not colon or not who or (who in ("team", "group") and role not in _ROLES):
        raise Invalid(
            f"{quoted(text)} is not a grant: write USER:ROLE, team:NAME:ROLE or group:NAME:ROLE, for example bob:writer."
        )
    for known in _ROLES:
        if role == known:
            return who, known
    raise Invalid(f"{quoted(role)} is no role: use one of {', '.join(_ROLES)}.")


async def revoke(agent: Agent, args: Revoke, progress: Progress) -> Revoked:
    project, who = project_of(agent, args), args.who
    try:
        receipts = await asyncio.to_thread(agent.client.revoke, project, who)
    except NotFound:
        # What `grant` took as WHO:ROLE is taken here as well.
        rest, colon, role = who.rpartition(":")
        if not colon or role not in _ROLES:
            raise
        receipts, who = await asyncio.to_thread(agent.client.revoke, project, rest), rest
    return Revoked(project=project, who=who, receipts=receipts)


async def invite(agent: Agent, args: Invite, progress: Progress) -> Invited:
    project = project_of(agent, args)
    made = await asyncio.to_thread(agent.client.invite, project, args.role, args.days, args.uses)
    return Invited(link=f"{_public_url(agent)}invite/{made.secret}", **made.model_dump(exclude={"secret"}))


async def join(agent: Agent, args: Join, progress: Progress) -> Accepted:
    return await asyncio.to_thread(agent.client.accept_invitation, _secret(args.link))


def _public_url(agent: Agent) -> str:
    """Return the service's address as people's browsers reach it, as far as this server knows."""
    own, hub = urlsplit(agent.settings.url), urlsplit(agent.settings.jupyterhub_public_hub_url)
    origin = hub if hub.scheme and hub.netloc else own
    return f"{origin.scheme}://{origin.netloc}{own.path.rstrip('/')}/"


def _secret(link: str) -> str:
    """Return the secret in an invitation's link, or the text itself if it is one.

    Raises:
        Invalid: when it is neither.
    """
    found = re.fullmatch(r"(?:\S*/invite/)?([A-Za-z0-9_%-]{8,200})/?(?:[?#]\S*)?", link.strip())
    if found is None:
        raise Invalid(
            f"{quoted(link)} is not an invitation: paste the whole link, which ends in /invite/ and a secret."
        )
    return unquote(found[1])


HANDLERS: dict[str, Handler] = {
    "grant": grant,
    "revoke": revoke,
    "who": ServiceCall(calls.access.who),
    "invite": invite,
    "invitations": ServiceCall(
        calls.access.invitations,
        lambda args, found: Invitations(
            project=args["project"], invitations=[one.model_copy(update={"secret": None}) for one in found]
        ),
    ),
    "withdraw": ServiceCall(
        calls.access.withdraw_invitation,
        lambda args, _: Withdrawn(project=args["project"], withdrawn=args["invitation"]),
    ),
    "join": join,
}
