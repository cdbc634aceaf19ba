"""The tables of what admins ask for about jobs: acts on many at once, how far these have come, and searches with a name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hubshare.store.models import Base, now


class JobAct(Base):
    """One act on many jobs. It goes from the newest of them to the oldest, in steps, each of which is written down before it is
    taken and counted afterwards: so whoever dies in between, each job is counted once.

    Attributes:
        verb: `retry`, `cancel` or `delete`.
        wanted: which jobs, as it was shown: the fields of a search, by name.
        meant: the same as the tables have it, the fields of `hubshare.store.job_list.JobFilter`.
        count: how many jobs it is about at most: as many as were shown.
        below: jobs with smaller numbers are still to be looked at.
        step: ids of the jobs whose turn it is; empty between two steps.
        done, impossible: how many jobs so far.
        reasons: how many were impossible for which reason.
        state: `running`, `done`, `cancelled` or `failed`.
        error: why it has failed, or who has cancelled it.
        user, door, token: who asked for it, as the audit log says.
    """

    __tablename__ = "job_acts"
    __table_args__ = (Index("job_acts_by_state", "state", "number"),)

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    id: Mapped[str] = mapped_column(String(32), unique=True)
    verb: Mapped[str] = mapped_column(String(10))
    wanted: Mapped[dict[str, Any]] = mapped_column(JSON)
    meant: Mapped[dict[str, Any]] = mapped_column(JSON)
    count: Mapped[int] = mapped_column()
    below: Mapped[int] = mapped_column(BigInteger)
    step: Mapped[list[Any]] = mapped_column(JSON)
    done: Mapped[int] = mapped_column(default=0)
    impossible: Mapped[int] = mapped_column(default=0)
    reasons: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default="running")
    error: Mapped[str] = mapped_column(String(500), default="")
    user: Mapped[str] = mapped_column(String(255))
    door: Mapped[str] = mapped_column(String(20))
    token: Mapped[str] = mapped_column(String(255))
    begun: Mapped[datetime] = mapped_column(default=now)
    ended: Mapped[datetime | None] = mapped_column()


class SavedSearch(Base):
    """A search for jobs that an admin has given a name.

    Attributes:
        name: one of each for a user.
        wanted: the fields of the search, by name.
        shared: whether all admins see it.
    """

    __tablename__ = "saved_searches"
    __table_args__ = (UniqueConstraint("user", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(100))
    wanted: Mapped[dict[str, Any]] = mapped_column(JSON)
    shared: Mapped[bool] = mapped_column(index=True)
