"""The tables of shared servers: who asks for access to whose, and what was given and has to be ended."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hubshare.store.models import Base, now


class ServerRequest(Base):
    """Somebody asks the owner of a project for access to the owner's server.

    Attributes:
        asker: who wants it.
        owner: who was asked; the request is good only while the project is theirs.
        ignored: whether the owner wants to hear nothing of the asker.
        declined: when the owner said no.
    """

    __tablename__ = "server_requests"
    __table_args__ = (UniqueConstraint("project_id", "asker"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    asker: Mapped[str] = mapped_column(String(255), index=True)
    owner: Mapped[str] = mapped_column(String(255), index=True)
    ignored: Mapped[bool] = mapped_column(default=False)
    declined: Mapped[datetime | None] = mapped_column()
    created: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime] = mapped_column()


class ServerShare(Base):
    """A share of a server at the Hub that was made through HubShare and that HubShare has to end: the Hub's own have no end.

    Attributes:
        project_id: for whose sake; the share ends with the user's access to it. It outlives the project, until it is ended.
        owner: whose server it is.
        user: who may use it.
        server: its name; "" for the default one.
        ended: when it was ended at the Hub.
        reason: why, in words that both are told.
    """

    __tablename__ = "server_shares"
    __table_args__ = (UniqueConstraint("owner", "server", "user"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str] = mapped_column(String(32))
    owner: Mapped[str] = mapped_column(String(255))
    user: Mapped[str] = mapped_column(String(255), index=True)
    server: Mapped[str] = mapped_column(String(255))
    created: Mapped[datetime] = mapped_column(default=now)
    expires: Mapped[datetime] = mapped_column()
    ended: Mapped[datetime | None] = mapped_column()
    reason: Mapped[str] = mapped_column(String(500), default="")
