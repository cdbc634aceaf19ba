"""The link to the centre: Redis credentials, the user's outbox and inbox, and what to do when any of it is gone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

from redis import asyncio as aioredis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from hubshare import tracing
from hubshare.bus.streams import messages
from hubshare.client import Client
from hubshare.ending import end
from hubshare.errors import BadEvent, HubShareError, NotSignedIn, Unavailable
from hubshare.wire.agent import Access, Lists, Outcome, Pick, Update, read_from_centre
from hubshare.wire.api.agents import Session

log = logging.getLogger(__name__)

_BLOCK_MS = 30_000
#: Between two tries, in seconds; spread, so that many agents do not all come at the same moment.
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 2.0
#: A link that ended sooner, so many times in a row, was taken by another agent; then up to so many seconds.
_SHORT_SECONDS, _MANY, _LONGEST_TAKEN = 5.0, 4, 60.0
_TAKEN = (
    "the link ends as soon as it is there; does another agent of yours run for this server, perhaps with another HOME?"
)

Deliver = Callable[[Update | Outcome | Access | Pick | Lists, bytes], None]


def told(error: HubShareError) -> str:
    """Return what a person reads of an error of the service: who is not signed in any more can only start the server anew."""
    if isinstance(error, NotSignedIn):
        return (
            "The Hub does not accept the token of this server any more: restart the server (File, Hub Control Panel, Stop My "
            "Server, Start My Server). Nothing is lost."
        )
    return error.message


class Waits:
    """How long to wait before the next link is tried.

    Two agents that take each other for the same server take the link from each other, each time at once: they must not do so
    many times a second for ever.
    """

    def __init__(self) -> None:
        self._wait, self._short = _FIRST_WAIT, 0

    @property
    def is_taken(self) -> bool:
        """Whether one link after the other ended as soon as it was there."""
        return self._short >= _MANY

    def after(self, lasted: float | None) -> float:
        """Return the seconds to wait at most.

        Args:
            lasted: how long (seconds) the last link was there; None if it did not come about.
        """
        if lasted is not None:
            self._short = self._short + 1 if lasted < _SHORT_SECONDS else 0
            if not self.is_taken:
                self._wait = _FIRST_WAIT
        wait = self._wait
        self._wait = min(wait * 2, _LONGEST_TAKEN if self.is_taken else _LONGEST_WAIT)
        return wait


class Link:
    """Keeps a connection to the centre for as long as the agent runs.

    Args:
        client: trades the Hub token for credentials.
        server: name of the single-user server.
        deliver: is given each message of the inbox, with its pack.
        connected: runs after each new connection, to ask for what was missed; everything before may be lost.
        changed: called when the link is there, or is there no more.
    """

    def __init__(
        self,
        client: Client,
        server: str,
        deliver: Deliver,
        connected: Callable[[], Awaitable[None]],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._client, self._server, self._changed = client, server, changed
        self._deliver, self._connected = deliver, connected
        self._redis: Any = None
        self._session: Session | None = None
        self._cursor = ""
        self._told_time: tuple[float, float] | None = None
        self._task: asyncio.Task[None] | None = None
        self.fault = "not connected yet"
        self.up = asyncio.Event()

    @property
    def user(self) -> str:
        """The Hub user, as the centre knows it."""
        return self._session.user if self._session else ""

    @property
    def limits(self) -> dict[str, int]:
        """The centre's limits that an agent goes by."""
        names = ("max_file_bytes", "max_push_bytes", "inline_push_bytes", "brake_deletions")
        return {name: getattr(self._session, name) for name in names} if self._session else {}

    def centre_time(self) -> float | None:
        """What the centre's clock says, in seconds since 1970, by the last message that it took; None while it is away."""
        if self._told_time is None or not self.up.is_set():
            return None
        at, then = self._told_time
        return at + time.monotonic() - then

    def start(self) -> None:
        """Begin to connect."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End."""
        await end(self._task)
        await self._drop()

    async def send(self, event: bytes, pack: bytes = b"", age: float | None = None) -> str:
        """Put one message on the outbox; return its id there.

        Args:
            age: seconds since what it holds was taken from the disk; None where that is not known.

        Raises:
            Unavailable: when the centre cannot be reached now.
        """
        redis = self._redis
        if redis is None or self._session is None:
            raise Unavailable(f"HubShare cannot be reached now ({self.fault}).")
        fields: dict[Any, Any] = {"event": event, **({"pack": pack} if pack else {})}
        if age is not None:
            fields["age"] = round(age * 1000)
        if (trace := tracing.current()) is not None:
            fields[tracing.TRACEPARENT] = str(trace)
        try:
            entry = await redis.xadd(self._session.outbox, fields)
        except (RedisError, OSError) as error:
            raise Unavailable(f"HubShare cannot be reached now ({error}).") from None
        self._told_time = int(entry.decode().partition("-")[0]) / 1000, time.monotonic()
        at = int(entry.decode().partition("-")[0])
        if not self._cursor or at < int(self._cursor.partition("-")[0]):
            # Answers get later ids than this, by the same clock. A clock that was set back gives them earlier ones than before.
            self._cursor = f"{at - 1}-0"
        return str(entry.decode())

    async def _run(self) -> None:
        waits = Waits()
        while True:
            since: float | None = None
            try:
                await self._connect()
                since = time.monotonic()
                await self._read_until_old()
                waits = Waits()
            except (RedisError, OSError, HubShareError) as error:
                self.fault = told(error) if isinstance(error, HubShareError) else f"Redis: {error}"
                log.info("the link is down: %s", self.fault)
            except Exception:
                log.exception("the link is down after an unexpected error")
            self.up.clear()
            await self._drop()
            wait = waits.after(None if since is None else time.monotonic() - since)
            if waits.is_taken:
                self.fault = f"{_TAKEN} ({self.fault})"
            self._changed()
            await asyncio.sleep(wait * random.uniform(0.2, 1.0))  # noqa: S311 – spreads load, no secret

    async def _connect(self) -> None:
        session = self._session = await asyncio.to_thread(self._client.open_session, self._server)
        # Checkouts that all say something at once wait for each other.
        pool = aioredis.BlockingConnectionPool.from_url(
            session.redis_url,
            username=session.username,
            password=session.password,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=5,
            socket_timeout=_BLOCK_MS / 1000 + 10,
            socket_keepalive=True,
            max_connections=4,
            lib_name=None,
            lib_version=None,
        )
        self._redis = aioredis.Redis.from_pool(pool)
        await self._redis.ping()
        self.fault = ""
        self.up.set()
        self._changed()
        await self._connected()

    async def _drop(self) -> None:
        redis, self._redis = self._redis, None
        if redis is not None:
            with contextlib.suppress(RedisError, OSError):
                await redis.aclose()

    async def _read_until_old(self) -> None:
        """Deliver messages until the credentials are near their end."""
        assert self._redis is not None and self._session is not None
        loop = asyncio.get_running_loop()
        end = loop.time() + self._session.seconds * 0.8
        while (left := end - loop.time()) > 0:
            block = int(min(_BLOCK_MS, max(1, left * 1000)))
            found = await self._redis.xread({self._session.inbox: self._cursor or "$"}, count=64, block=block)
            for _, entry, fields in messages(found):
                self._cursor = entry
                try:
                    tracing.adopt(tracing.Trace.parse(fields.get(tracing.TRACEPARENT.encode())))
                    with tracing.stage("hear"):
                        self._deliver(read_from_centre(fields.get(b"event", b"")), fields.get(b"pack", b""))
                except BadEvent as error:
                    log.warning("%s", error.message)
                finally:
                    tracing.adopt(None)
