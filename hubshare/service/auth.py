"""Who is asking: the Hub says so, from the token of the request."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, Protocol

from fastapi import Depends, Request

from hubshare.errors import Forbidden, NotSignedIn, Unavailable


class Person(NamedTuple):
    """Whom a request comes from.

    Attributes:
        name: the Hub user.
    """

    name: str


class Tokens(Protocol):
    """Finds out whose a token is."""

    async def person(self, authorization: str) -> Person:
        """The person whose token an Authorization header carries.

        Raises:
            NotSignedIn: when there is no token, or the Hub does not accept it.
            Forbidden: when the token does not allow access to this service.
        """
        ...


class HubTokens:
    """Asks the Hub, and believes its answer for a short time.

    Args:
        cache_seconds: for how long; a revoked token may pass until then.
    """

    def __init__(self, cache_seconds: int) -> None:
        from jupyterhub.services.auth import HubOAuth

        self._auth: Any = HubOAuth.instance(cache_max_age=cache_seconds)

    async def person(self, authorization: str) -> Person:
        found = self._auth.auth_header_pat.match(authorization)
        if not found:
            raise NotSignedIn("This needs a token of the Hub: send it as 'Authorization: token …'.")
        try:
            user = await self._auth.user_for_token(found.group(1), sync=False)
        except Exception as error:
            status = getattr(error, "status_code", None)
            if status == 403:
                raise NotSignedIn("The Hub does not accept this token: sign in again.") from None
            raise Unavailable("The Hub does not answer: try again in a moment.") from error
        if not user or user.get("kind") != "user":
            raise NotSignedIn("The Hub does not accept this token: sign in again.")
        if not self._auth.check_scopes(self._auth.access_scopes, user):
            raise Forbidden(
                "This token does not allow access to HubShare: ask an admin for access:services!service=hubshare."
            )
        return Person(user["name"])


async def signed_in(request: Request) -> Person:
    """The person of a request. Every route but the health check depends on it."""
    tokens: Tokens = request.app.state.tokens
    return await tokens.person(request.headers.get("authorization", ""))


SignedIn = Annotated[Person, Depends(signed_in)]
