"""All providers that are installed. Those of others come first, so that they may take over what ours fetch."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from hubshare.errors import Invalid
from hubshare.features.imports.providers.interface import GROUP, Provider
from hubshare.features.imports.sources import Link

_OURS = __package__ + "."


@cache
def providers() -> tuple[Provider, ...]:
    """All of them, in the order in which they are asked."""
    found = sorted(entry_points(group=GROUP), key=lambda one: (one.value.startswith(_OURS), one.name))
    return tuple(one.load()() for one in found)


def provider_for(link: Link) -> Provider:
    """The provider that fetches what a link asks for.

    Raises:
        Invalid: when none does.
    """
    for provider in providers():
        if provider.accepts(link):
            return provider
    raise Invalid("Nothing that is installed here fetches what this link leads to.")
