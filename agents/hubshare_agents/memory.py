"""Gives memory back: an agent that has just moved ten thousand files is to be as small as before."""

from __future__ import annotations

import asyncio
import ctypes
import gc

_libc = ctypes.CDLL(None)


#: A panel asks many small things one after the other, and each collection costs more than most of them.
_SOON_SECONDS = 2.0
#: Of many checkouts one is always looked at in full: so much longer than a collection takes there is none.
_REST = 200


class Releases:
    """Gives memory back after commands and looks at whole folders: once for all within a moment, seldom where it is dear."""

    def __init__(self) -> None:
        self._due: asyncio.TimerHandle | None = None
        self._rests_until = 0.0

    def soon(self) -> None:
        """Give it back in a moment. Called in the event loop."""
        if self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_at(max(loop.time() + _SOON_SECONDS, self._rests_until), self._now)

    def _now(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        release()
        ended = loop.time()
        self._due, self._rests_until = None, ended + _REST * (ended - began)


def release() -> None:
    """Collect garbage and hand free pages back to the system, where the C library can (glibc's malloc_trim)."""
    gc.collect()
    trim = getattr(_libc, "malloc_trim", None)
    if trim is not None:
        trim(0)
