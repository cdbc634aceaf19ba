"""The feed: one reader of what happens in this process, and everybody who listens to it.

Whether a listener may hear of an event is decided when it is sent, never when the stream was opened.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, NamedTuple

from redis import asyncio as aioredis
from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from hubshare.bus.connections import CLIENT_NAME
from hubshare.bus.keys import FEED
from hubshare.bus.streams import messages
from hubshare.centre import Centre
from hubshare.errors import HubShareError
from hubshare.operations.caller import Caller
from hubshare.service.background.hearing import TRUST_SECONDS, Hearing, PastHearing, readable_among
from hubshare.service.background.telling import CloudTexts, Telling, Told
from hubshare.service.web.authorize import who_asks

log = logging.getLogger(__name__)

#: A sign of life is sent this often; the token is looked at again then, and before each event when that is older than
#: `TRUST_SECONDS`.
_QUIET_SECONDS = 15.0
_BLOCK_MS = 10_000
_PAUSE_SECONDS = 0.5
_BEHIND_MOST = 1000
_MISSED_MOST = 256


class Item(NamedTuple):
    """One entry of the feed.

    Attributes:
        heard: when it was read here, by the monotonic clock.
        owner: of the project.
        deleted: whether it says that the project was put into the trash.
    """

    entry: str
    project: str
    event: str
    user: str
    heard: float = 0.0
    owner: str = ""
    deleted: bool = False


_SILENCE = Item("", "", "", "")


class Scope(NamedTuple):
    """What a stream is about.

    Attributes:
        project: id of the only project; the stream ends with the access to it. None for more than one.
        name: of that project, when the stream was opened.
        team: whose projects alone it is about; the stream ends with the place in it. "" for all.
        everything: whether it tells also of projects that the person may not read, for admins of the Hub.
    """

    project: str | None = None
    name: str = ""
    team: str = ""
    everything: bool = False


class Listener(NamedTuple):
    """Somebody who listens to one project, or to all where that is None."""

    user: str = ""
    project: str | None = None


class Feed:
    """Reads the feed once and hands it to all listeners of this process."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._hearing, self._before = Hearing(centre.database), Hearing(centre.database, of_deleted=True)
        self._listeners: dict[asyncio.Queue[Item | None], Listener] = {}
        self._cursor = ""
        #: For those who are told by CloudEvents.
        self.texts = CloudTexts(centre)

    async def run_forever(self) -> None:
        """Read for ever; a Redis that does not answer is waited for."""
        address = self._centre.settings.redis_url.get_secret_value()
        async with aioredis.Redis.from_url(address, socket_timeout=30, client_name=CLIENT_NAME) as redis:
            while True:
                try:
                    await self._read(redis)
                except (RedisError, OSError) as error:
                    log.warning("the feed waits for Redis: %s", error)
                    await asyncio.sleep(_PAUSE_SECONDS)
                except Exception:
                    log.exception("the feed goes on behind an entry that cannot be read")
                    await asyncio.sleep(_PAUSE_SECONDS)

    async def _read(self, redis: Any) -> None:
        if not self._cursor:
            self._cursor = await _newest(redis)
        found: Any = await redis.xread({FEED: self._cursor}, count=256, block=_BLOCK_MS)
        for _, entry, fields in messages(found):
            self._cursor = entry
            self._hand_out(_item(entry, fields))
        if not found and _at(await _newest(redis)) < _at(self._cursor):
            # A feed that was begun anew, by a clock that was ahead of itself before, or a Redis that has forgotten.
            self._cursor = "0-0"

    def attach(self, listener: Listener | None = None) -> asyncio.Queue[Item | None]:
        """A queue that gets everything from now on; None in it says that it has come too far behind, and gets no more."""
        queue: asyncio.Queue[Item | None] = asyncio.Queue()
        self._listeners[queue] = listener or Listener()
        return queue

    def detach(self, queue: asyncio.Queue[Item | None]) -> None:
        """Give a queue nothing more."""
        self._listeners.pop(queue, None)

    def _hand_out(self, item: Item) -> None:
        for queue in list(self._listeners):
            if queue.qsize() >= _BEHIND_MOST:
                # Too far behind: the stream ends, and its listener takes it up again from where it was.
                del self._listeners[queue]
                queue.put_nowait(None)
            else:
                queue.put_nowait(item)

    async def listen(
        self, caller: Caller, request: Request, scope: Scope, last: str | None, telling: Telling
    ) -> AsyncIterator[str]:
        """What a person may hear of, as server-sent events.

        Args:
            caller: who listens.
            request: to look at its token again and again.
            scope: what of it.
            last: entry after which to begin; None for now.
            telling: makes the text of events.
        """
        project, name = scope.project, scope.name
        queue = self.attach(Listener(caller.user, project))
        trusted = time.monotonic()
        try:
            # The place where it begins: a stream that breaks off before anything happens can be taken up as well.
            yield ": connected\n" + (f"id: {self._cursor}\n\n" if last is None and self._cursor else "\n")
            for event in await run_in_threadpool(self._gone, last, caller.user, project, name) if last else ():
                yield f"data: {telling.missed(event)}\n\n"
            # What was missed comes before what has happened since the queue was made; a part of it at a time.
            missed, behind, past = deque[Item](), last, PastHearing(self._centre.database, caller.user)
            sent = last or ""
            while True:
                if not missed and behind is not None:
                    missed = deque(await run_in_threadpool(self._missed, behind))
                    behind = missed[-1].entry if missed else None
                was_missed = bool(missed)
                item = missed.popleft() if missed else await _next(queue)
                if item is None:
                    return
                # What is about their own access may be the end of it.
                if item.user == caller.user != "" or time.monotonic() - trusted > TRUST_SECONDS:
                    if not await self._still(request, caller, scope):
                        return
                    trusted = time.monotonic()
                if item is _SILENCE:
                    yield ": still here\n\n"
                    continue
                if not item.project:
                    # Of a person, and of no project.
                    text = telling.own(item.event) if item.user == caller.user and scope == Scope() else ""
                    if text and _at(item.entry) > _at(sent):
                        sent = item.entry
                        yield f"id: {item.entry}\ndata: {text}\n\n"
                    continue
                if (project is not None and item.project != project) or _at(item.entry) <= _at(sent):
                    continue
                if scope.team and item.owner != scope.team:
                    continue
                if was_missed:
                    role = await past.role(item.project, (other.project for other in missed))
                else:
                    role = await self._hearing.role(item.project, caller.user, item.heard, self._people(item.project))
                told = Told(item.entry, item.project, item.event, role)
                if (role is not None or scope.everything) and item.user in ("", caller.user):
                    sent = item.entry
                    yield f"id: {item.entry}\ndata: {await telling.event(told)}\n\n"
                    continue
                # Whoever had a role on it then has lost it by that; nobody else hears of it.
                deleted = item.deleted and role is None and await self._had_role(item, caller.user)
                if role is None and (project is not None or deleted or (item.user and item.user == caller.user)):
                    # What has happened since the access ended is not theirs to know, a new name included.
                    ended = telling.lost(told, name or json.loads(item.event).get("project"), deleted)
                    yield f"id: {item.entry}\ndata: {ended}\n\n"
                    if project is not None:
                        return
        finally:
            self.detach(queue)

    async def _had_role(self, item: Item, user: str) -> bool:
        """Whether a person would have a role on a project, had it not been deleted."""
        return await self._before.role(item.project, user, item.heard, self._people(item.project)) is not None

    async def _still(self, request: Request, caller: Caller, scope: Scope) -> bool:
        """Whether the token of a request, or the sign-in of its browser, is still good for what a stream is about."""
        try:
            if scope.team:
                await run_in_threadpool(self._check_team, caller, scope.team)
        except HubShareError:
            return False
        return await still_there(request, caller, scope.everything)

    def _check_team(self, caller: Caller, team: str) -> None:
        with self._centre.database.read() as session:
            caller.team(session, team)

    def _gone(self, last: str, user: str, project: str | None, name: str) -> list[str]:
        """The projects of which a person has missed something that happened after an entry; "" for any."""
        gone = self._centre.bus.feed.gone_since(last)
        if project is not None:
            return [name] if gone.others or project in gone.projects else []
        return readable_among(self._centre.database, gone.projects, user) + ([""] if gone.others else [])

    def _missed(self, last: str) -> list[Item]:
        found: Any = self._centre.bus.redis.xrange(FEED, f"({last}", count=_MISSED_MOST)
        return [_item(entry.decode(), fields) for entry, fields in found]

    def _people(self, project: str) -> Callable[[], Iterable[str]]:
        """Gives those who hear of a project if they may."""
        return lambda: {found.user for found in self._listeners.values() if found.project in (None, project)}


async def _newest(redis: Any) -> str:
    found: Any = await redis.xrevrange(FEED, count=1)
    return found[0][0].decode() if found else "0-0"


async def _next(queue: asyncio.Queue[Item | None]) -> Item | None:
    try:
        async with asyncio.timeout(_QUIET_SECONDS):
            return await queue.get()
    except TimeoutError:
        return _SILENCE


def _item(entry: str, fields: dict[bytes, bytes]) -> Item:
    event = fields[b"event"].decode()
    about = json.loads(event)
    owner, deleted = str(about.get("project", "")).partition("/")[0], bool(about.get("deleted"))
    return Item(entry, fields[b"project"].decode(), event, fields[b"user"].decode(), time.monotonic(), owner, deleted)


def _at(entry: str) -> tuple[int, int]:
    time_, _, number = entry.partition("-")
    return int(time_ or 0), int(number or 0)


async def still_there(request: Request, caller: Caller, as_admin: bool) -> bool:
    """Whether the token of a request, or the sign-in of its browser, is still good.

    Args:
        as_admin: whether the person has to be an admin of the Hub, too.
    """
    try:
        person, _ = await who_asks(request)
    except HubShareError:
        return False
    return person.name == caller.user and (person.admin or not as_admin)
