"""What a server uses of memory, processor, processes and disk, as one moment's figures."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

#: From here on a limit of control groups means that there is none: version 1 spells it 2^63 less a page.
_NO_LIMIT = 2**62


@dataclass(frozen=True)
class Usage:
    """What a server uses. None stands for what nobody says, and for no limit.

    Attributes:
        memory: bytes that cannot be given back at once (the working set), by which a container is killed.
        memory_limit: bytes.
        cpu_seconds: of a processor, since some beginning.
        cpu_limit: processors.
        processes: processes and threads.
    """

    memory: int | None = None
    memory_limit: int | None = None
    cpu_seconds: float | None = None
    cpu_limit: float | None = None
    processes: int | None = None


def as_limit(text: str | None) -> int | None:
    """Return a limit as control groups spell it, or None where that means none."""
    try:
        value = int(text or "")
    except ValueError:
        # `max`, in version 2.
        return None
    return value if 0 < value < _NO_LIMIT else None


def with_limits_of(usage: Usage, environment: Mapping[str, str]) -> Usage:
    """Return the usage with the limits that the Hub has told the server, where it knows no others.

    Args:
        environment: with `MEM_LIMIT` (bytes) and `CPU_LIMIT` (processors).
    """
    cpu = usage.cpu_limit
    if cpu is None:
        with suppress(ValueError):
            cpu = float(environment.get("CPU_LIMIT", "")) or None
    memory = usage.memory_limit if usage.memory_limit is not None else as_limit(environment.get("MEM_LIMIT"))
    return replace(usage, memory_limit=memory, cpu_limit=cpu)


def cpu_rate(before: Usage, after: Usage, seconds: float) -> float | None:
    """Return how many processors were at work between two looks; None where nobody says."""
    if before.cpu_seconds is None or after.cpu_seconds is None or seconds <= 0:
        return None
    # A process that ends takes what it has used with it.
    return max(0.0, after.cpu_seconds - before.cpu_seconds) / seconds
