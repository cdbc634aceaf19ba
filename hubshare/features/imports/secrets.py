"""What a source is asked with, sealed for the table and opened for the one fetch that needs it."""

from __future__ import annotations

import json

from hubshare.errors import Invalid
from hubshare.features.imports.providers.interface import Credential
from hubshare.sealed import Sealer


def seal(sealer: Sealer, user: str, secret: str) -> str:
    """Return a credential sealed; "" where there is none.

    Raises:
        Invalid: when there is a user and no secret.
    """
    if not secret:
        if user:
            raise Invalid("Give the password or token together with the user.")
        return ""
    return sealer.seal(json.dumps([user, secret]).encode())


def open_credential(sealer: Sealer, sealed: str) -> Credential | None:
    """The credential that was sealed.

    Raises:
        Unavailable: when it cannot be opened here.
    """
    if not sealed:
        return None
    user, secret = json.loads(sealer.open(sealed))
    return Credential(user, secret)
