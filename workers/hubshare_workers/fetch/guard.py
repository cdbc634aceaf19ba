"""What may be reached on the internet. A host is looked up once, and the connection goes to the address that was checked.

All that is not on the public internet (`addresses.py`) is refused, after a redirect as well.
"""

from __future__ import annotations

import errno
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

import httpcore
import httpx
from ssrfguard import (
    Policy,
    Resolver,
    SSRFGuardError,
    TooManyRedirectsError,
    resolve,
)
from ssrfguard.errors import BlockedAddressError
from ssrfguard.httpx import Client, SafeBackend, SafeTransport

from hubshare.config import CentreSettings
from hubshare.errors import Invalid, Unavailable
from hubshare.names import quoted
from hubshare.tls import tls_fault
from hubshare_workers.fetch.addresses import OF_THE_WEB, TABLE, watched
from hubshare_workers.fetch.budget import SLOWEST, Budget
from hubshare_workers.fetch.lookups import in_time

#: The ports of the web, and all that anybody may open: those below are other services'.
_PORTS = frozenset({*OF_THE_WEB, *range(1024, 65536)})
_REDIRECTS, _CONNECT_SECONDS, _CONNECTIONS = 8, 10.0, 4
#: How often it is looked whether a fetch is still wanted, in seconds.
_LOOK_SECONDS = 0.5


class Pinned(NamedTuple):
    """An address on the web whose host was looked up and checked.

    Attributes:
        url: with the host as it was looked up.
        host, port: of it.
        addresses: that may be connected to, as they are written in an address.
        own: whether they lie in networks that the Hub allows although they are private.
    """

    url: str
    host: str
    port: int
    addresses: tuple[str, ...]
    own: bool


class Guard:
    """What this Hub fetches from.

    Args:
        resolver: looks up hosts, like `socket.getaddrinfo`; that if not given.
    """

    def __init__(self, settings: CentreSettings, resolver: Resolver | None = None) -> None:
        self._networks, self._mirrors, self._resolver = (
            settings.fetch_allowed_networks,
            settings.fetch_mirrors,
            watched(in_time(resolver or socket.getaddrinfo), settings.fetch_allowed_networks),
        )
        self.policy = Policy(
            allowed_schemes=frozenset({"https", "http"} if settings.fetch_http else {"https"}),
            denied_networks=TABLE,
            allowed_networks=settings.fetch_allowed_networks,
            allowed_ports=_PORTS,
            max_redirects=_REDIRECTS,
        )

    def mirrored(self, url: str) -> str:
        """Where what lies at an address is fetched from: a mirror, where this Hub has one."""
        for site, mirror in self._mirrors.items():
            if url == site or url.startswith(f"{site}/"):
                return mirror + url.removeprefix(site)
        return url

    def pin(self, url: str) -> Pinned:
        """Look up the host of an address, for a program that connects to it by itself.

        Raises:
            Invalid: when nothing is fetched from there.
            Unavailable: when the host is not known.
        """
        with in_words(url):
            target = self.policy.check_url(url)
            found = resolve(target, policy=self.policy, resolver=self._resolver)
        written = tuple(f"[{one.ip}]" if one.ip.version == 6 else str(one.ip) for one in found)
        host = f"[{target.host}]" if ":" in target.host else target.host
        made = urlsplit(url)._replace(scheme=target.scheme, netloc=f"{host}:{target.port}").geturl()
        own = all(any(one.ip in network for network in self._networks) for one in found)
        return Pinned(made, target.host, target.port, written[: self.policy.max_connection_attempts], own)

    def client(self, budget: Budget) -> httpx.Client:
        """Make a client that goes nowhere else, by no proxy, and takes no longer than a budget allows."""
        return Client(
            transport=_Transport(self.policy, self._resolver, budget),
            follow_redirects=True,
            timeout=httpx.Timeout(budget.idle, connect=_CONNECT_SECONDS),
            trust_env=False,
        )


def host_of(url: str) -> str:
    """How a host is called in a message: nothing else of an address is told, which may hold secrets."""
    try:
        return quoted(urlsplit(url).hostname or "", 100).strip("'\"") or "the source"
    except ValueError:
        return "the source"


