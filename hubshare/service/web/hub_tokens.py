"""Tokens, as the Hub's API has them: seen with the service's own token."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import quote

import httpx
from anyio import from_thread

from hubshare.config import MIB
from hubshare.errors import Forbidden, NotFound, Unavailable
from hubshare.operations.hub_tokens import TokenAtHub

#: How much of the Hub's answer is taken in, and how many tokens of it: people can make as many as they like.
_MOST_BYTES, _MOST = 8 * MIB, 500


class TokensAtHub(Protocol):
    """What HubShare asks of the Hub about tokens; see `hubshare.operations.hub_tokens`."""

    async def tokens_of(self, user: str) -> list[TokenAtHub]: ...

    async def revoke(self, by: str, user: str, token: str) -> None:
        """Revoke a token by the rights of another one, whose value is `by`."""
        ...


class HubApiTokens:
    """Asks a real Hub; needs the scope `read:tokens`, which revokes nothing.

    Args:
        client: that knows address and token of the Hub's API.
    """

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def tokens_of(self, user: str) -> list[TokenAtHub]:
        status, body = await self._get(f"/users/{quote(user, safe='')}/tokens")
        if status == 404:
            return []
        if status == 403:
            raise Unavailable(
                "The Hub does not tell HubShare of tokens: the service's role lacks the scope read:tokens."
            )
        if status != 200:
            raise Unavailable(f"The Hub does not tell HubShare of tokens (status {status}).")
        found = [_token(one) for one in json.loads(body)["api_tokens"]]
        return sorted(found, key=lambda token: token.created or datetime.min, reverse=True)[:_MOST]

    async def revoke(self, by: str, user: str, token: str) -> None:
        path = f"/users/{quote(user, safe='')}/tokens/{quote(token, safe='')}"
        try:
            answer = await self._client.delete(path, headers={"Authorization": f"token {by}"})
        except httpx.HTTPError as error:
            raise Unavailable("The Hub does not answer: try again in a moment.") from error
        if answer.status_code in (401, 403):
            raise Forbidden(
                "The Hub does not let you revoke tokens from here, where the scope tokens is missing: use the Hub's own page."
            )
        if answer.status_code == 404:
            raise NotFound("The Hub has no such token: it has ended.")
        if answer.status_code != 204:
            raise Unavailable(
                f"The Hub does not revoke this token (status {answer.status_code}): use the Hub's own page."
            )

    async def _get(self, path: str) -> tuple[int, bytes]:
        body = bytearray()
        try:
            async with self._client.stream("GET", path) as answer:
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > _MOST_BYTES:
                        raise Unavailable(
                            "There are more tokens than HubShare can show: see the Hub's own page of them."
                        )
        except httpx.HTTPError as error:
            raise Unavailable("The Hub does not answer: try again in a moment.") from error
        return answer.status_code, bytes(body)


class HubTokensFromThread:
    """Asks the Hub from a route's thread.

    Args:
        hub: what it knows.
        forget: has nothing be believed any more that the Hub has said of tokens.
        by: value of the token that is asked with, by whose rights others are revoked.
    """

    def __init__(self, hub: TokensAtHub, forget: Callable[[], None], by: str) -> None:
        self._hub, self._forget, self._by = hub, forget, by

    def tokens_of(self, user: str) -> list[TokenAtHub]:
        return from_thread.run(self._hub.tokens_of, user)

    def revoke(self, user: str, token: str) -> None:
        try:
            from_thread.run(self._hub.revoke, self._by, user, token)
        finally:
            # Also where the Hub has done it and could not say so.
            from_thread.run_sync(self._forget)


def _token(model: dict[str, Any]) -> TokenAtHub:
    return TokenAtHub(
        id=str(model["id"]),
        note=str(model.get("note") or ""),
        scopes=tuple(sorted(model.get("scopes") or ())),
        created=_time(model.get("created")),
        last=_time(model.get("last_activity")),
        expires=_time(model.get("expires_at")),
        client=str(model.get("oauth_client") or ""),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None) if text else None
