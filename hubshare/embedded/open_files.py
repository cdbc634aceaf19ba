"""How many files a process may have open: as many as the machine lets it, not what shells are given."""

from __future__ import annotations

import contextlib
import resource


def allow_many_files() -> None:
    """Raise the limit of open files of this process, and of those that it starts, to what is allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
