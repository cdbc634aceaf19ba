"""Archives and single files at an address."""

from __future__ import annotations

from hubshare.errors import Invalid
from hubshare.features.imports.providers.interface import Destination, Download, Fetch, Version
from hubshare.features.imports.sources import Archive, File, Link, address_of
from hubshare.names import path_fault, slug

_PAGES = {"text/html", "application/xhtml+xml"}


def version_at(url: str, fetch: Fetch) -> Version:
    """The version of what lies at an address: by the server's own mark for it, else by its content."""
    label = url.partition("?")[0]
    if mark := fetch.etag(url):
        return Version(f"etag:{mark}", label, label)
    return Version(f"sha256:{fetch.download(url).sha256}", label, label)


class ArchiveProvider:
    """Zip and tar files."""

    name = "archive"

    def accepts(self, link: Link) -> bool:
        """Return whether this is an archive."""
        return isinstance(link.source, Archive)

    def resolve(self, link: Link, fetch: Fetch) -> Version:
        """Return what is there now."""
        return version_at(address_of(link.source), fetch)

    def fetch(self, link: Link, version: Version, fetch: Fetch, into: Destination) -> None:
        """Fetch it and take what is in it."""
        into.archive(fetch.download(address_of(link.source)), link.folder)


class FileProvider:
    """Single files."""

    name = "file"

    def accepts(self, link: Link) -> bool:
        """Return whether this is a file."""
        return isinstance(link.source, File)

    def resolve(self, link: Link, fetch: Fetch) -> Version:
        """Return what is there now."""
        return version_at(address_of(link.source), fetch)

    def fetch(self, link: Link, version: Version, fetch: Fetch, into: Destination) -> None:
        """Fetch it."""
        found = fetch.download(address_of(link.source))
        name = _name(found)
        if found.type in _PAGES and not name.lower().endswith((".html", ".htm", ".xhtml")):
            raise Invalid(
                "This is the address of a web page, not of a file: take that of the file itself, or its “raw” link."
            )
        into.file(found, name)


def _name(found: Download) -> str:
    """How the file is called here: as its server calls it, where that can be."""
    return slug(found.name or "file") if "/" in found.name or path_fault(found.name) else found.name
