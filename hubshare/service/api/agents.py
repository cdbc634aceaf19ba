"""Agent sessions: a Hub token is traded for short-lived Redis credentials."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import select

from hubshare.bus.keys import acl_user, inbox, outbox
from hubshare.operations.caller import Caller
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.store.models import AgentSession, now
from hubshare.wire.agent import new_id
from hubshare.wire.api.agents import NewSession, Session

router = APIRouter(prefix="/agent", tags=["agent"])


@router.post("/session", status_code=201)
def open_session(
    caller: Annotated[Caller, Depends(requires(Action.SYNC))], centre: TheCentre, wanted: NewSession
) -> Session:
    """Make Redis credentials for the agent of the signed-in user; the same server's earlier ones end."""
    settings, name = centre.settings, new_id()
    expires = now() + timedelta(seconds=settings.session_seconds)
    with centre.database.begin("sessions") as session:
        mine = (AgentSession.user == caller.user) & (AgentSession.server == wanted.server)
        for earlier in session.scalars(select(AgentSession).where(mine)):
            centre.bus.close_session(caller.user, earlier.id)
            session.delete(earlier)
        session.add(
            AgentSession(id=name, user=caller.user, server=wanted.server, expires=expires, token=caller.person.token)
        )
    password = centre.bus.open_session(caller.user, name)
    return Session(
        user=caller.user,
        redis_url=settings.agent_redis_url or _plain(settings.redis_url.get_secret_value()),
        username=acl_user(caller.user, name),
        password=password,
        outbox=outbox(caller.user),
        inbox=inbox(caller.user),
        seconds=settings.session_seconds,
        max_file_bytes=settings.max_file_bytes,
        max_push_bytes=settings.max_push_bytes,
        inline_push_bytes=settings.inline_push_bytes,
        brake_deletions=settings.brake_deletions,
    )


def _plain(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
