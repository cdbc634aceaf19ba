"""The tables of what single-user servers use: the newest of each, and what it was before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hubshare.store.models import Base


class ServerUse(Base):
    """What a server said of itself last; see `hubshare.wire.api.usage.UsageReport`. Nothing is decided by it.

    Attributes:
        seen: when that was.
        active: when something was done there last, in whole seconds.
        cpu, cpu_limit: thousandths of a processor.
        kernels: as dictionaries with `name`, `busy` and `idle_seconds`.
    """

    __tablename__ = "server_uses"

    user: Mapped[str] = mapped_column(String(255), primary_key=True)
    server: Mapped[str] = mapped_column(String(255), primary_key=True)
    seen: Mapped[datetime] = mapped_column(index=True)
    active: Mapped[datetime] = mapped_column()
    memory: Mapped[int | None] = mapped_column(BigInteger)
    memory_limit: Mapped[int | None] = mapped_column(BigInteger)
    cpu: Mapped[int | None] = mapped_column()
    cpu_limit: Mapped[int | None] = mapped_column()
    processes: Mapped[int | None] = mapped_column()
    disk: Mapped[int | None] = mapped_column(BigInteger)
    disk_limit: Mapped[int | None] = mapped_column(BigInteger)
    documents: Mapped[int] = mapped_column()
    kernels: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class ServerSample(Base):
    """What a server used within a span of time.

    Attributes:
        span: its length in seconds.
        reports: how many came; `busy` of them while a kernel was at work.
        memory: the most of them, in bytes.
        cpu: their sum, in thousandths of a processor.
        disk: the last one, in bytes.
    """

    __tablename__ = "server_samples"
    __table_args__ = (Index("server_samples_by_time", "span", "start"),)

    user: Mapped[str] = mapped_column(String(255), primary_key=True)
    server: Mapped[str] = mapped_column(String(255), primary_key=True)
    span: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    reports: Mapped[int] = mapped_column()
    busy: Mapped[int] = mapped_column()
    memory: Mapped[int | None] = mapped_column(BigInteger)
    cpu: Mapped[int | None] = mapped_column(BigInteger)
    disk: Mapped[int | None] = mapped_column(BigInteger)
