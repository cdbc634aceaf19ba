"""One's tokens of the Hub, and what was done with them."""

from __future__ import annotations

from hubshare.client import calls
from hubshare_agents.socket.handler import Handler, ServiceCall

HANDLERS: dict[str, Handler] = {
    "tokens": ServiceCall(calls.tokens.own_tokens),
    "token": ServiceCall(calls.tokens.own_token),
}
