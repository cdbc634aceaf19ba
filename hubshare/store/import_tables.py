"""The table of imports: how each project that comes from the internet is fetched, and how far that is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hubshare.store.models import Base


class Import(Base):
    """How a project is fetched from its source. What was fetched, and taken of it, is in `hubshare.store.models.Origin`.

    Attributes:
        source: the link, as the person gave it; sealed where it may hold a secret.
        user: in whose name it is fetched; it is when that person may push to the project, and else it is not.
        follow: `manual`, `hourly` or `daily`.
        credential: sealed; "" for none.
        giver: who gave it: it is used as long as that person may push to the project.
        opens, target, urlpath: of the link, as `hubshare.features.imports.sources.Link` has them.
        state: `queued`, `running`, `done`, `failed` or `cancelled`.
        run: names the fetch that is under way, or was last; a worker that finds another one stops.
        take: whether that fetch takes what is new into the project.
        stage, done, total: how far it is.
        message: why it failed, or what a person has to decide.
        fetched: the version that was fetched last, as its provider names it: id, label and address.
        left_out: what the project cannot hold.
        log: time and line of the last things that were done.
        due: when to look the next time; None for when somebody asks. While a fetch is under way: when it is put on the queue
            again, unless it has given a sign of life by then.
    """

    __tablename__ = "imports"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    user: Mapped[str] = mapped_column(String(255), index=True)
    follow: Mapped[str] = mapped_column(String(10), default="manual")
    credential: Mapped[str] = mapped_column(Text, default="")
    giver: Mapped[str] = mapped_column(String(255), default="", index=True)
    opens: Mapped[str] = mapped_column(Text, default="")
    target: Mapped[str] = mapped_column(Text, default="")
    urlpath: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10), default="queued")
    run: Mapped[str] = mapped_column(String(32))
    take: Mapped[bool] = mapped_column(default=True)
    stage: Mapped[str] = mapped_column(Text, default="")
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    message: Mapped[str] = mapped_column(Text, default="")
    fetched: Mapped[list[Any]] = mapped_column(JSON, default=list)
    left_out: Mapped[list[Any]] = mapped_column(JSON, default=list)
    log: Mapped[list[Any]] = mapped_column(JSON, default=list)
    due: Mapped[datetime | None] = mapped_column(index=True)
    started: Mapped[datetime | None] = mapped_column()
    ended: Mapped[datetime | None] = mapped_column()
