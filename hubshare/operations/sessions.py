"""Agent sessions: short-lived Redis credentials for the agent of one server."""

from __future__ import annotations

from datetime import timedelta

from hubshare.bus.floods import flood_pause
from hubshare.bus.keys import acl_user, inbox, outbox
from hubshare.centre import Centre
from hubshare.errors import TooMany
from hubshare.operations.caller import Caller
from hubshare.store.agent_sessions import sessions_to_end
from hubshare.store.models import AgentSession, now
from hubshare.wire.agent import new_id
from hubshare.wire.api.agents import NewSession, Session

#: Sessions that one user has at a time: each is of a server, and may have several connections.
_MOST = 50


def open_session(caller: Caller, centre: Centre, *, wanted: NewSession) -> Session:
    """Make Redis credentials for an agent of the person; the same server's earlier ones end, and the oldest of too many.

    Raises:
        TooMany: after a flood, until its pause is over.
    """
    if pause := flood_pause(centre.bus.redis, caller.user):
        error = TooMany(
            f"A server of yours has sent more than the Hub takes: it is listened to again in {pause} seconds. "
            "What it has to send is kept there."
        )
        error.retry_after = pause
        raise error
    settings, name = centre.settings, new_id()
    expires = now() + timedelta(seconds=settings.session_seconds)
    with centre.database.begin("sessions") as session:
        for earlier in sessions_to_end(session, caller.user, wanted.server, _MOST):
            centre.bus.close_session(caller.user, earlier.id)
            session.delete(earlier)
        token, token_id = caller.person.token, caller.person.token_id
        session.add(
            AgentSession(
                id=name, user=caller.user, server=wanted.server, expires=expires, token=token, token_id=token_id
            )
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
    """An address of Redis without the centre's own credentials."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
