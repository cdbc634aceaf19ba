"""Which addresses are of the public internet.

They are those of ssrfguard's copy of the registries of IANA: all that is not a public one is refused. Of IPv6 the registries
name what is special; here all is refused but what is handed out to the public (RFC 4291, 2.5).
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from ssrfguard import DEFAULT_DENIED, AddressTable, Block, Reach, Resolver
from ssrfguard.errors import BlockedAddressError

#: Ports at which a machine answers everybody, if it does.
OF_THE_WEB = frozenset({80, 443})
#: The lower half of an address that stands for one of IPv4 begins so (RFC 5214, 6.1).
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})
#: Addresses that no machine has (RFC 5737, RFC 3849).
_NOBODYS = {4: ip_address("192.0.2.1"), 6: ip_address("2001:db8::1")}


def _refused(block: Block) -> Block:
    """What the registries have for one purpose alone: no site lies there, and of anycast the nearest machine answers."""
    return replace(block, reach=Reach.DENIED) if block.reach is Reach.PERMITTED else block


def _none(network: str, name: str, source: str) -> Block:
    return Block(ip_network(network), name, source, Reach.DENIED)


TABLE = AddressTable(
    (
        *map(_refused, DEFAULT_DENIED.blocks),
        _none("::/0", "not handed out", "RFC 4291"),
        Block(ip_network("2000::/3"), "global unicast", "RFC 4291", Reach.PERMITTED),
        _none("3ffe::/16", "given back", "RFC 3701"),
        # What Azure answers its own machines, secrets among it, has an address of the public.
        _none("168.63.129.16/32", "metadata of a cloud", "Azure"),
    )
)


def watched(resolver: Resolver, allowed: Sequence[IPv4Network | IPv6Network]) -> Resolver:
    """Return a look-up that also refuses what no table of networks can tell.

    That is an address of IPv4 in the end of one of IPv6, and a public address of this machine, where something else than a
    site is asked for: from here no firewall stands in front of it.

    Args:
        resolver: like `socket.getaddrinfo`.
        allowed: networks in which all is fine.

    Returns:
        The same, which besides raises `BlockedAddressError`.
    """

    def look_up(host: Any, port: Any, *rest: Any) -> Any:
        found = resolver(host, port, *rest)
        for *_, address in found:
            ip = ip_address(str(address[0]))
            if any(ip in network for network in allowed):
                continue
            if isinstance(ip, IPv6Address) and (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP:
                raise BlockedAddressError(str(ip), "it stands for another address")
            if port not in OF_THE_WEB and is_own(ip):
                raise BlockedAddressError(str(ip), "it is this machine")
        return found

    return look_up


def is_own(ip: IPv4Address | IPv6Address) -> bool:
    """Return whether this machine has an address.

    Then it is the one that it would be spoken to from, or, where there are several in a network, one that can be listened at.
    A machine that is set to listen at addresses that it does not have yet (`ip_nonlocal_bind`) says that of all.
    """
    return _speaks_from(ip) or (_listens_at(ip) and not _listens_at(_NOBODYS[ip.version]))


def _speaks_from(ip: IPv4Address | IPv6Address) -> bool:
    with suppress(OSError), _socket(ip) as asking:
        # Nothing is sent by that.
        asking.connect((str(ip), 9))
        return ip_address(str(asking.getsockname()[0])) == ip
    return False


def _listens_at(ip: IPv4Address | IPv6Address) -> bool:
    with suppress(OSError), _socket(ip) as asking:
        asking.bind((str(ip), 0))
        return True
    return False


def _socket(ip: IPv4Address | IPv6Address) -> socket.socket:
    return socket.socket(socket.AF_INET if ip.version == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
