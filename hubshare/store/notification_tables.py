"""The table of notifications: what a person is told of, one row for each person and thing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from hubshare.store.models import Base, now
from hubshare.vocabulary import NotificationKind

_UNMAILED = "read IS NULL AND done IS NULL AND mailed IS NULL"
_UNPOSTED = "read IS NULL AND done IS NULL AND posted IS NULL"
#: Where a session keeps the names of those who are told of something in its transaction.
TOLD = "told"


class Notification(Base):
    """Something that a person is told of. The same thing again makes no new row: it counts, and is unread again.

    Attributes:
        number: names it; the place in lists is `time` and this.
        kind: see `hubshare.vocabulary.NotificationKind`.
        thing: what it is about, among those of its kind: an id, mostly.
        project_id, team_id: what the person has to be allowed to see to be told; None for nothing.
        giver: the person by whose act it came; "" for nobody's.
        count: how often it has happened.
        details: plain values that its words are made of.
        created, time: when the person was told of it first and last.
        read: since when the person has read it.
        done: since when it is settled, whoever settled it.
        mailed: since when it is mailed as it is, or was found not to be wanted by mail.
        posted: since when it is handed to the person's webhooks as it is, or was found not to be wanted by any.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("user", "kind", "thing"),
        Index("notifications_by_user", "user", "time", "number"),
        Index("notifications_by_thing", "kind", "thing"),
        Index(
            "notifications_unmailed", "user", "created", sqlite_where=text(_UNMAILED), postgresql_where=text(_UNMAILED)
        ),
        Index("notifications_unposted", "user", sqlite_where=text(_UNPOSTED), postgresql_where=text(_UNPOSTED)),
    )

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    user: Mapped[str] = mapped_column(String(255))
    kind: Mapped[NotificationKind] = mapped_column(String(20))
    thing: Mapped[str] = mapped_column(String(100))
    project_id: Mapped[str | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    team_id: Mapped[str | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    giver: Mapped[str] = mapped_column(String(255), default="")
    count: Mapped[int] = mapped_column(default=1)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created: Mapped[datetime] = mapped_column(default=now)
    time: Mapped[datetime] = mapped_column(default=now, index=True)
    read: Mapped[datetime | None] = mapped_column()
    done: Mapped[datetime | None] = mapped_column()
    mailed: Mapped[datetime | None] = mapped_column()
    posted: Mapped[datetime | None] = mapped_column()
