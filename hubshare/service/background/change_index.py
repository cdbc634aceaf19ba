"""Keeps the index of which version changed what; see `hubshare.store.change_index`."""

from __future__ import annotations

import asyncio
import logging
import time

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from hubshare.centre import Centre
from hubshare.errors import HubShareError
from hubshare.git.objects import EMPTY_TREE, diff_trees
from hubshare.service.background.feed import Feed
from hubshare.store.change_index import Step, behind, finish, indexed_up_to, write
from hubshare.store.models import Version

log = logging.getLogger(__name__)

#: Everything is looked through this often; between, the feed says what is new.
_ROUND_SECONDS = 300.0
#: One step takes in so many versions, or fewer when they changed much.
_VERSIONS, _TOUCHED = 200, 20_000


class Index:
    """Follows what is published.

    Several processes may do so at once; what one has written, the others leave out.
    """

    def __init__(self, centre: Centre, feed: Feed) -> None:
        self._centre, self._feed = centre, feed
        self._broken: set[str] = set()

    async def run_forever(self) -> None:
        """Follow for ever."""
        while True:
            news = self._feed.attach()
            try:
                while projects := await run_in_threadpool(self._behind):
                    for project in projects:
                        await self._follow(project)
                due = time.monotonic() + _ROUND_SECONDS
                async with asyncio.timeout(_ROUND_SECONDS):
                    while time.monotonic() < due and (item := await news.get()) is not None:
                        await self._follow(item.project)
            except TimeoutError:
                self._broken.clear()
            except (HubShareError, SQLAlchemyError) as error:
                log.warning("the index waits: %s", error)
                await asyncio.sleep(1)
            finally:
                self._feed.detach(news)

    async def _follow(self, project: str) -> None:
        try:
            await run_in_threadpool(self.catch_up, project)
        except Exception:
            # Such as a repository that is missing: the others go on.
            log.exception("project %s cannot be indexed", project)
            self._broken.add(project)

    def _behind(self) -> list[str]:
        with self._centre.database.read() as session:
            return [project for project in behind(session, 100 + len(self._broken)) if project not in self._broken]

    def catch_up(self, project: str) -> None:
        """Take in all versions of a project that the index does not know."""
        while self._step(project):
            pass

    def _step(self, project: str) -> bool:
        """Take in some versions; returns whether there may be more."""
        with self._centre.database.read() as session:
            start = indexed_up_to(session, project)
            query = select(Version).where(Version.project_id == project, Version.number >= start)
            rows = list(session.scalars(query.order_by(Version.number).limit(_VERSIONS + 1)))
        known = bool(rows) and rows[0].number == start
        if len(rows) == known:
            return False
        repository = self._centre.repositories.open(project)
        tree = repository.commit(rows[0].commit).tree if known else EMPTY_TREE
        made, end = Step(set(), {}), start
        for row in rows[known:]:
            before, tree = tree, repository.commit(row.commit).tree
            changes = diff_trees(repository.tree, before, tree)
            made.add(row.number, ((path, was is not None, now is not None) for path, was, now in changes))
            end = row.number
            if len(made.touched) > _TOUCHED:
                break
        for part in made.parts():
            with self._centre.database.begin(project) as session:
                if not write(session, project, start, part):
                    return True
        with self._centre.database.begin(project) as session:
            finish(session, project, start, end)
        return True
