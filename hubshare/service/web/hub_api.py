"""What the Hub knows of its users, groups and tokens, asked over its API with the service's own token."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote

import httpx

from hubshare.errors import Unavailable
from hubshare.names import is_service
from hubshare.service.web.hub_servers import HubApiServers, SharedServers
from hubshare.service.web.hub_tokens import HubApiTokens, TokensAtHub

#: Of a token that was made for no longer than this its maker knows when it ends.
_SHORT = timedelta(days=1)
#: What the Hub calls tokens that people have asked for, by the program that they are for; others come of signing in.
_ASKED_FOR = frozenset({"JupyterHub", "jupyterhub"})
#: How the note of a server's own token begins.
_OF_SERVER = "Server at "


class AboutToken(NamedTuple):
    """What is known of a token.

    Attributes:
        note: of the token, or its id where there is none.
        expires: when it ends (UTC); None where it does not, or nobody has to be told of that: it is of a server or a
            browser, or was made for a day.
    """

    note: str
    expires: datetime | None = None


class Hub(Protocol):
    """What HubShare asks of the Hub.

    Attributes:
        servers: what it knows of shared servers.
        tokens: what it knows of tokens.
    """

    @property
    def servers(self) -> SharedServers: ...

    @property
    def tokens(self) -> TokensAtHub: ...

    async def about_token(self, user: str, token: str) -> AboutToken:
        """What is known of a user's token; its id alone where the Hub does not say."""
        ...

    async def knows(self, user: str) -> bool:
        """Whether the Hub has a user, or a service, of that name.

        Raises:
            Unavailable: when the Hub does not answer.
        """
        ...

    async def lacks(self, user: str) -> bool:
        """Whether the Hub says that it has no user of that name; False also where it cannot be asked."""
        ...

    async def is_admin(self, user: str) -> bool:
        """Whether a user is an admin of the Hub.

        Raises:
            Unavailable: when the Hub does not answer.
        """
        ...

    async def born(self, user: str) -> datetime | None:
        """Since when the Hub has a user (UTC), to the microsecond; None where it does not tell HubShare.

        Raises:
            Unavailable: when the Hub does not answer.
        """
        ...

    async def members(self, group: str) -> list[str] | None:
        """Who is in a group; None when there is none of that name.

        Raises:
            Unavailable: when the Hub does not answer.
        """
        ...


class HubApi:
    """Asks a real Hub; needs the scopes `read:users`, `read:groups`, `read:services` and `read:tokens`.

    Args:
        client: that knows address and token of the Hub's API; of the environment if not given.
    """

    def __init__(self, client: httpx.AsyncClient | None = None) -> None:
        self._client = client or httpx.AsyncClient(
            base_url=os.environ.get("JUPYTERHUB_API_URL", "http://127.0.0.1:8081/hub/api"),
            headers={"Authorization": f"token {os.environ.get('JUPYTERHUB_API_TOKEN', '')}"},
            timeout=5,
        )
        self.servers, self.tokens = HubApiServers(self._client), HubApiTokens(self._client)

    async def about_token(self, user: str, token: str) -> AboutToken:
        try:
            found = await self._get(f"/users/{quote(user, safe='')}/tokens/{quote(token, safe='')}") or {}
        except Unavailable:
            found = {}
        note = str(found.get("note") or token)
        asked_for = found.get("oauth_client") in _ASKED_FOR and not found.get("session_id")
        created, expires = time_of(found.get("created")), time_of(found.get("expires_at"))
        told = asked_for and not note.startswith(_OF_SERVER) and created and expires and expires - created > _SHORT
        return AboutToken(note, expires if told else None)

    async def knows(self, user: str) -> bool:
        kind, name = ("services", user.partition(":")[2]) if is_service(user) else ("users", user)
        return await self._get(f"/{kind}/{quote(name, safe='')}") is not None

    async def lacks(self, user: str) -> bool:
        try:
            return not await self.knows(user)
        except Unavailable:
            return False

    async def is_admin(self, user: str) -> bool:
        found = await self._get(f"/users/{quote(user, safe='')}")
        if found is not None and "admin" not in found:
            raise Unavailable("The Hub does not tell HubShare who its admins are.")
        return found is not None and bool(found["admin"])

    async def born(self, user: str) -> datetime | None:
        return time_of((await self._get(f"/users/{quote(user, safe='')}") or {}).get("created"))

    async def members(self, group: str) -> list[str] | None:
        found = await self._get(f"/groups/{quote(group, safe='')}")
        return None if found is None else list(found.get("users") or ())

    async def _get(self, path: str) -> Any:
        """The answer, or None for 404."""
        try:
            answer = await self._client.get(path)
        except httpx.HTTPError as error:
            raise Unavailable("The Hub does not answer: try again in a moment.") from error
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise Unavailable(f"The Hub does not tell HubShare what it has to know (status {answer.status_code}).")
        return answer.json()


def time_of(text: str | None) -> datetime | None:
    """Return a time of the Hub's API (UTC)."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None) if text else None
