"""The table of mirrors; not in the feature's folder, since whoever renames or removes users has to know it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from hubshare.store.models import Base, now


class Mirror(Base):
    """A repository on the internet that a project's history is pushed to.

    What it has yet to be given follows from the project itself: no queue can lose it.

    Attributes:
        owner: who set it up or changed it last. It is pushed to while this person is an admin of the project.
        branch: that the versions go to.
        push_on: `version`, `release` or `manual`.
        credential: sealed; "" for none.
        disabled: since when it was given up, and `reason` why.
        asked: whether somebody wants a push now.
        overwrites: a commit there that somebody has seen and gives up; "" for none.
        state: `waiting`, `running`, `done`, `refused` or `unreachable`.
        message: why it was not taken, and what to do next.
        said: what the other host said last.
        in_the_way: what its branch leads to that is not of the project's history; "" for nothing.
        version, commit: that it was given last; -1 and "" for none.
        releases, released: how many releases there were then, and when the newest was made.
        pushed: when it was given something last.
        failures: since it took something, and `failing_since` the first of these.
        due: it is left alone until then.
        run: names the push that is under way, or was last; a worker that finds another one stops.
        begun_until: while a push is under way, when it is taken for dead.
        log: time and line of the last things that were done.
    """

    __tablename__ = "mirrors"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), index=True)
    owner: Mapped[str] = mapped_column(String(255), index=True)
    url: Mapped[str] = mapped_column(Text)
    branch: Mapped[str] = mapped_column(String(255))
    push_on: Mapped[str] = mapped_column(String(10))
    credential: Mapped[str] = mapped_column(Text, default="")
    paused: Mapped[bool] = mapped_column(default=False)
    disabled: Mapped[datetime | None] = mapped_column()
    reason: Mapped[str] = mapped_column(Text, default="")
    asked: Mapped[bool] = mapped_column(default=False)
    overwrites: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    message: Mapped[str] = mapped_column(Text, default="")
    said: Mapped[str] = mapped_column(Text, default="")
    in_the_way: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[int] = mapped_column(default=-1)
    commit: Mapped[str] = mapped_column(String(40), default="")
    releases: Mapped[int] = mapped_column(default=0)
    released: Mapped[datetime | None] = mapped_column()
    pushed: Mapped[datetime | None] = mapped_column()
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None] = mapped_column()
    due: Mapped[datetime | None] = mapped_column()
    run: Mapped[str] = mapped_column(String(32), default="")
    begun_until: Mapped[datetime | None] = mapped_column()
    log: Mapped[list[Any]] = mapped_column(JSON, default=list)
    created: Mapped[datetime] = mapped_column(default=now)
