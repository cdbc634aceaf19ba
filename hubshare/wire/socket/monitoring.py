"""What the server extension tells the agent of its server."""

from __future__ import annotations

from pydantic import Field

from hubshare.wire.api.usage import ServerUsage, UsageReport
from hubshare.wire.socket.base import Answer, Arguments, Command


class ReportUsage(Arguments):
    """Say what a server uses, and whether it is at work; the server extension does so by itself."""

    said: UsageReport


class UsageReported(Answer):
    """What the agent knows beside."""

    seconds: float = Field(description="The next report is due after so long.")
    pushed_seconds_ago: float | None = Field(
        description="When edits of this server were published last; null if none were since the agent began."
    )


class ReadUsage(Arguments):
    """Say what my servers use."""


class Usage(Answer):
    """What one's servers used when they were seen last."""

    servers: list[ServerUsage]


COMMANDS = {
    "report-usage": Command(ReportUsage, UsageReported),
    "usage": Command(ReadUsage, Usage, "person"),
}
