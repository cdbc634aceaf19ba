"""What was done through HubShare with each token of the Hub: counts, and when and from where it was used last."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from hubshare.store.models import Base


class TokenUse(Base):
    """How often a token was used for one kind of thing on one day.

    Attributes:
        user: whose token.
        token: name of the token here, see `hubshare.operations.caller.Person`; "" for what is not told apart any more.
        kind: `read`, `write`, `push`, `manage`, `git fetch` or `git push`.
        project: owner/name as it was asked for; "" for none.
    """

    __tablename__ = "token_uses"

    user: Mapped[str] = mapped_column(String(255), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    project: Mapped[str] = mapped_column(String(400), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index("ix_token_uses_day", "day"),)


class TokenSeen(Base):
    """A token that was used.

    Attributes:
        note: of the token, as the Hub has it.
        first, last: when it was used.
        expires: when it ends; None where its person is not to be told of that, or it is gone.
        addresses: the last ones that it was used from, each with when that was; personal data, for its owner and admins alone.
    """

    __tablename__ = "token_seen"

    user: Mapped[str] = mapped_column(String(255), primary_key=True)
    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    note: Mapped[str] = mapped_column(String(255), default="")
    first: Mapped[datetime]
    last: Mapped[datetime]
    expires: Mapped[datetime | None] = mapped_column(index=True)
    addresses: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    __table_args__ = (Index("ix_token_seen_last", "last", "user", "token"),)
