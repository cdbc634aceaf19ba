"""Archives and single files at an address."""

from __future__ import annotations

from urllib.parse import urlsplit

from hubshare.errors import Invalid
from hubshare.features.imports.links import is_archive
from hubshare.features.imports.providers.interface import Destination, Download, Fetch, Version
from hubshare.features.imports.sources import Archive, File, Link, address_of
from hubshare.names import path_fault, slug

_PAGES = {"text/html", "application/xhtml+xml"}
#: How servers call archives whose names say nothing; other formats that are zip files within have endings of their own.
_ARCHIVES = {"application/zip", "application/x-zip-compressed", "application/x-tar", "application/x-gtar"}


class _AtAddress:
    """Something that lies at an address."""

    def resolve(self, link: Link, fetch: Fetch) -> Version:
        """Return the version that is there now: by the server's own mark for it, else by its content."""
        url = address_of(link.source)
        label = url.partition("?")[0]
        mark = fetch.etag(url)
        return Version(f"etag:{mark}" if mark else f"sha256:{fetch.download(url).sha256}", label, label)


class ArchiveProvider(_AtAddress):
    """Zip and tar files."""

    name = "archive"

    def accepts(self, link: Link) -> bool:
        """Return whether this is an archive."""
        return isinstance(link.source, Archive)

    def fetch(self, link: Link, version: Version, fetch: Fetch, into: Destination) -> None:
        """Fetch it and take what is in it."""
        into.archive(fetch.download(address_of(link.source)), link.folder)


class FileProvider(_AtAddress):
    """Single files."""

    name = "file"

    def accepts(self, link: Link) -> bool:
        """Return whether this is a file."""
        return isinstance(link.source, File)

    def fetch(self, link: Link, version: Version, fetch: Fetch, into: Destination) -> None:
        """Fetch it."""
        found = fetch.download(address_of(link.source))
        name = _name(found)
        told = is_archive(name) or ("." not in name and found.type in _ARCHIVES)
        if told and not is_archive(urlsplit(address_of(link.source)).path):
            # Its server alone tells what it is.
            into.archive(found, link.folder)
            return
        if found.type in _PAGES and not name.lower().endswith((".html", ".htm", ".xhtml")):
            raise Invalid(
                "This is the address of a web page, not of a file: take that of the file itself (its “raw” link), and let "
                "that of a git repository end in .git."
            )
        into.file(found, name)


def _name(found: Download) -> str:
    """How the file is called here: as its server calls it, where that can be."""
    return slug(found.name or "file") if "/" in found.name or path_fault(found.name) else found.name
