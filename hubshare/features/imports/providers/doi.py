"""DOIs: what they lead to is fetched by the provider of that.

Source: the handle API of doi.org.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from hubshare.errors import Invalid, NotFound
from hubshare.features.imports.links import read_link
from hubshare.features.imports.providers.interface import Destination, Fetch, Provider, Version
from hubshare.features.imports.providers.registry import provider_for
from hubshare.features.imports.sources import Doi, File, Link
from hubshare.names import quoted


class DoiProvider:
    """DOIs: what they lead to is fetched by the provider of that."""

    name = "doi"

    def accepts(self, link: Link) -> bool:
        """Return whether this is a DOI."""
        return isinstance(link.source, Doi)

    def resolve(self, link: Link, fetch: Fetch) -> Version:
        """Return the version of what it leads to."""
        provider, found = self._followed(link, fetch)
        return provider.resolve(found, fetch)

    def fetch(self, link: Link, version: Version, fetch: Fetch, into: Destination) -> None:
        """Fetch what it leads to."""
        provider, found = self._followed(link, fetch)
        provider.fetch(found, version, fetch, into)

    @staticmethod
    def _followed(link: Link, fetch: Fetch) -> tuple[Provider, Link]:
        assert isinstance(link.source, Doi)
        doi = link.source.doi
        try:
            answer = fetch.json(f"https://doi.org/api/handles/{quote(doi, safe='/')}")
        except NotFound:
            raise NotFound(f"There is no DOI {quoted(doi)}: is it written right?") from None
        address = _address_of_handle(answer)
        if not address:
            raise NotFound(f"The DOI {quoted(doi)} leads nowhere.")
        source = read_link(address).source
        if isinstance(source, Doi | File):
            # A page that leads on to the record, as those of InvenioRDM do.
            source = read_link(fetch.landing(address)).source
        if isinstance(source, Doi | File):
            host = urlsplit(address).hostname or "a site"
            raise Invalid(
                f"The DOI {quoted(doi)} leads to {host}, whose files cannot be fetched: take their own address."
            )
        found = Link(source, folder=link.folder, opens=link.opens)
        return provider_for(found), found


def _address_of_handle(answer: object) -> str:
    values = answer.get("values") if isinstance(answer, dict) else None
    for one in values if isinstance(values, list) else ():
        match one:
            case {"type": "URL", "data": {"value": str(address)}}:
                return address
    return ""
