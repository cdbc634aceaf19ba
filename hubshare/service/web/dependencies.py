"""What routes of the API and of the pages get from the process that serves them.

None of it waits, so all of it is `async`: else each would be a thread's turn, before the route has one of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Annotated

from anyio import from_thread
from fastapi import Depends, Request

from hubshare.centre import Centre
from hubshare.errors import Unavailable, UnknownUser
from hubshare.names import quoted
from hubshare.operations.directory import Directory
from hubshare.operations.hub_servers import HubServers, OwnersHub
from hubshare.operations.hub_tokens import RevokingHub
from hubshare.service.background.groups import Groups
from hubshare.service.web.hub_api import Hub
from hubshare.service.web.hub_servers import HubServersFromThread
from hubshare.service.web.hub_tokens import HubTokensFromThread
from hubshare.service.web.sessions import Browsers
from hubshare.service.web.tokens import token_of


class HubDirectory:
    """Asks the Hub from a route's thread.

    Args:
        hub: what it knows.
        groups: keeps who is in which group.
    """

    def __init__(self, hub: Hub, groups: Groups) -> None:
        self._hub, self._groups = hub, groups

    def knows(self, user: str) -> bool:
        return from_thread.run(self._hub.knows, user)

    def is_gone(self, user: str, since: datetime) -> bool:
        return from_thread.run(self._is_gone, user, since)

    async def _is_gone(self, user: str, since: datetime) -> bool:
        if await self._hub.lacks(user):
            return True
        with suppress(Unavailable):
            born = await self._hub.born(user)
            return born is not None and born > since
        return False

    def check_users(self, users: Iterable[str]) -> None:
        for user in users:
            if from_thread.run(self._hub.lacks, user):
                raise UnknownUser(
                    f"The Hub knows no user {quoted(user)}: check the spelling. If it is somebody who has yet to sign in for "
                    "the first time, confirm it; on the command line with `--yes`."
                )

    def check_groups(self, subjects: Iterable[str], asker: str, everything: bool = False) -> None:
        from_thread.run(self._groups.check, subjects, asker, everything)


async def centre_of(request: Request) -> Centre:
    """The centre that this process serves."""
    found: Centre = request.app.state.centre
    return found


async def directory_of(request: Request) -> Directory:
    """The Hub's users and groups."""
    return HubDirectory(request.app.state.hub, request.app.state.groups)


async def servers_of(request: Request) -> HubServers:
    """What the Hub knows of shared servers."""
    return HubServersFromThread(request.app.state.hub.servers)


async def own_servers_of(request: Request) -> OwnersHub:
    """The same, with the right of whoever is there with a browser to share a server of theirs."""
    browsers: Browsers = request.app.state.browsers
    browser = await browsers.of(request) if "authorization" not in request.headers else None
    return HubServersFromThread(request.app.state.hub.servers, browser.token if browser else "")


async def tokens_of(request: Request) -> RevokingHub:
    """What the Hub knows of tokens, with the right of whoever asks to revoke some."""
    header, browsers = request.headers.get("authorization", ""), request.app.state.browsers
    browser = None if header else await browsers.of(request)
    by = token_of(header) if header else browser.token if browser else ""
    return HubTokensFromThread(request.app.state.hub.tokens, request.app.state.tokens.forget, by)


TheTokens = Annotated[RevokingHub, Depends(tokens_of)]
TheServers = Annotated[HubServers, Depends(servers_of)]
TheOwnServers = Annotated[OwnersHub, Depends(own_servers_of)]
TheCentre = Annotated[Centre, Depends(centre_of)]
TheDirectory = Annotated[Directory, Depends(directory_of)]


async def address_of_service(request: Request) -> str:
    """The address of the service, ending in its prefix, as whoever asks has reached it."""
    prefix: str = request.app.state.pages.at.prefix
    return f"{str(request.base_url).rstrip('/')}{prefix}"
