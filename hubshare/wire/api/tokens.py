"""Tokens of the Hub, and what was done with them here."""

from __future__ import annotations

from pydantic import BaseModel, Field

from hubshare.wire.api.base import Time


class TokenAddress(BaseModel):
    """Where a token was used from."""

    address: str = Field(description="Of IPv6 the network.")
    last: Time


class UsedToken(BaseModel):
    """A token that was used here."""

    user: str
    id: str = Field(description="The Hub's; of one that the Hub has no more, a name that no other token has.")
    note: str
    first: Time | None = Field(description="When it was used here, within 90 days; null for never.")
    last: Time | None
    addresses: list[TokenAddress] = Field(description="The last five that it was used from, the newest first.")


class Token(UsedToken):
    """A token of the Hub, never its value, and what was done with it here within 90 days."""

    ended: bool = Field(description="Whether the Hub has it no more.")
    client: str = Field(description="What it was made for, as the Hub says.")
    scopes: list[str]
    created: Time | None
    last_activity: Time | None = Field(description="When it was used at the Hub.")
    expires: Time | None = Field(description="Null for never.")
    uses: dict[str, int] = Field(
        description="How often, by kind: `read`, `write`, `push`, `manage`, `git fetch`, `git push`; more may be added."
    )


class Tokens(BaseModel):
    """Somebody's tokens."""

    tokens: list[Token] = Field(description="The newest first, then those that ended.")
    others: dict[str, int] = Field(description="Uses, by kind, of which is not known any more with which token.")
    missing: str = Field(description="What the Hub does not tell, in words; empty when it tells all.")


class TokenDay(BaseModel):
    """How often a token was used on a day."""

    day: str = Field(description="Of UTC, as in 2026-11-28.")
    count: int


class TokenProject(BaseModel):
    """How often a token was used for one kind of thing in a project."""

    project: str = Field(description="owner/name as it was asked for; empty for none.")
    kind: str
    count: int


class TokenDetails(Token):
    """One token with what was done with it."""

    days: list[TokenDay] = Field(description="The newest first.")
    projects: list[TokenProject] = Field(description="The most used first, 100 at most.")
