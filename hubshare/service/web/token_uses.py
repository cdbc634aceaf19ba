"""Counts what is done with each token: in memory, while requests are answered, and in the database a moment later."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hubshare.centre import Centre
from hubshare.operations.caller import Caller
from hubshare.service.web.asker import network_of
from hubshare.store.access.actions import RULES, Action
from hubshare.store.access.actions import Scope as TokenScope
from hubshare.store.models import now
from hubshare.store.token_counts import UseCounts, write_uses
from hubshare.store.token_uses import UseKey

#: How often what was counted is written, in seconds.
_EVERY_SECONDS = 10.0
_KINDS = {TokenScope.READ: "read", TokenScope.WRITE: "write", TokenScope.ADMIN: "manage"}


class Use(NamedTuple):
    """One request that a token was good for.

    Attributes:
        note: of the token.
        project: at the address that was asked for, whether there is one or not.
        address: where it came from.
        expires: when the token ends, where its person is to be told of that.
    """

    user: str
    token: str
    note: str
    kind: str
    project: str
    address: str
    expires: datetime | None = None


def kind_of(action: Action, door: str) -> str:
    """Return as what an action is counted."""
    if door == "git":
        return "git push" if action is Action.PUSH else "git fetch"
    scope = RULES[action].scope
    return "push" if action is Action.PUSH else _KINDS.get(scope or TokenScope.READ, "read")


def use_of(request: Request, caller: Caller) -> Use | None:
    """What is to be counted of a request; None for that of a visitor, or with a token of which the Hub says no id."""
    person = caller.person
    if not person.name or not person.token_id:
        return None
    owner, name = request.path_params.get("owner"), request.path_params.get("name")
    project = f"{owner}/{name}" if owner and name else ""
    address = network_of(request.client.host if request.client else "")
    kind = kind_of(caller.action, caller.door)
    return Use(person.name, person.token_id, person.token, kind, project, address, person.expires)


class TokenUses:
    """What was done since it was written last; for the event loop only."""

    def __init__(self, centre: Centre) -> None:
        self._centre, self._counts = centre, UseCounts()

    def add(self, use: Use, answered: bool) -> None:
        """Count a request.

        Args:
            answered: with what was asked for; else its project is not told, which may be of any name.
        """
        at = now()
        key = UseKey(use.user, at.date(), use.token, use.kind, use.project if answered else "")
        self._counts.add(key, at, use.note, use.address, use.expires)

    async def run_forever(self) -> None:
        """Write for ever, and once more at the end; what a database that does not answer was to be told is forgotten."""
        try:
            while True:
                await asyncio.sleep(_EVERY_SECONDS)
                await self.write()
        finally:
            await asyncio.shield(self.write())

    async def write(self) -> None:
        """Write what was counted."""
        if self._counts:
            counts, self._counts = self._counts, UseCounts()
            await run_in_threadpool(write_uses, self._centre.database, counts)


class TokensCounted:
    """Counts each request when its answer begins; whoever finds out who asks says what to count, in `use` of its state.

    Args:
        app: what answers.
        uses: takes what is counted.
    """

    def __init__(self, app: ASGIApp, uses: TokenUses) -> None:
        self._app, self._uses = app, uses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start" and (use := scope.get("state", {}).get("use")):
                self._uses.add(use, message["status"] < 400)
            await send(message)

        await self._app(scope, receive, told)
