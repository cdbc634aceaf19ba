"""Looking up hosts within a time of its own: the system's look-up has none, and a slow name server would hold a worker up."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

import httpcore
from ssrfguard import Resolver

#: So long one may take, in seconds, and so many may be under way: one that is given up goes on until the system ends it.
_SECONDS, _AT_ONCE = 10.0, 64
_places = threading.BoundedSemaphore(_AT_ONCE)


def in_time(resolver: Resolver, seconds: float = _SECONDS) -> Resolver:
    """Return a look-up that is given up after a while.

    Args:
        resolver: like `socket.getaddrinfo`.
        seconds: for it, and before that for its turn where many are under way.

    Returns:
        The same, which besides raises `httpcore.ConnectTimeout`.
    """

    def look_up(*asked: Any) -> Any:
        found = Future[Any]()

        def run() -> None:
            try:
                found.set_result(resolver(*asked))
            except BaseException as error:
                found.set_exception(error)
            finally:
                _places.release()

        if not _places.acquire(timeout=seconds):
            raise httpcore.ConnectTimeout("too many hosts are looked up at this moment")
        threading.Thread(target=run, name="look-up", daemon=True).start()
        try:
            return found.result(seconds)
        except TimeoutError:
            raise httpcore.ConnectTimeout("the host could not be looked up in time") from None

    return look_up
