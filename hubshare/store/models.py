"""The tables. What a project publishes is in git; the tables say whose it is, who may, and what is going on."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def now() -> datetime:
    """The current time in UTC, without a time zone: the form in which the database keeps times."""
    return datetime.now(UTC).replace(tzinfo=None)


class Base(DeclarativeBase):
    """The root of the tables."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON}


class Project(Base):
    """A shared folder."""

    __tablename__ = "projects"
    __table_args__ = (UniqueConstraint("owner", "name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(100))
    visibility: Mapped[str] = mapped_column(String(10), default="private")
    created: Mapped[datetime] = mapped_column(default=now)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"


class Grant(Base):
    """Gives a user a role on a project."""

    __tablename__ = "grants"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    user: Mapped[str] = mapped_column(String(255), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(10))
    created: Mapped[datetime] = mapped_column(default=now)


class Checkout(Base):
    """One folder on one single-user server that tracks a project."""

    __tablename__ = "checkouts"
    __table_args__ = (Index("checkouts_by_project", "project_id", "user"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    user: Mapped[str] = mapped_column(String(255))
    server: Mapped[str] = mapped_column(String(255), default="")
    folder: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(default=now)
    seen: Mapped[datetime] = mapped_column(default=now)
    commit: Mapped[str | None] = mapped_column(String(40))


class Version(Base):
    """One published version: an index over the first-parent history of the canonical repository."""

    __tablename__ = "versions"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    commit: Mapped[str] = mapped_column(String(40), index=True)
    snapshot: Mapped[str] = mapped_column(String(40), index=True)
    author: Mapped[str] = mapped_column(String(255))
    summary: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column()


class Conflict(Base):
    """One path of one checkout that changed on both sides; the checkout's version is kept in git under a ref."""

    __tablename__ = "conflicts"
    __table_args__ = (UniqueConstraint("checkout_id", "path"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    checkout_id: Mapped[str] = mapped_column(ForeignKey("checkouts.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(40))
    snapshot: Mapped[str] = mapped_column(String(40))
    opened: Mapped[datetime] = mapped_column(default=now)


class PushRecord(Base):
    """A push that was answered: what makes the same event arriving twice have the effect of once."""

    __tablename__ = "pushes"

    event: Mapped[str] = mapped_column(String(32), primary_key=True)
    checkout_id: Mapped[str] = mapped_column(ForeignKey("checkouts.id", ondelete="CASCADE"), index=True)
    outcome: Mapped[dict[str, Any]] = mapped_column()
    created: Mapped[datetime] = mapped_column(default=now)


class AgentSession(Base):
    """Redis credentials that an agent holds, until they expire."""

    __tablename__ = "agent_sessions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    user: Mapped[str] = mapped_column(String(255), index=True)
    server: Mapped[str] = mapped_column(String(255))
    expires: Mapped[datetime] = mapped_column(index=True)
