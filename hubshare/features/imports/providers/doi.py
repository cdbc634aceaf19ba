"""DOIs, and other addresses that lead on: what they lead to is fetched by the provider of that.

Source: the handle API of doi.org.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from hubshare.errors import Invalid, NotFound
from hubshare.features.imports.links import read_link
from hubshare.features.imports.providers.interface import Destination, Fetch, Provider, Version
from hubshare.features.imports.providers.registry import provider_for
from hubshare.features.imports.sources import Doi, File, Link, Redirect, address_of
from hubshare.names import quoted


class DoiProvider:
    """DOIs, and other addresses that lead on: what they lead to is fetched by the provider of that."""

    name = "doi"

    def accepts(self, link: Link) -> bool:
        """Return whether this is a DOI, or leads on."""
        return isinstance(link.source, Doi | Redirect)

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
        source, address = link.source, address_of(link.source)
        if isinstance(source, Doi):
            address = _registered(source.doi, fetch)
            source = read_link(address).source
        if isinstance(source, Doi | File | Redirect):
            # A page that leads on to the record, as those of InvenioRDM do.
            address = fetch.landing(address)
            source = read_link(address).source
        if isinstance(source, Doi | File | Redirect):
            host = urlsplit(address).hostname or "a site"
            raise Invalid(
                f"{quoted(address_of(link.source))} leads to {host}, whose files cannot be fetched: take their own address."
            )
        found = Link(source, folder=link.folder, opens=link.opens)
        return provider_for(found), found


def _registered(doi: str, fetch: Fetch) -> str:
    """Where a DOI leads to, as it is registered."""
    try:
        answer = fetch.json(f"https://doi.org/api/handles/{quote(doi, safe='/')}")
    except NotFound:
        raise NotFound(f"There is no DOI {quoted(doi)}: is it written right?") from None
    if address := _address_of_handle(answer):
        return address
    raise NotFound(f"The DOI {quoted(doi)} leads nowhere.")


def _address_of_handle(answer: object) -> str:
    values = answer.get("values") if isinstance(answer, dict) else None
    for one in values if isinstance(values, list) else ():
        match one:
            case {"type": "URL", "data": {"value": str(address)}}:
                return address
    return ""
