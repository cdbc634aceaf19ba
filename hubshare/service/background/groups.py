"""Groups of the Hub: who is in those that have grants. The one owner of that table; it asks the Hub again and again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from sqlalchemy import delete, select
from starlette.concurrency import run_in_threadpool

from hubshare.centre import Centre
from hubshare.errors import HubShareError, NotFound
from hubshare.names import check_user, quoted
from hubshare.service.web.hub_api import Hub
from hubshare.store.access.decisions import roles_among
from hubshare.store.models import Grant, GroupMember, Project
from hubshare.store.notifications import tell_of_roles

log = logging.getLogger(__name__)


class Groups:
    """Keeps what the Hub says of its groups.

    While the Hub does not answer, what it said last holds.

    Args:
        hub: what it knows.
        is_our_turn: whether this process is to ask again and again.
    """

    def __init__(self, centre: Centre, hub: Hub, is_our_turn: Callable[[], bool] = lambda: True) -> None:
        self._centre, self._hub, self._is_our_turn = centre, hub, is_our_turn

    async def run_forever(self) -> None:
        """Ask for all groups that have grants, for ever."""
        while True:
            await asyncio.sleep(self._centre.settings.group_seconds)
            try:
                named = await run_in_threadpool(self._named)
            except Exception as error:
                log.warning("the groups that have grants cannot be read now: %s", error)
                continue
            await self.refresh_all(named)

    async def refresh_all(self, groups: Iterable[str]) -> None:
        """Ask for some groups; one of which the Hub cannot say who is in it keeps none of the others from being asked for."""
        for group in groups:
            try:
                await self.refresh(group)
            except HubShareError as error:
                log.warning("the group %s of the Hub cannot be read now: %s", group, error.message)
            except Exception:
                log.exception("the group %s of the Hub is read again after an unexpected error", group)

    async def check(self, subjects: Iterable[str], asker: str, everything: bool = False) -> None:
        """Ask for the groups that are about to be given something; see `Directory.check_groups`."""
        for subject in subjects:
            kind, _, name = subject.partition(":")
            if kind != "group":
                continue
            members = await self._hub.members(check_user(name, "group"))
            if members is None or (asker not in members and not everything):
                raise NotFound(
                    f"There is no group {quoted(name)}, or you are not in it: check the name, or ask an admin of the Hub."
                )
            await run_in_threadpool(self._take, name, set(members))

    async def refresh(self, group: str) -> None:
        """Ask for one group and tell everybody for whom that changes something.

        Raises:
            Unavailable: when the Hub does not answer.
        """
        members = await self._hub.members(group)
        await run_in_threadpool(self._take, group, set(members or ()))

    def _named(self) -> list[str]:
        if not self._is_our_turn():
            return []
        with self._centre.database.read() as session:
            return list(session.scalars(select(Grant.subject).where(Grant.kind == "group").distinct()))

    def _take(self, group: str, members: set[str]) -> None:
        known = select(GroupMember.user).where(GroupMember.group == group)
        with self._centre.database.read() as session:
            if set(session.scalars(known)) == members:
                return
        with self._centre.database.begin() as session:
            before = set(session.scalars(known))
            given = select(Grant.project_id).where(Grant.kind == "group", Grant.subject == group)
            projects = list(session.scalars(given))
            rows = [row for name in projects if (row := session.get(Project, name)) is not None and not row.deleted]
            changed = before ^ members
            had = {row.id: roles_among(session, row, changed) for row in rows}
            gone = before - members
            session.execute(delete(GroupMember).where(GroupMember.group == group, GroupMember.user.in_(gone)))
            session.add_all(GroupMember(group=group, user=user) for user in members - before)
            session.flush()
            for row in rows:
                tell_of_roles(session, row, had[row.id], roles_among(session, row, changed), "")
        self._centre.access_changed(projects, changed)
