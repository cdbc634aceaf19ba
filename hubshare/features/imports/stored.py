"""The link of an import as the database has it: sealed where it may hold a secret."""

from __future__ import annotations

import json

from hubshare.features.imports.links import read_link
from hubshare.features.imports.sources import Git, Link
from hubshare.sealed import Sealer

#: What a sealed link begins with, and no other one.
_SEALED = "sealed:"
#: What stands before address, branch and folder of a repository that no link of a person's leads to in one.
_PLACE = "place:"


def stored(sealer: Sealer, link: str) -> str:
    """Return a link as it is kept. What stands behind a `?` may be a signature, or a token."""
    return _SEALED + sealer.seal(link.encode()) if "?" in link else link


def stored_place(sealer: Sealer, link: Link) -> str:
    """Return a place in a repository as it is kept."""
    assert isinstance(link.source, Git) and not link.source.path_after_ref
    return stored(sealer, _PLACE + json.dumps([link.source.url, link.source.ref, link.folder]))


def read_stored(sealer: Sealer, kept: str) -> Link:
    """Read a link that was kept.

    Raises:
        Unavailable: when it cannot be opened here.
    """
    if kept.startswith(_SEALED):
        kept = sealer.open(kept.removeprefix(_SEALED)).decode()
    if kept.startswith(_PLACE):
        url, ref, folder = json.loads(kept.removeprefix(_PLACE))
        return Link(Git(url, ref), folder=folder)
    return read_link(kept)
