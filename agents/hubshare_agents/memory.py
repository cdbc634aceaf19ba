"""Gives memory back: an agent that has just moved ten thousand files is to be as small as before."""

from __future__ import annotations

import asyncio
import ctypes
import gc

_libc = ctypes.CDLL(None)


#: A panel asks many small things one after the other, and each collection costs more than most of them.
_SOON_SECONDS = 2.0


class Releases:
    """Gives memory back after commands, once for all that end within a moment."""

    def __init__(self) -> None:
        self._due: asyncio.TimerHandle | None = None

    def soon(self) -> None:
        """Give it back in a moment. Called in the event loop."""
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(_SOON_SECONDS, self._now)

    def _now(self) -> None:
        self._due = None
        release()


def release() -> None:
    """Collect garbage and hand free pages back to the system, where the C library can (glibc's malloc_trim)."""
    gc.collect()
    trim = getattr(_libc, "malloc_trim", None)
    if trim is not None:
        trim(0)
