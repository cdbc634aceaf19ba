"""Signatures as Standard Webhooks has them; pure.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"


def new_secret() -> str:
    """Return a new secret, as it is shown to whoever sets up the receiver."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature_headers(keys: Iterable[str], event: str, seconds: int, body: bytes) -> dict[str, str]:
    """Return the headers that go with a body.

    Args:
        keys: the secrets that are valid now.
        event: id of the event.
        seconds: when it is sent, since 1970.
    """
    signed = f"{event}.{seconds}.".encode() + body
    made = (hmac.digest(base64.b64decode(key.removeprefix(_PREFIX)), signed, "sha256") for key in keys)
    return {
        "webhook-id": event,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in made),
    }
