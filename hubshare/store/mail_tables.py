"""The tables of mail: where people have their notifications mailed to, and what was sent of late, which is bounded by it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from hubshare.store.models import Base, now

#: The longest address of mail (RFC 5321, 4.5.3.1.3, without its brackets).
ADDRESS = 254


class MailSetting(Base):
    """How a person wants to have notifications mailed.

    Attributes:
        id: what links in mails name it by.
        address: that was confirmed; "" for none yet.
        wanted: whether anything is mailed to it.
        silent: kinds of notifications that are not.
        asked_address: one that has still to be confirmed; "" for none.
        code: in the link that confirms it; "" where there is nothing to confirm.
        asked: since when.
        asks: whether that link has still to be sent.
        due: before this nothing is mailed to the person; None for at once.
        begun_until: a mail is on its way, and whoever sends it has time until then.
        letter: names the mail that is being sent: one that is sent again has the name that it had.
        failures: how often a mail could not be sent since one was.
        problem: why nothing is mailed any more, or the link was not; "" for nothing of that kind.
    """

    __tablename__ = "mail_settings"

    user: Mapped[str] = mapped_column(String(255), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    address: Mapped[str] = mapped_column(String(ADDRESS), default="")
    wanted: Mapped[bool] = mapped_column(default=False)
    silent: Mapped[list[str]] = mapped_column(JSON, default=list)
    asked_address: Mapped[str] = mapped_column(String(ADDRESS), default="")
    code: Mapped[str] = mapped_column(String(32), default="")
    asked: Mapped[datetime | None] = mapped_column()
    asks: Mapped[bool] = mapped_column(default=False)
    due: Mapped[datetime | None] = mapped_column(index=True)
    begun_until: Mapped[datetime | None] = mapped_column()
    letter: Mapped[str] = mapped_column(String(32), default="")
    failures: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(500), default="")


class SentMail(Base):
    """A mail that was begun within the last day.

    Attributes:
        address: where it went.
        asking: whether it asked to confirm the address.
    """

    __tablename__ = "sent_mails"
    __table_args__ = (Index("sent_mails_by_user", "user", "time"), Index("sent_mails_by_address", "address", "time"))

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    user: Mapped[str] = mapped_column(String(255))
    address: Mapped[str] = mapped_column(String(ADDRESS))
    asking: Mapped[bool] = mapped_column(default=False)
    time: Mapped[datetime] = mapped_column(default=now, index=True)
