"""The link of an import as the database has it: sealed where it may hold a secret."""

from __future__ import annotations

from hubshare.features.imports.links import read_link
from hubshare.features.imports.sources import Link
from hubshare.sealed import Sealer

#: What a sealed link begins with, and no other one.
_SEALED = "sealed:"


def stored(sealer: Sealer, link: str) -> str:
    """Return a link as it is kept. What stands behind a `?` may be a signature, or a token."""
    return _SEALED + sealer.seal(link.encode()) if "?" in link else link


def read_stored(sealer: Sealer, kept: str) -> Link:
    """Read a link that was kept.

    Raises:
        Unavailable: when it cannot be opened here.
    """
    if kept.startswith(_SEALED):
        kept = sealer.open(kept.removeprefix(_SEALED)).decode()
    return read_link(kept)
