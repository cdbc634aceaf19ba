"""Agent sessions: who holds Redis credentials, and until when."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from hubshare.store.models import AgentSession


def sessions_to_end(session: Session, user: str, server: str, most: int) -> list[AgentSession]:
    """The sessions of a user that a new one takes the place of: those of the same server, and the oldest of too many.

    Args:
        server: of which the new one is.
        most: so many are left, with the new one.
    """
    query = select(AgentSession).where(AgentSession.user == user).order_by(AgentSession.expires.desc())
    found = list(session.scalars(query))
    others = [each for each in found if each.server != server]
    return [each for each in found if each.server == server] + others[most - 1 :]
