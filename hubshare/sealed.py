"""Secrets that others have trusted to the centre, sealed for the database: a copy of the tables alone opens nothing.

The keys are in `secrets/sealing` of the data folder, one a line. The first one seals, all of them open. To change the key, put
a new line in front of the others, and start the service and the workers anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from hubshare.errors import Invalid, Unavailable
from hubshare.secret_file import load_or_create_secret


class Sealer:
    """Seals short secrets and opens them again.

    Args:
        data: the data folder; its key is made at the first use.

    Raises:
        Unavailable: the file of keys holds something else.
    """

    def __init__(self, data: Path) -> None:
        keys = load_or_create_secret(data, "sealing").split()
        try:
            # As they are made, without the `=` at the end of 32 bytes in base64.
            self._keys = MultiFernet([Fernet(key.rstrip("=") + "=") for key in keys])
        except ValueError:
            raise Unavailable(
                f"{data / 'secrets' / 'sealing'} holds no keys: put it back from the backup. Without it what people have "
                "stored in secret has to be given once more."
            ) from None

    def seal(self, secret: bytes) -> str:
        """Return a secret sealed, as text."""
        return self._keys.encrypt(secret).decode()

    def open(self, sealed: str) -> bytes:
        """Return the secret that was sealed.

        Raises:
            Unavailable: it was sealed with a key that is not here.
        """
        try:
            return self._keys.decrypt(sealed)
        except InvalidToken:
            raise Unavailable(
                "A stored secret cannot be opened with the keys of this installation: put `secrets/sealing` back from the "
                "backup, or give the secret once more."
            ) from None


@dataclass(frozen=True)
class Credential:
    """What opens a repository or another source that is not open to everybody; never shown and never logged.

    Attributes:
        user: name, or what a host asks for beside a token; "" where a token goes alone.
        secret: password or token.
    """

    user: str = field(repr=False)
    secret: str = field(repr=False)


def seal_credential(sealer: Sealer, user: str, secret: str) -> str:
    """Return a credential sealed; "" where there is none.

    Raises:
        Invalid: when there is a user and no secret, or either holds what no header takes.
    """
    if not secret:
        if user:
            raise Invalid("Give the password or token together with the user.")
        return ""
    if not (user + secret).isprintable() or not (user or secret.isascii()):
        raise Invalid("The user, password or token holds a line end or another character that hosts do not take.")
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
