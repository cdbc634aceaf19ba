"""Who asks, as far as shares go: a person by name, a visitor without an account by address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from starlette.requests import Request

from hubshare.operations.asker import Asker
from hubshare.operations.caller import Caller

#: Bits of an address of IPv6 that its owner cannot choose: each gets a network of so many.
_NETWORK_BITS = 64


def asker_of(request: Request, caller: Caller) -> Asker:
    """Whose share a request is taken from.

    The address is the proxy's word where the request comes from a proxy that is trusted (`HUBSHARE_PROXIES`), else it is
    where the request comes from: the server has seen to that.
    """
    if caller.user:
        return Asker(caller.user, False)
    return Asker(network_of(request.client.host if request.client else ""), True)


def network_of(host: str) -> str:
    """Return what stands for the owner of an address."""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:100]
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> (128 - _NETWORK_BITS) << (128 - _NETWORK_BITS)))
