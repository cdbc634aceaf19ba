"""Secrets that others have trusted to the centre, sealed for the database: a copy of the tables alone opens nothing.

The keys are in `secrets/sealing` of the data folder, one a line. The first one seals, all of them open. To change the key, put
a new line in front of the others, and start the service and the workers anew.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from hubshare.errors import Unavailable
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
