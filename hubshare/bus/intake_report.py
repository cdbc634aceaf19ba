"""What the reader of the outboxes says of itself, so that whoever asks how the centre is learns of messages that wait."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

_KEY = "hubshare:intake:report"
#: A reader that has said nothing for so long stands still, in seconds.
_LASTS_SECONDS = 60


@dataclass(frozen=True)
class IntakeReport:
    """What one look at all outboxes has found.

    Attributes:
        process: the one that reads, as HOST:PID.
        waits_seconds: for how long the oldest message waits that no job has taken up; 0 for none.
        messages: how many messages were not answered yet.
        oldest_seconds: for how long the oldest of them was seen at least.
    """

    process: str
    waits_seconds: float = 0.0
    messages: int = 0
    oldest_seconds: float = 0.0


def write_report(client: Any, report: IntakeReport) -> None:
    """Say how it is; believed for a minute.

    Args:
        client: connection to Redis.
    """
    client.set(_KEY, json.dumps(asdict(report)), ex=_LASTS_SECONDS)


def read_report(client: Any) -> IntakeReport | None:
    """What the reader has said within the last minute; None when nobody reads.

    Args:
        client: connection to Redis.
    """
    found = client.get(_KEY)
    return IntakeReport(**json.loads(found)) if found else None
