"""Ends shares of servers: when their time is over, and when what they were given for has ended. The Hub's own have no end."""

from __future__ import annotations

import asyncio
import logging

from starlette.concurrency import run_in_threadpool

from hubshare.centre import Centre
from hubshare.errors import HubShareError
from hubshare.service.web.hub_api import Hub
from hubshare.store.access.actions import Action
from hubshare.store.audit import Actor, record
from hubshare.store.models import Project, now
from hubshare.store.server_shares import Due, due, mark_ended

log = logging.getLogger(__name__)

#: How often it is looked for what is to end, in seconds.
_PAUSE_SECONDS = 5.0
#: So many are ended at a time; the rest follows with the next look.
_MOST = 100


class ServerEnds:
    """Ends what is due at the Hub, and tells both sides.

    It goes on where sharing has been switched off again: what was given is still to end. While the Hub does not answer, it is
    tried again.
    """

    def __init__(self, centre: Centre, hub: Hub) -> None:
        self._centre, self._hub = centre, hub
        #: Behind which id to go on looking: what the Hub cannot end keeps what comes behind it from nothing.
        self._after = ""

    async def run_forever(self) -> None:
        """End what is due, for ever."""
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            try:
                await self.look()
            except Exception as error:
                log.warning("shares of servers that are to end cannot be read now: %s", error)

    async def look(self) -> None:
        """End what is due now; one that the Hub cannot end keeps no other from ending."""
        for one in await run_in_threadpool(self._due):
            share = one.share
            try:
                await self._hub.servers.end(share.owner, share.server, share.user)
            except HubShareError as error:
                log.warning(
                    "the share of %s's server with %s has yet to end: %s", share.owner, share.user, error.message
                )
                continue
            await run_in_threadpool(self._ended, one)

    def _due(self) -> list[Due]:
        with self._centre.database.read() as session:
            found = due(session, now(), self._after, _MOST)
            session.expunge_all()
        self._after = found[-1].share.id if len(found) == _MOST else ""
        return found

    def _ended(self, one: Due) -> None:
        share = one.share
        with self._centre.database.begin("server ends") as session:
            if not mark_ended(session, one, now()):
                return
            project = session.get(Project, share.project_id)
            actor = Actor("", "hub", "a share of a server ended")
            details = {"ended": share.server, "owner": share.owner, "user": share.user, "reason": one.reason}
            record(session, actor, Action.SHARE_SERVER, project, **details)
        self._centre.access_changed([], [share.owner, share.user])
