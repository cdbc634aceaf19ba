"""Tokens of the Hub and what was done with them: one's own, and for admins of the Hub everybody's."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from hubshare.operations import tokens
from hubshare.operations.caller import Caller
from hubshare.service.api import After, Limit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheTokens
from hubshare.store.access.actions import Action
from hubshare.wire.api.base import Page
from hubshare.wire.api.tokens import TokenDetails, Tokens, UsedToken

router = APIRouter(tags=["tokens"])


@router.get("/me/tokens")
def list_own_tokens(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))], centre: TheCentre, hub: TheTokens
) -> Tokens:
    """Your tokens of the Hub, never their values, and what was done here with each."""
    return tokens.list_own_tokens(caller, centre, hub)


@router.get("/me/tokens/{token}")
def get_own_token(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))], centre: TheCentre, hub: TheTokens, token: str
) -> TokenDetails:
    """One of your tokens, with what was done with it by day, by kind and by project."""
    return tokens.read_own_token(caller, centre, hub, token=token)


@router.get("/tokens")
def list_used_tokens(
    caller: Annotated[Caller, Depends(requires(Action.SEE_TOKENS))],
    centre: TheCentre,
    user: Annotated[str, Query(max_length=300, pattern=r"^[^\x00]*$", description="Only theirs.")] = "",
    after: After = None,
    limit: Limit = 100,
) -> Page[UsedToken]:
    """Everybody's tokens that were used here within 90 days, the last used first; for admins of the Hub."""
    return tokens.list_used_tokens(caller, centre, user=user, after=after, limit=limit)


@router.get("/tokens/{user}")
def list_tokens_of(
    caller: Annotated[Caller, Depends(requires(Action.SEE_TOKENS))], centre: TheCentre, hub: TheTokens, user: str
) -> Tokens:
    """Somebody's tokens of the Hub, and what was done here with each; for admins of the Hub."""
    return tokens.list_tokens_of(caller, centre, hub, user=user)


@router.get("/tokens/{user}/{token}")
def get_token_of(
    caller: Annotated[Caller, Depends(requires(Action.SEE_TOKENS))],
    centre: TheCentre,
    hub: TheTokens,
    user: str,
    token: str,
) -> TokenDetails:
    """One of somebody's tokens, with what was done with it; for admins of the Hub."""
    return tokens.read_token_of(caller, centre, hub, user=user, token=token)


@router.delete("/me/tokens/{token}", status_code=204)
def revoke_own_token(
    caller: Annotated[Caller, Depends(requires(Action.REVOKE_TOKEN))], centre: TheCentre, hub: TheTokens, token: str
) -> None:
    """Revoke one of your tokens, by the right to do so of the token that you ask with."""
    tokens.revoke_own_token(caller, centre, hub, token=token)


@router.delete("/tokens/{user}/{token}", status_code=204)
def revoke_token_of(
    caller: Annotated[Caller, Depends(requires(Action.REVOKE_TOKENS))],
    centre: TheCentre,
    hub: TheTokens,
    user: str,
    token: str,
) -> None:
    """Revoke one of somebody's tokens, by the right to do so of the token that you ask with; for admins of the Hub."""
    tokens.revoke_token_of(caller, centre, hub, user=user, token=token)
