"""Agent sessions on their way out: expired ones, and those of a user who floods."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import delete, or_, select

from hubshare.bus.floods import note_flood
from hubshare.bus.keys import acl_user
from hubshare.centre import Centre
from hubshare.store.models import AgentSession, now

log = logging.getLogger(__name__)


def users(centre: Centre) -> list[str]:
    """The users who have an agent session."""
    with centre.database.read() as session:
        return list(session.scalars(select(AgentSession.user).distinct()))


def close_expired(centre: Centre) -> None:
    """End the sessions whose time is over, and Redis users that belong to none."""
    with centre.database.begin("sessions") as session:
        # One that lasts for longer than any was given by a clock that was ahead.
        latest = now() + 2 * timedelta(seconds=centre.settings.session_seconds)
        over = or_(AgentSession.expires < now(), AgentSession.expires > latest)
        for row in session.scalars(select(AgentSession).where(over)):
            centre.bus.close_session(row.user, row.id)
            session.delete(row)
    # In this order: a session that is opened meanwhile is in the table before it is in Redis.
    present = centre.bus.sessions()
    with centre.database.read() as session:
        known = {acl_user(row.user, row.id) for row in session.scalars(select(AgentSession))}
    for name in present - known:
        centre.bus.redis.execute_command("ACL", "DELUSER", name)


def close_all(centre: Centre, user: str) -> None:
    """End all sessions of a user who floods; their agents have to ask for new ones, after a pause."""
    # First: who asks at once, and is told to wait, has not been let in between.
    note_flood(centre.bus.redis, user)
    log.warning("the agent sessions of %s are closed: its outbox is over the limits", user)
    with centre.database.begin("sessions") as session:
        for row in session.scalars(select(AgentSession).where(AgentSession.user == user)):
            centre.bus.close_session(user, row.id)
        session.execute(delete(AgentSession).where(AgentSession.user == user))
