"""What passes from the service to the workers of what servers report."""

from __future__ import annotations

from typing import Any, NamedTuple

#: Servers of one user that are known at a time.
SERVERS_MOST = 20


class Reported(NamedTuple):
    """One report.

    Attributes:
        at: when it came (s, UTC).
        said: as `hubshare.wire.api.usage.UsageReport` has it.
    """

    user: str
    server: str
    at: float
    said: dict[str, Any]
