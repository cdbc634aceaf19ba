"""How the address of a source is shown: to everybody who may read the project, so without what may be secret in it."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from hubshare.features.imports.sources import Link, address_of


def shown(link: Link) -> str:
    """The address of what a link asks for."""
    # What stands behind the `?` may be a signature.
    where = urlsplit(address_of(link.source))._replace(query="", fragment="")
    return f"{urlunsplit(where)} ({link.folder})" if link.folder else urlunsplit(where)
