"""Webhooks of the whole Hub: whether their owners are still its admins, which only the Hub knows, is asked again and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sqlalchemy import select, update
from starlette.concurrency import run_in_threadpool

from hubshare.centre import Centre
from hubshare.service.web.hub_api import Hub
from hubshare.store.models import now
from hubshare.store.webhook_tables import OF_HUB, Webhook

log = logging.getLogger(__name__)

_OF_HUB = OF_HUB, Webhook.disabled.is_(None)


class HubAdmins:
    """Disables the webhooks of the whole Hub of those who are no admins any more.

    While the Hub does not answer, what it said last holds.

    Args:
        hub: what it knows.
        is_our_turn: whether this process is to ask again and again.
    """

    def __init__(self, centre: Centre, hub: Hub, is_our_turn: Callable[[], bool] = lambda: True) -> None:
        self._centre, self._hub, self._is_our_turn = centre, hub, is_our_turn

    async def run_forever(self) -> None:
        """Ask for all who have such webhooks, for ever."""
        while True:
            await asyncio.sleep(self._centre.settings.group_seconds)
            try:
                await self.refresh()
            except Exception as error:
                log.warning("whether those who have webhooks of the Hub are still its admins is asked later: %s", error)

    async def refresh(self) -> None:
        """Ask for all who have such webhooks.

        Raises:
            Unavailable: when the Hub, or the database, does not answer.
        """
        for owner in await run_in_threadpool(self._owners):
            if not await self._hub.is_admin(owner):
                await run_in_threadpool(self._disable, owner)

    def _owners(self) -> list[str]:
        if not self._is_our_turn():
            return []
        with self._centre.database.read() as session:
            return list(session.scalars(select(Webhook.owner).where(*_OF_HUB).distinct()))

    def _disable(self, owner: str) -> None:
        reason = f"{owner} is no admin of the Hub any more: another admin can change it, and so take it over."
        with self._centre.database.begin("webhooks") as session:
            session.execute(
                update(Webhook).where(*_OF_HUB, Webhook.owner == owner).values(disabled=now(), reason=reason)
            )
