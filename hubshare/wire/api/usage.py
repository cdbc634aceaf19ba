"""What single-user servers use, and whether they are at work."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from hubshare.wire.api.base import ServerName, Time, _In

#: So many kernels of a server are named; the rest is counted as what it uses.
KERNELS_MOST = 50

_Bytes = Annotated[int, Field(ge=0, le=2**60)]
_Processors = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
#: Ten years at most.
_Seconds = Annotated[float, Field(ge=0, le=315_360_000, allow_inf_nan=False)]
_Name = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]


class KernelUsage(_In):
    """A kernel of a server."""

    name: _Name = Field(description="Of what it runs, for example `python3`.")
    busy: bool = Field(description="Whether it computes.")
    idle_seconds: _Seconds = Field(description="For how long it has done nothing.")


class UsageReport(_In):
    """What a server says of itself. What it does not know is null, and so is a limit that is not there."""

    server: ServerName = Field("", description="Its name; empty for the default one.")
    idle_seconds: _Seconds = Field(
        description="For how long nothing was done there: no kernel at work, no edit, no push. An open page is no work."
    )
    memory_bytes: _Bytes | None = Field(None, description="The working set: what cannot be given back at once.")
    memory_limit_bytes: _Bytes | None = None
    cpu: _Processors | None = Field(None, description="How many processors were at work since the report before.")
    cpu_limit: _Processors | None = None
    processes: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = Field(None, description="With their threads.")
    disk_bytes: _Bytes | None = Field(None, description="What is taken where the home lies.")
    disk_limit_bytes: _Bytes | None = Field(None, description="How large that is.")
    documents: Annotated[int, Field(ge=0, le=100_000)] = Field(
        0, description="Documents that more than one person has open together."
    )
    kernels: list[KernelUsage] = Field([], max_length=KERNELS_MOST)


class UsageNoted(BaseModel):
    """A report has arrived."""

    seconds: float = Field(description="The next one is due after so long.")


class ServerUsage(BaseModel):
    """What a server used when it was seen last."""

    user: str
    server: str = Field(description="Its name; empty for the default one.")
    seen: Time
    active: Time = Field(description="When something was done there last.")
    idle_seconds: float = Field(description="For how long nothing had been done when it was seen.")
    memory_bytes: int | None
    memory_limit_bytes: int | None
    cpu: float | None = Field(description="Processors at work.")
    cpu_limit: float | None
    processes: int | None
    disk_bytes: int | None = Field(description="What is taken where the home lies.")
    disk_limit_bytes: int | None
    documents: int = Field(description="Documents that more than one person has open together.")
    kernels: list[KernelUsage]

    @property
    def busy(self) -> bool:
        """Whether a kernel computes."""
        return any(kernel.busy for kernel in self.kernels)


class UsageSample(BaseModel):
    """What a server used within some minutes, or an hour."""

    start: Time
    memory_bytes: int | None = Field(description="The most.")
    cpu: float | None = Field(description="Processors at work, on average.")
    disk_bytes: int | None
    busy: float = Field(description="In which part of the reports a kernel was at work, from 0 to 1.")


class UsageHistory(BaseModel):
    """What a server used: of two days by five minutes, of ninety by hours."""

    usage: ServerUsage
    recent: list[UsageSample] = Field(description="By five minutes, the oldest first.")
    hours: list[UsageSample] = Field(description="By hours, the oldest first.")
