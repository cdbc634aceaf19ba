"""One's tokens of the Hub, and what was done with them."""

from __future__ import annotations

from pydantic import Field

from hubshare.wire.api.tokens import TokenDetails, Tokens
from hubshare.wire.socket.base import Arguments, Command


class ListTokens(Arguments):
    """List my tokens of the Hub, with what was done with each."""


class ReadToken(Arguments):
    """Tell one token, with what was done with it."""

    token: str = Field(description="Its id.")


COMMANDS = {
    "tokens": Command(ListTokens, Tokens, "person"),
    "token": Command(ReadToken, TokenDetails, "person"),
}
