"""What the Hub keeps for a person for good, in bytes: sides of conflicts that were not published, and what the audit log says.

Neither is ever deleted to make room, so each has a bound; what is over it is refused, and nothing that is there goes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text, cast, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from hubshare.config import MIB, CentreSettings
from hubshare.errors import OverQuota, TooMany
from hubshare.store.models import AuditEntry, Base

#: What an entry takes beside its texts, with its places in the indexes; about.
_ENTRY_BYTES = 150
#: An entry that is younger than this may still be followed by one with a smaller id, whose transaction took longer.
_SETTLED = timedelta(minutes=5)


class KeptBytes(Base):
    """What somebody's pushes brought to a project without being published.

    Attributes:
        user: who pushed it.
    """

    __tablename__ = "kept_bytes"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    user: Mapped[str] = mapped_column(String(255), primary_key=True, index=True)
    bytes: Mapped[int] = mapped_column(BigInteger)


class AuditBytes(Base):
    """How much the audit log holds of what somebody did.

    Attributes:
        user: "" for all who were not signed in.
        counted: id of the newest entry of the user that was counted.
    """

    __tablename__ = "audit_bytes"

    user: Mapped[str] = mapped_column(String(255), primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    counted: Mapped[int] = mapped_column(BigInteger)


def kept_of(session: Session, user: str) -> int:
    """How many bytes of a person's pushes are kept without being published."""
    return int(session.scalar(select(func.sum(KeptBytes.bytes)).where(KeptBytes.user == user)) or 0)


def audit_of(session: Session, user: str) -> int:
    """How many bytes of the audit log tell what a person did, as counted last."""
    return session.scalar(select(AuditBytes.bytes).where(AuditBytes.user == user)) or 0


def holding_most(session: Session, most: int) -> list[str]:
    """The people of whom most is held, either way; at most so many."""
    found = dict[str, int]()
    size = func.sum(KeptBytes.bytes)
    kept = select(KeptBytes.user, size).group_by(KeptBytes.user).order_by(size.desc()).limit(most)
    said = select(AuditBytes.user, AuditBytes.bytes).where(AuditBytes.user != "").order_by(AuditBytes.bytes.desc())
    for user, held in [*session.execute(kept), *session.execute(said.limit(most))]:
        found[user] = found.get(user, 0) + int(held)
    return sorted(found, key=lambda user: -found[user])[:most]


def keeping(session: Session, least: int) -> list[tuple[str, int]]:
    """Those of whose pushes so many bytes or more are kept without being published, each with how many."""
    total = func.sum(KeptBytes.bytes)
    found = session.execute(select(KeptBytes.user, total).group_by(KeptBytes.user).having(total >= least))
    return [(user, int(used)) for user, used in found]


def logged(session: Session, least: int) -> list[tuple[str, int]]:
    """Those of whom the audit log holds so many bytes or more, each with how many."""
    found = session.execute(select(AuditBytes.user, AuditBytes.bytes).where(AuditBytes.bytes >= least))
    return [(user, used) for user, used in found]


def check_kept(session: Session, limits: CentreSettings, user: str, project: str, more: int) -> None:
    """Whether so many more bytes of a person's pushes may be kept without being published.

    Args:
        project: its address, for the words.

    Raises:
        OverQuota: when not.
    """
    most = limits.max_kept_bytes
    if most and (used := kept_of(session, user)) + more > most:
        raise OverQuota(
            f"This push to {project} is in conflict, and {used / MIB:,.1f} MiB of yours are kept from conflicts already; "
            f"with it there would be more than {most / MIB:,.1f} MiB. Nothing is lost: your files stay here. Pull, settle the "
            "conflicts and push again, or ask an admin of the Hub."
        )


def add_kept(session: Session, project: str, user: str, more: int) -> None:
    """Count what is kept of a person's push."""
    row = session.get(KeptBytes, (project, user), with_for_update=True)
    if row is None:
        session.add(KeptBytes(project_id=project, user=user, bytes=more))
    else:
        row.bytes += more


def rename_held(session: Session, old: str, new: str) -> None:
    """Have what is held of a user be held of another name, which may have something already."""
    for row in session.scalars(select(KeptBytes).where(KeptBytes.user == old)):
        add_kept(session, row.project_id, new, row.bytes)
        session.delete(row)


def count_audit(session: Session, at: datetime) -> None:
    """Count the entries of the audit log that have come since it was done last.

    Args:
        at: the time now.
    """
    place = session.scalar(select(func.max(AuditBytes.counted))) or 0
    fresh = (AuditEntry.id > place) & (AuditEntry.time < at - _SETTLED)
    for user, size, newest in session.execute(_sizes(fresh)):
        row = session.get(AuditBytes, user)
        if row is None:
            session.add(AuditBytes(user=user, bytes=int(size), counted=newest))
        else:
            row.bytes, row.counted = row.bytes + int(size), newest


def forget_audit(session: Session, before: datetime) -> None:
    """Let older entries of the audit log go, and count them no more."""
    place = session.scalar(select(func.max(AuditBytes.counted))) or 0
    for user, size, _ in session.execute(_sizes((AuditEntry.time < before) & (AuditEntry.id <= place))):
        if (row := session.get(AuditBytes, user)) is not None:
            row.bytes = max(0, row.bytes - int(size))
    session.execute(delete(AuditEntry).where(AuditEntry.time < before))


def with_full_logs(session: Session, most: int) -> list[str]:
    """The people of whom the audit log holds more than so many bytes; none where that is 0."""
    over = select(AuditBytes.user).where(AuditBytes.bytes > most, AuditBytes.user != "")
    return list(session.scalars(over)) if most else []


def log_full(limits: CentreSettings) -> TooMany:
    """What somebody is told of whom the audit log holds too much: nothing may be done that it does not tell."""
    return TooMany(
        f"The Hub's log holds {limits.max_audit_bytes / MIB:,.1f} MiB of what you did, which is the limit here, and takes no "
        "more: nothing is lost, but you change nothing until an admin of the Hub raises the limit (HUBSHARE_MAX_AUDIT_BYTES)."
    )


def _sizes(which: ColumnElement[bool]) -> Any:
    texts = (cast(AuditEntry.details, Text), AuditEntry.name, AuditEntry.token, AuditEntry.action, AuditEntry.user)
    size = sum((func.length(text) for text in texts), start=func.length("")) + _ENTRY_BYTES
    return select(AuditEntry.user, func.sum(size), func.max(AuditEntry.id)).where(which).group_by(AuditEntry.user)
