"""What was published and how it was answered: so that what comes twice takes effect once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Table, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from hubshare.store.models import Project, PublicationRecord, now

_TABLE: Table = PublicationRecord.__table__  # type: ignore[assignment]


class Record(NamedTuple):
    """An answer that was given; the columns of `PublicationRecord`."""

    id: str
    project_id: str
    user: str
    checkout_id: str
    answer: dict[str, Any]


_FIND = select(*(_TABLE.c[name] for name in Record._fields)).where(_TABLE.c.id.in_(bindparam("ids", expanding=True)))
_ADD = insert(_TABLE)


def read_records(session: Session, ids: Sequence[str]) -> dict[str, Record]:
    """The answers that were given to some publications; by id."""
    rows = session.connection().execute(_FIND, {"ids": ids})
    return {row.id: Record(*row) for row in rows}


def add_records(session: Session, records: Sequence[Record]) -> None:
    """Remember answers."""
    at = now()
    session.connection().execute(_ADD, [{**found._asdict(), "created": at} for found in records])


class Deletions(NamedTuple):
    """What an answer says of deletions; the same of `hubshare_workers.publish.publication.PublishOutcome`."""

    gone: int | None
    confirmed: bool | None
    asked: str | None


def deletions_of(session: Session, project: str, user: str, seconds: float = 86_400) -> list[Deletions]:
    """What a person was answered of deletions in a project lately, the oldest first.

    Args:
        seconds: how long ago at most.
    """
    answer, since = _TABLE.c.answer, now() - timedelta(seconds=seconds)
    # The rest of an answer may be long.
    wanted = (answer["gone"].as_integer(), answer["confirmed"].as_boolean(), answer["asked"].as_string())
    query = select(*wanted).where(_TABLE.c.project_id == project, _TABLE.c.user == user, _TABLE.c.created > since)
    return [Deletions(*row) for row in session.execute(query.order_by(_TABLE.c.created))]


def forget_records(session: Session, before: datetime) -> None:
    """Let the answers go that are older: nobody sends anything again after that."""
    session.execute(delete(_TABLE).where(_TABLE.c.created < before))


def held_pushes(session: Session, seconds: float, most: int = 200) -> list[tuple[str, str, float]]:
    """Pushes that wait for a confirmation since they delete many files: project, user, and since how many seconds.

    Only the newest answer of a checkout counts: what was pushed since has passed.

    Args:
        seconds: older ones are left out.
        most: so many publications are looked at, the newest ones.
    """
    at = now()
    rows = session.execute(
        select(PublicationRecord, Project.owner, Project.name)
        .join(Project, Project.id == PublicationRecord.project_id)
        .where(PublicationRecord.created > at - timedelta(seconds=seconds))
        .order_by(PublicationRecord.created.desc())
        .limit(most)
    )
    newest: dict[tuple[str, str, str], tuple[str, str, float] | None] = {}
    for row, owner, name in rows:
        held = (f"{owner}/{name}", row.user, (at - row.created).total_seconds()) if row.answer.get("asked") else None
        newest.setdefault((row.project_id, row.user, row.checkout_id), held)
    return [found for found in newest.values() if found is not None]
