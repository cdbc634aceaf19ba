"""How a source is shown: to everybody who may read the project, so without what may be secret in its address."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import urlsplit, urlunsplit

from hubshare.features.imports.sources import Archive, Figshare, File, Gist, Git, Link, address_of


def shown(link: Link) -> str:
    """The address of what a link asks for."""
    # What stands behind the `?` may be a signature.
    where = urlsplit(address_of(link.source))._replace(query="", fragment="")
    return f"{urlunsplit(where)} ({link.folder})" if link.folder else urlunsplit(where)


def shown_ref(link: Link) -> str:
    """Which branch, tag, commit or version is asked for, "" for what the source shows first: links that differ in it alone lead
    to different things."""
    match link.source:
        case Git(_, ref, behind):
            return f"{ref}/{behind}" if behind else ref
        case Gist(_, ref, file, anchor):
            return f"{ref}/{file or anchor}" if file or anchor else ref
        case Figshare(_, version):
            return version
        case Archive(url) | File(url):
            query = urlsplit(url).query
            return sha256(query.encode()).hexdigest()[:12] if query else ""
        case _:
            return ""