@contextmanager
def in_words(url: str) -> Iterator[None]:
    """Say in words what goes wrong on the way to an address.

    Raises:
        Invalid: when nothing is fetched from there.
        Unavailable: when it is not to be had now.
    """
    host = host_of(url)
    try:
        yield
    except TooManyRedirectsError:
        raise Unavailable(f"{host} leads from one address to the next without an end.") from None
    except BlockedAddressError:
        raise Invalid(
            f"{host} leads to an address that is not on the public internet: nothing is fetched from or sent to it."
        ) from None
    except SSRFGuardError:
        raise Invalid(f"{host} leads to an address of a kind that nothing is fetched from or sent to.") from None
    except (httpx.TimeoutException, httpcore.TimeoutException):
        raise Unavailable(f"{host} does not answer, or too slowly: try again later.") from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Unavailable("The disk of this Hub is full: tell an admin of the Hub, and try again later.") from None
        raise Unavailable(f"{host} cannot be reached: is the address right?") from None
    except (httpx.ConnectError, httpcore.ConnectError) as error:
        raise Unavailable(f"{host} cannot be reached: {tls_fault(error) or 'is the address right?'}") from None
    except (httpx.TransportError, httpcore.ProtocolError):
        raise Unavailable(f"{host} broke off what it was sending: try again later.") from None
    except (httpx.InvalidURL, httpx.TooManyRedirects, UnicodeError, ValueError):
        raise Invalid(f"{host} leads to an address that is not written as addresses are.") from None


@cache
def _certificates() -> ssl.SSLContext:
    # To read all that are trusted takes as long as a small download.
    return httpx.create_ssl_context(trust_env=False)


class _Transport(SafeTransport):
    """A guarded transport whose connections keep to a budget."""

    def __init__(self, policy: Policy, resolver: Resolver | None, budget: Budget) -> None:
        context = _certificates()
        super().__init__(policy=policy, resolver=resolver, verify=context, trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=_CONNECTIONS,
            network_backend=_Backend(SafeBackend(policy=policy, resolver=resolver), budget),
        )


class _Backend(httpcore.NetworkBackend):
    """Connects by a guarded backend; what it gives keeps to a budget."""

    def __init__(self, inner: SafeBackend, budget: Budget) -> None:
        self._inner, self._budget = inner, budget

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self._budget.check()
        # It is for each of the addresses of a host.
        most = min(timeout or _CONNECT_SECONDS, self._budget.seconds / self._inner.policy.max_connection_attempts)
        return _Stream(self._inner.connect_tcp(host, port, most, local_address, socket_options), self._budget)


class _Stream(httpcore.NetworkStream):
    """A connection that is given up when it is too slow, when the time is over, or when nobody wants it any more.

    A time limit for each read alone is none: a server that sends a byte now and then would keep a worker for ever.
    """

    def __init__(self, inner: httpcore.NetworkStream, budget: Budget) -> None:
        self._inner, self._budget = inner, budget
        self._since, self._got = time.monotonic(), 0

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        began = time.monotonic()
        while True:
            self._budget.check()
            try:
                piece = self._inner.read(max_bytes, min(_LOOK_SECONDS, self._budget.idle))
            except httpcore.ReadTimeout:
                if time.monotonic() - began >= self._budget.idle:
                    raise
                continue
            self._got += len(piece)
            self._look_at_speed()
            return piece

    def _look_at_speed(self) -> None:
        waited = time.monotonic() - self._since
        if waited < self._budget.idle:
            return
        if self._got < SLOWEST * waited:
            raise httpcore.ReadTimeout("too slow")
        self._since, self._got = time.monotonic(), 0

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._budget.check()
        self._inner.write(buffer, self._budget.idle)
        # What was waited for before does not count: a connection may rest between two requests.
        self._since, self._got = time.monotonic(), 0

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        self._budget.check()
        most = min(_CONNECT_SECONDS, self._budget.seconds)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, most), self._budget)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)

    def close(self) -> None:
        self._inner.close()
