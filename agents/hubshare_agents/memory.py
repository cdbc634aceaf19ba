"""Gives memory back: an agent that has just moved ten thousand files is to be as small as before."""

from __future__ import annotations

import ctypes
import gc

_libc = ctypes.CDLL(None)


def release() -> None:
    """Collect garbage and hand free pages back to the system, where the C library can (glibc's malloc_trim)."""
    gc.collect()
    trim = getattr(_libc, "malloc_trim", None)
    if trim is not None:
        trim(0)
