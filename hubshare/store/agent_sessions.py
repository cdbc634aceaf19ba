"""Agent sessions: who holds Redis credentials, and until when."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.store.models import AgentSession


def agent_sessions_of(session: Session, user: str, server: str) -> list[AgentSession]:
    """The sessions of the agents of one server."""
    query = select(AgentSession).where(AgentSession.user == user, AgentSession.server == server)
    return list(session.scalars(query))
