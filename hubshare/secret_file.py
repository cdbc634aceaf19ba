"""A random secret in a file that only its owner may read."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from hubshare.private_folder import make_private


def load_or_create_secret(data: Path, name: str, length: int = 32) -> str:
    """Return a random secret, made once and then read from a file that only its owner may read.

    Args:
        data: the data folder; made if it is missing.
        name: what the secret is for; the file is `secrets/NAME` in the data folder.
        length: how many random bytes.
    """
    file = data / "secrets" / name
    make_private(file.parent)
    while True:
        with contextlib.suppress(FileNotFoundError):
            return file.read_text().strip()
        # Linked when complete, so that of two that start at once both see the same whole secret.
        draft = file.with_name(f".{name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(length) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
