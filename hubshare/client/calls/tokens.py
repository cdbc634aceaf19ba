"""Calls about tokens of the Hub and what was done with them."""

from __future__ import annotations

from hubshare.client.call import Call, Listing, api
from hubshare.client.calls.verbs import delete, get, listing
from hubshare.wire import api as r


def own_tokens() -> Call[r.Tokens]:
    """Your tokens of the Hub, never their values, and what was done here with each."""
    return get(api("me", "tokens"), r.Tokens)


def own_token(token: str) -> Call[r.TokenDetails]:
    """One of your tokens, with what was done with it by day, by kind and by project."""
    return get(api("me", "tokens", token), r.TokenDetails)


def used_tokens(user: str | None = None, page: int = 100) -> Listing[r.UsedToken]:
    """Everybody's tokens that were used here within 90 days, the last used first; for admins of the Hub."""
    return listing(api("tokens"), r.UsedToken, page, user=user)


def tokens_of(user: str) -> Call[r.Tokens]:
    """Somebody's tokens of the Hub, and what was done here with each; for admins of the Hub."""
    return get(api("tokens", user), r.Tokens)


def token_of(user: str, token: str) -> Call[r.TokenDetails]:
    """One of somebody's tokens, with what was done with it; for admins of the Hub."""
    return get(api("tokens", user, token), r.TokenDetails)


def revoke_own_token(token: str) -> Call[None]:
    """Revoke one of your tokens, by the right to do so of the token that you ask with."""
    return delete(api("me", "tokens", token))


def revoke_token_of(user: str, token: str) -> Call[None]:
    """Revoke one of somebody's tokens, by the right to do so of the token that you ask with; for admins of the Hub."""
    return delete(api("tokens", user, token))
