"""Who is asking: the Hub says so, from the token of the request."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

from pydantic import TypeAdapter

from hubshare.errors import Forbidden, NotSignedIn, Unavailable
from hubshare.names import service_name
from hubshare.operations.caller import Person, Revokes
from hubshare.service.web.hub_api import AboutToken, Hub, time_of
from hubshare.service.web.refreshing import RefreshAheadCache
from hubshare.service.web.revocations import Revocations
from hubshare.service.web.shared_answers import Shared, SharedMemory
from hubshare.store.access.actions import Scope

_NOTE_SECONDS = 3600


class Tokens(Protocol):
    """Finds out whose a token is."""

    async def person(self, token: str) -> Person:
        """The person, or the service of the Hub, whose token it is.

        Raises:
            NotSignedIn: when the Hub does not accept it.
            Forbidden: when the token does not allow access to this service.
        """
        ...

    def forget(self) -> None:
        """Believe nothing any more that the Hub has said: a token was revoked."""
        ...


class HubTokens:
    """Asks the Hub, and believes its answer for a short time.

    Args:
        hub: for the notes of tokens.
        cache_seconds: for how long; a token that was revoked at the Hub itself may pass until then.
        revocations: tell of those that were revoked here, by whatever process of the service.
        memory: where the processes of the service tell one another what the Hub has said.
    """

    def __init__(self, hub: Hub, cache_seconds: int, revocations: Revocations, memory: SharedMemory) -> None:
        from jupyterhub.services.auth import HubOAuth

        self._hub, self._revocations = hub, revocations
        self._auth: Any = HubOAuth.instance()
        users = Shared[Any](memory, "user", TypeAdapter(Any))
        known = Shared[AboutToken](memory, "about", TypeAdapter(AboutToken))
        births = Shared[datetime | None](memory, "born", TypeAdapter(datetime | None))
        self._users = RefreshAheadCache(cache_seconds, shared=users)
        self._known = RefreshAheadCache(_NOTE_SECONDS, shared=known)
        self._births = RefreshAheadCache(_NOTE_SECONDS, shared=births)
        self._users.clear(revocations.known)

    async def person(self, token: str) -> Person:
        if self._revocations.any_new():
            self._users.clear(self._revocations.known)
        # By the token and not by its id, which the Hub may give again once its user was deleted.
        key = sha256(token.encode()).digest()
        user = await self._users.get(key, lambda: self._user(token))
        if not user or user.get("kind") not in ("user", "service"):
            raise NotSignedIn("The Hub does not accept this token: sign in again.")
        if not self._auth.check_scopes(self._auth.access_scopes, user):
            raise Forbidden(
                "This token does not allow access to HubShare: ask an admin for access:services!service=hubshare."
            )
        scopes = frozenset(scope for scope in Scope if scope in user.get("scopes", ()))
        id_ = str(user.get("token_id") or "")
        token_id = f"{id_}-{key[:4].hex()}" if id_ else ""
        if user["kind"] == "service":
            # It is in no group and has no tokens of its own at the Hub, of which one could ask.
            name = service_name(user["name"])
            return Person(
                name, admin=bool(user.get("admin")), scopes=scopes, token=f"of {name}", service=True, token_id=token_id
            )
        about, born = await asyncio.gather(self._about(key, user["name"], id_), self._born(key, user))
        return Person(
            user["name"],
            admin=bool(user.get("admin")),
            groups=tuple(user.get("groups") or ()),
            scopes=scopes,
            token=about.note,
            expires=about.expires,
            born=born,
            token_id=token_id,
            revokes=revoked_by(user["name"], user.get("scopes", ())),
        )

    def forget(self) -> None:
        self._revocations.add()

    async def _user(self, token: str) -> Any:
        """What the Hub says of a token."""
        try:
            return await self._auth.user_for_token(token, use_cache=False, sync=False)
        except Exception as error:
            if getattr(error, "status_code", None) == 403:
                raise NotSignedIn("The Hub does not accept this token: sign in again.") from None
            raise Unavailable("The Hub does not answer: try again in a moment.") from error

    async def _born(self, key: bytes, user: Mapping[str, Any]) -> datetime | None:
        """Since when there is the user whose token it is: tokens end with their user, so it is asked for once for each."""
        if created := user.get("created"):
            # A token that may read its own user has it told.
            return time_of(created)
        return await self._births.get(key, lambda: self._hub.born(user["name"]))

    async def _about(self, key: bytes, user: str, token: str) -> AboutToken:
        """What is known of a token, which does not change; what cannot be found out now is named by its id."""
        return await self._known.get(key, lambda: self._hub.about_token(user, token)) if token else AboutToken("")


def revoked_by(user: str, scopes: Collection[str]) -> Revokes:
    """Return whose tokens a token with these scopes of the Hub may revoke."""
    if "tokens" in scopes:
        return "all"
    return "own" if f"tokens!user={user}" in scopes else ""


def token_of(authorization: str) -> str:
    """The token in an Authorization header: `token …`, `Bearer …`, or the password of `Basic …`, as git sends it.

    Raises:
        NotSignedIn: when there is none.
    """
    import base64

    kind, _, value = authorization.partition(" ")
    found = value.strip()
    if kind.lower() == "basic":
        try:
            found = base64.b64decode(found, validate=True).decode().partition(":")[2]
        except ValueError:
            found = ""
    elif kind.lower() not in ("token", "bearer"):
        found = ""
    if not found or not found.isascii() or not found.isprintable():
        raise NotSignedIn("This needs a token of the Hub: send it as 'Authorization: token …'.")
    return found
