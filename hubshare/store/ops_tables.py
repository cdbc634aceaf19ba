"""What admins have set for the workers, and how much there was to do."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from hubshare.store.models import Base, now


class Pause(Base):
    """A queue or a kind of jobs of which no job is begun.

    Attributes:
        what: `queue:NAME` or `kind:NAME`.
        user: the admin who has paused it.
        reason: in that person's words.
    """

    __tablename__ = "pauses"

    what: Mapped[str] = mapped_column(String(100), primary_key=True)
    user: Mapped[str] = mapped_column(String(255))
    reason: Mapped[str] = mapped_column(String(500), default="")
    since: Mapped[datetime] = mapped_column(default=now)


class QueueDepth(Base):
    """How much lay in a queue within a span of time, as it was looked at once a minute.

    Attributes:
        span: `minute`, `hour` or `day`; `start` is when it began.
        samples: how often it was looked at.
        waiting, delayed: the most jobs that were not begun, and that were due later.
        oldest: seconds that the oldest of those had waited, at most.
        running, threads: sums over the samples: of its jobs that ran, and of all jobs that workers might have run.
    """

    __tablename__ = "queue_depths"

    span: Mapped[str] = mapped_column(String(6), primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    queue: Mapped[str] = mapped_column(String(64), primary_key=True)
    samples: Mapped[int] = mapped_column()
    waiting: Mapped[int] = mapped_column(BigInteger)
    delayed: Mapped[int] = mapped_column(BigInteger)
    oldest: Mapped[int] = mapped_column(BigInteger)
    running: Mapped[int] = mapped_column(BigInteger)
    threads: Mapped[int] = mapped_column(BigInteger)
