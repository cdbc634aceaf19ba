"""Shared servers, as the Hub's API has them: seen and ended with the service's token, made with the owner's own."""

from __future__ import annotations

from typing import Any, Protocol
from urllib.parse import quote

import httpx
from anyio import from_thread

from hubshare.errors import Forbidden, NotFound, NotSignedIn, Unavailable
from hubshare.operations.hub_servers import SharedAtHub

#: The Hub gives lists in pieces.
_PIECE, _MOST = 200, 2000


class SharedServers(Protocol):
    """What HubShare asks of the Hub about shares; see `hubshare.operations.hub_servers`."""

    async def shared_with(self, user: str) -> list[SharedAtHub]: ...

    async def shares_of(self, owner: str) -> list[SharedAtHub]: ...

    async def end(self, owner: str, server: str, user: str) -> bool: ...

    async def share(self, token: str, owner: str, server: str, user: str) -> None:
        """Share a server by the rights of a token of its owner."""
        ...


class HubApiServers:
    """Asks a real Hub; needs the scopes `read:shares` and `users:shares`, which let nobody make a share.

    Args:
        client: that knows address and token of the Hub's API.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def shared_with(self, user: str) -> list[SharedAtHub]:
        return await self._list(f"/users/{_quoted(user)}/shared")

    async def shares_of(self, owner: str) -> list[SharedAtHub]:
        return await self._list(f"/shares/{_quoted(owner)}")

    async def end(self, owner: str, server: str, user: str) -> bool:
        path = f"/users/{_quoted(user)}/shared/{_quoted(owner)}/{_quoted(server)}"
        answer = await self._ask("DELETE", path)
        if answer.status_code not in (204, 404):
            raise _unexpected(answer)
        return answer.status_code == 204

    async def share(self, token: str, owner: str, server: str, user: str) -> None:
        path = f"/shares/{_quoted(owner)}/{_quoted(server)}"
        answer = await self._ask("POST", path, headers={"Authorization": f"token {token}"}, json={"user": user})
        if answer.status_code in (401, 403):
            raise NotSignedIn("You have signed in without the right to share your server: sign in again.")
        if answer.status_code == 404:
            raise NotFound(
                f"The Hub has no server {server or 'of yours'} that was ever started: start it, then answer again."
            )
        if answer.status_code == 400:
            raise NotFound(f"The Hub knows no user {user} any more.")
        if answer.status_code != 200:
            raise _unexpected(answer)

    async def _list(self, path: str) -> list[SharedAtHub]:
        found: list[SharedAtHub] = []
        while len(found) < _MOST:
            answer = await self._ask("GET", path, params={"offset": len(found), "limit": _PIECE})
            if answer.status_code == 404:
                break
            if answer.status_code != 200:
                raise _unexpected(answer)
            piece = answer.json()
            found += [_share(one) for one in piece["items"]]
            if not piece["items"] or piece["_pagination"]["next"] is None:
                break
        return found

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return await self._client.request(method, path, **more)
        except httpx.HTTPError as error:
            raise Unavailable("The Hub does not answer: try again in a moment.") from error


class HubServersFromThread:
    """Asks the Hub from a route's thread.

    Args:
        hub: what it knows.
        token: of the owner's browser; "" where there is none, and so nothing can be shared.
    """

    def __init__(self, hub: SharedServers, token: str = "") -> None:
        self._hub, self._token = hub, token

    def shared_with(self, user: str) -> list[SharedAtHub]:
        return from_thread.run(self._hub.shared_with, user)

    def shares_of(self, owner: str) -> list[SharedAtHub]:
        return from_thread.run(self._hub.shares_of, owner)

    def end(self, owner: str, server: str, user: str) -> bool:
        return from_thread.run(self._hub.end, owner, server, user)

    def share(self, owner: str, server: str, user: str) -> None:
        if not self._token:
            # What runs in somebody's server is not to let others in.
            raise Forbidden("This is for a person with a browser: open HubShare's pages, and answer there.")
        from_thread.run(self._hub.share, self._token, owner, server, user)


def _share(model: dict[str, Any]) -> SharedAtHub:
    server = model["server"]
    return SharedAtHub(
        owner=server["user"]["name"],
        server=server["name"],
        user=(model["user"] or {}).get("name"),
        group=(model["group"] or {}).get("name"),
        address=server.get("full_url") or server["url"],
        running=bool(server.get("ready")),
    )


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _unexpected(answer: httpx.Response) -> Unavailable:
    return Unavailable(f"The Hub does not do what HubShare asks about shared servers (status {answer.status_code}).")
