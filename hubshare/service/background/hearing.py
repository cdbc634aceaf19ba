"""Who may hear of what happens: asked of the database once for all who listen, after it has happened."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from hubshare.store.access.actions import decide, of_visibility
from hubshare.store.access.decisions import reasons_of_some, roles_of
from hubshare.store.database import Database
from hubshare.store.models import Project
from hubshare.vocabulary import Role

#: An answer that is older than this is asked for again, in seconds: whoever is slow to take an event may have lost the access.
TRUST_SECONDS = 1.0
#: Projects whose answers are kept, and people who are asked for in one statement.
_PROJECTS, _PEOPLE = 1000, 500

#: Roles by person, of whom "" is somebody who is not signed in; or by project.
Roles = dict[str, Role | None]


class _Asked(NamedTuple):
    """A question for the roles of some people on a project, and when it was asked."""

    at: float
    people: frozenset[str]
    roles: asyncio.Task[Roles]


class Hearing:
    """For the event loop only; answers are kept for a second, for what had happened before they were asked for.

    Args:
        of_deleted: whether the role counts that a person would have on a project that was deleted; else there is none.
    """

    def __init__(self, database: Database, *, of_deleted: bool = False) -> None:
        self._database, self._of_deleted = database, of_deleted
        self._asked: OrderedDict[str, _Asked] = OrderedDict()

    async def role(self, project: str, user: str, since: float, people: Callable[[], Iterable[str]]) -> Role | None:
        """A person's role on a project, as it was at some moment or later.

        Args:
            project: id.
            since: that moment, by the monotonic clock: when it was heard of what has happened.
            people: gives all who will ask the same now.
        """
        asked = self._asked.get(project)
        if asked is None or asked.at < max(since, time.monotonic() - TRUST_SECONDS) or user not in asked.people:
            wanted = frozenset({user, *people()})
            asking = asyncio.create_task(run_in_threadpool(roles_on, self._database, project, wanted, self._of_deleted))
            asked = self._asked[project] = _Asked(time.monotonic(), wanted, asking)
            self._asked.move_to_end(project)
            if len(self._asked) > _PROJECTS:
                self._asked.popitem(last=False)
        # It goes on when whoever asked first goes away: others wait for it.
        return (await asyncio.shield(asked.roles))[user]


class PastHearing:
    """The same for one person who takes up a stream, for many projects at once.

    Args:
        user: "" for somebody who is not signed in.
    """

    def __init__(self, database: Database, user: str) -> None:
        self._database, self._user = database, user
        self._at, self._roles = 0.0, Roles()

    async def role(self, project: str, others: Iterable[str]) -> Role | None:
        """The person's role on a project, as it was a second ago or later.

        Args:
            project: id.
            others: ids of those that are asked for next.
        """
        if time.monotonic() - self._at > TRUST_SECONDS or project not in self._roles:
            self._at = time.monotonic()
            self._roles = await run_in_threadpool(roles_among, self._database, {project, *others}, self._user)
        return self._roles[project]


def readable_among(database: Database, projects: Collection[str], user: str) -> list[str]:
    """The full names of those of some projects that a person may read at this moment.

    Args:
        projects: ids.
        user: "" for somebody who is not signed in.
    """
    wanted, names = sorted(projects), list[str]()
    for at in range(0, len(wanted), _PEOPLE):
        some = wanted[at : at + _PEOPLE]
        readable = [project for project, role in roles_among(database, some, user).items() if role is not None]
        with database.read() as session:
            names += [found.full_name for found in session.scalars(select(Project).where(Project.id.in_(readable)))]
    return sorted(names)


def roles_on(database: Database, project: str, people: Iterable[str], of_deleted: bool = False) -> Roles:
    """The roles of some people on a project at this moment; on one that was deleted, none.

    Args:
        project: id.
        of_deleted: on that too, those that they would have.
    """
    with database.read() as session:
        found = session.get(Project, project)
        if found is None or (found.deleted is not None and not of_deleted):
            return dict.fromkeys(people)
        roles: Roles = {"": decide(of_visibility(found.visibility, signed_in=False))}
        users = sorted(set(people) - {""})
        for at in range(0, len(users), _PEOPLE):
            some = reasons_of_some(session, found, users[at : at + _PEOPLE])
            roles |= {user: decide(why) for user, why in some.items()}
    return roles


def roles_among(database: Database, projects: Collection[str], user: str) -> Roles:
    """The roles of one person on some projects at this moment, by project; on those that were deleted, none."""
    with database.read() as session:
        own = roles_of(session, user) if user else {}
        rows = session.execute(
            select(Project.id, Project.visibility).where(Project.id.in_(projects), Project.deleted.is_(None))
        )
        open_ = {project: decide(of_visibility(visibility, bool(user))) for project, visibility in rows}
    best = dict.fromkeys(projects) | open_
    return best | {project: max(own[project], open_[project] or own[project]) for project in open_.keys() & own.keys()}
