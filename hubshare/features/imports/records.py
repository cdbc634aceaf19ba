"""Links to published data: DOIs in each spelling, and records of Zenodo (InvenioRDM), figshare, OSF and Dataverse.

Source: the DOI Handbook, 2.2; the addresses that these sites' own pages have.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from hubshare.errors import Invalid
from hubshare.features.imports.addresses import Address, inner_path
from hubshare.features.imports.sources import Dataverse, Doi, Figshare, Link, Osf, Record, Redirect
from hubshare.names import quoted

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[^\s\x00-\x1f]{1,300}")
_SPELLED = re.compile(
    r"(?:doi:?\s*)?(?:(?:info:|https?://(?:dx\.|www\.)?)?(?P<site>doi\.org)?(?:/|:|doi[:/])+|doi\s+)?\s*(?P<doi>10\.\S+)",
    re.IGNORECASE,
)
#: What an article of figshare is, in addresses of sites of universities.
_ARTICLES = {
    *("dataset", "figure", "media", "presentation", "poster", "journal_contribution", "preprint", "software", "code"),
    *("online_resource", "conference_contribution", "thesis", "book", "chapter", "educational_resource"),
}
_RECORD = re.compile(r"\d{1,12}|[a-z0-9]{5}-[a-z0-9]{5}")
_FIGSHARE = re.compile(r"(?:[a-z0-9-]+\.)?figshare\.com")
#: Of a project or a file of OSF; and of a file as its storage calls it.
_OSF, _OSF_FILE = re.compile(r"[a-z0-9]{5}"), re.compile(r"[0-9a-f]{24}")
_RESOLVERS = {"doi.org", "dx.doi.org", "www.doi.org"}
_HANDLES = {"hdl.handle.net", "handle.net"}


def doi_link(text: str) -> Link | None:
    """What a DOI asks for that stands alone, as in `doi:10.5281/zenodo.1`; None for any other text."""
    text = text.strip().rstrip(".,;").strip("<>\"'“”")
    found = _SPELLED.fullmatch(text[1:-1] if text.startswith("(") and text.endswith(")") else text)
    if found is None:
        return None
    # In an address a DOI's own `?` and `#` are encoded.
    return doi(unquote(re.split(r"[?#]", found["doi"])[0] if found["site"] else found["doi"]))


def doi(text: str) -> Link:
    """A DOI.

    Raises:
        Invalid: when it is none.
    """
    text = text.strip().rstrip(".,;").lower()
    if not _DOI.fullmatch(text):
        raise Invalid(f"{quoted(text)} is not a DOI: write it like 10.5281/zenodo.1234567.")
    return Link(Doi(text))


def record_link(address: Address) -> Link | None:
    """What an address asks for, if it is one of published data; None if not.

    Raises:
        Invalid: when it is, and leads to nothing that can be fetched.
    """
    parts, query = address.parts, address.query
    if address.host in _RESOLVERS:
        return doi("/".join(parts))
    if address.host in _HANDLES and _DOI.fullmatch("/".join(parts)):
        return doi("/".join(parts))
    if found := re.fullmatch(r"(?:badge/)?doi/(10\..+?)(?:\.svg)?", "/".join(parts), re.IGNORECASE):
        return doi(found[1])
    if parts[:2] == ("badge", "latestdoi") and len(parts) > 2:
        # Zenodo knows the newest record of a repository; there is no other address of it.
        return Link(Redirect(address.at(*parts)))
    if parts[:2] == ("api", "records"):
        parts = parts[1:-1] if parts[-1] == "content" else parts[1:]
    if len(parts) > 1 and parts[0] in ("record", "records") and _RECORD.fullmatch(parts[1]):
        file = "/".join(parts[3:]) if parts[2:3] == ("files",) else ""
        return Link(Record(address.site, parts[1], inner_path(file)), opens=inner_path(file))
    if _FIGSHARE.fullmatch(address.host) or (parts[:1] == ("articles",) and parts[1:2] and parts[1] in _ARTICLES):
        return _figshare(address)
    if address.host in ("osf.io", "www.osf.io"):
        return _osf(address)
    if parts and parts[-1] in ("dataset.xhtml", "file.xhtml", "citation"):
        return _dataverse(address)
    if parts[:3] == ("api", "access", "dataset") and query.get("persistentId"):
        return Link(Dataverse(address.site, query["persistentId"]))
    if parts[:3] == ("api", "access", "datafile") and len(parts) > 3:
        rest = [part for part in parts[3:] if part != ":persistentId"]
        return Link(Dataverse(address.site, file=rest[0] if rest else query.get("persistentId", "")))
    return None


def _figshare(address: Address) -> Link | None:
    """articles/[KIND/][TITLE/]NUMBER[/VERSION]; a file of ndownloader/… is one like any other."""
    if "ndownloader" in (*address.parts[:1], address.host.partition(".")[0]):
        return None
    if address.parts[:1] == ("articles",):
        numbers = [part for part in address.parts[1:] if part.isdigit()]
        if numbers:
            return Link(Figshare(numbers[0], numbers[1] if len(numbers) > 1 else ""))
    raise Invalid(f"{quoted(address.text)} leads to no article of figshare: take the address of one, or its DOI.")


def _osf(address: Address) -> Link:
    """[download/]NAME[/download|/wiki/…|/files/osfstorage[/FILE]]"""
    parts = tuple(part.lower() for part in address.parts)
    named = parts[1:] if parts[:1] == ("download",) else parts
    file = parts[3] if parts[1:3] == ("files", "osfstorage") and len(parts) > 3 else ""
    if named and _OSF_FILE.fullmatch(file or named[0]):
        return Link(Osf(file or named[0]))
    if named and _OSF.fullmatch(named[0]):
        return Link(Osf(named[0]))
    raise Invalid(
        f"{quoted(address.text)} leads to nothing of OSF that has files: take the address of a project or a file."
    )


def _dataverse(address: Address) -> Link:
    named, number = address.query.get("persistentId", ""), address.query.get("fileId", "")
    if address.parts[-1] == "file.xhtml" and (named or number):
        return Link(Dataverse(address.site, file=number or named))
    if not re.fullmatch(r"(doi|hdl|perma):\S+", named):
        raise Invalid(f"{quoted(address.text)} names no dataset: it needs persistentId=doi:….")
    return Link(Dataverse(address.site, named))
