"""What admins have set for the workers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
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
