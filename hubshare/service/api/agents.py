"""Agent sessions: a Hub token is traded for short-lived Redis credentials."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from sqlalchemy import select

from hubshare.bus import acl_user, inbox, outbox
from hubshare.events import new_id
from hubshare.resources import NewSession, Session
from hubshare.service.api import TheCentre
from hubshare.service.asking import Asked, asking
from hubshare.store.actions import Action
from hubshare.store.models import AgentSession, now

router = APIRouter(prefix="/agent", tags=["agent"])


@router.post("/session", status_code=201)
def open_session(
    asked: Annotated[Asked, Depends(asking(Action.SYNC))], centre: TheCentre, wanted: NewSession
) -> Session:
    """Make Redis credentials for the agent of the signed-in user; the same server's earlier ones end."""
    settings, name = centre.settings, new_id()
    expires = now() + timedelta(seconds=settings.session_seconds)
    with centre.database.begin("sessions") as session:
        mine = (AgentSession.user == asked.user) & (AgentSession.server == wanted.server)
        for earlier in session.scalars(select(AgentSession).where(mine)):
            centre.bus.close_session(asked.user, earlier.id)
            session.delete(earlier)
        session.add(
            AgentSession(id=name, user=asked.user, server=wanted.server, expires=expires, token=asked.person.token)
        )
    password = centre.bus.open_session(asked.user, name)
    return Session(
        user=asked.user,
        redis_url=settings.agent_redis_url or _plain(settings.redis_url.get_secret_value()),
        username=acl_user(asked.user, name),
        password=password,
        outbox=outbox(asked.user),
        inbox=inbox(asked.user),
        seconds=settings.session_seconds,
        max_file_bytes=settings.max_file_bytes,
        max_push_bytes=settings.max_push_bytes,
        inline_push_bytes=settings.inline_push_bytes,
        brake_deletions=settings.brake_deletions,
    )


def _plain(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
