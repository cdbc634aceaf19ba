"""What was done with tokens, added up by day: written in batches, bounded for each person, forgotten after 90 days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypeVar

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from hubshare.store.notifications import settle_for
from hubshare.store.token_tables import TokenSeen, TokenUse

KEPT = timedelta(days=90)
#: Rows of one person and day, beyond which tokens and projects are not told apart any more.
EACH_DAY = 200
ADDRESSES = 5
_PIECE = 200

Key = TypeVar("Key")


class UseKey(NamedTuple):
    """What is counted together; see `TokenUse`."""

    user: str
    day: date
    token: str
    kind: str
    project: str

    @property
    def folded(self) -> UseKey:
        """Where it is counted when there are too many to be told apart."""
        return self._replace(token="", project="")


class Seen(NamedTuple):
    """When and from where a token was used; see `TokenSeen`."""

    note: str
    first: datetime
    last: datetime
    addresses: Mapping[str, datetime]
    expires: datetime | None = None


def add_uses(session: Session, uses: Mapping[UseKey, int], seen: Mapping[tuple[str, str], Seen]) -> None:
    """Add what was done, by the only transaction at a time that does so."""
    known, room, more = _rows(session, uses), _room(session, uses), Counter[UseKey]()
    told_apart = set[tuple[str, str]]()
    for key, count in uses.items():
        row = known.get(key)
        if row is not None:
            row.count += count
        elif room[key.user, key.day] > 0:
            room[key.user, key.day] -= 1
            session.add(TokenUse(**key._asdict(), count=count))
        else:
            more[key.folded] += count
            continue
        told_apart.add((key.user, key.token))
    session.flush()
    folded = _rows(session, more)
    for key, count in more.items():
        if key in folded:
            folded[key].count += count
        else:
            session.add(TokenUse(**key._asdict(), count=count))
    _add_seen(session, seen, told_apart)


def _add_seen(session: Session, seen: Mapping[tuple[str, str], Seen], told_apart: set[tuple[str, str]]) -> None:
    """Write down when tokens were used, unless that is of one that is not told apart and was not known before."""
    name = tuple_(TokenSeen.user, TokenSeen.token)
    found = [row for piece in _pieces(seen) for row in session.scalars(select(TokenSeen).where(name.in_(piece)))]
    known = {(row.user, row.token): row for row in found}
    for whose, one in seen.items():
        row = known.get(whose)
        if row is None:
            if whose not in told_apart:
                continue
            row = TokenSeen(user=whose[0], token=whose[1], first=one.first, last=one.last, addresses={})
            session.add(row)
        row.note, row.first, row.last = one.note[:255], min(row.first, one.first), max(row.last, one.last)
        row.expires = one.expires or row.expires
        times = dict(row.addresses) | {address: time.isoformat() for address, time in one.addresses.items()}
        row.addresses = dict(sorted(times.items(), key=lambda pair: pair[1], reverse=True)[:ADDRESSES])


def _rows(session: Session, keys: Iterable[UseKey]) -> dict[UseKey, TokenUse]:
    name = tuple_(TokenUse.user, TokenUse.day, TokenUse.token, TokenUse.kind, TokenUse.project)
    pieces = _pieces([tuple(key) for key in keys])
    found = [row for piece in pieces for row in session.scalars(select(TokenUse).where(name.in_(piece)))]
    return {UseKey(row.user, row.day, row.token, row.kind, row.project): row for row in found}


def _room(session: Session, uses: Iterable[UseKey]) -> dict[tuple[str, date], int]:
    """How many more rows each person may have on each day."""
    wanted = {(key.user, key.day): EACH_DAY for key in uses}
    name = tuple_(TokenUse.user, TokenUse.day)
    for piece in _pieces(wanted):
        query = select(TokenUse.user, TokenUse.day, func.count()).where(name.in_(piece))
        for user, day, count in session.execute(query.group_by(TokenUse.user, TokenUse.day)):
            wanted[user, day] = EACH_DAY - count
    return wanted


def _pieces(keys: Iterable[Key]) -> Iterable[list[Key]]:
    every = list(keys)
    return (every[at : at + _PIECE] for at in range(0, len(every), _PIECE))


def uses_of(session: Session, user: str) -> dict[str, dict[str, int]]:
    """How often each of a person's tokens was used, by kind."""
    found: dict[str, dict[str, int]] = {}
    query = select(TokenUse.token, TokenUse.kind, func.sum(TokenUse.count)).where(TokenUse.user == user)
    for token, kind, count in session.execute(query.group_by(TokenUse.token, TokenUse.kind)):
        found.setdefault(token, {})[kind] = int(count)
    return found


def uses_by_day(session: Session, user: str, token: str) -> list[tuple[date, int]]:
    """How often a token was used on each day, the newest first."""
    query = select(TokenUse.day, func.sum(TokenUse.count)).where(TokenUse.user == user, TokenUse.token == token)
    return [
        (day, int(count)) for day, count in session.execute(query.group_by(TokenUse.day).order_by(TokenUse.day.desc()))
    ]


def uses_by_project(session: Session, user: str, token: str, most: int) -> list[tuple[str, str, int]]:
    """For which projects a token was used, of which kind and how often, the most used first."""
    number = func.sum(TokenUse.count)
    query = select(TokenUse.project, TokenUse.kind, number).where(TokenUse.user == user, TokenUse.token == token)
    query = query.group_by(TokenUse.project, TokenUse.kind).order_by(number.desc(), TokenUse.project, TokenUse.kind)
    return [(project, kind, int(count)) for project, kind, count in session.execute(query.limit(most))]


def seen_of(session: Session, user: str, most: int) -> list[TokenSeen]:
    """A person's tokens that were used, the last used first."""
    return list(
        session.scalars(select(TokenSeen).where(TokenSeen.user == user).order_by(TokenSeen.last.desc()).limit(most))
    )


def seen_of_all(session: Session, user: str, before: tuple[datetime, str, str] | None, most: int) -> list[TokenSeen]:
    """Everybody's tokens that were used, the last used first.

    Args:
        user: only theirs; "" for everybody's.
        before: only those behind this place of the list: when it was used last, whose it is, and its name.
    """
    place = tuple_(TokenSeen.last, TokenSeen.user, TokenSeen.token)
    query = select(TokenSeen).order_by(TokenSeen.last.desc(), TokenSeen.user.desc(), TokenSeen.token.desc()).limit(most)
    if user:
        query = query.where(TokenSeen.user == user)
    if before is not None:
        query = query.where(place < tuple_(*before))
    return list(session.scalars(query))


def forget_ends(session: Session, user: str, tokens: Collection[str]) -> None:
    """Tell nobody any more that some tokens of a person end: they are gone."""
    for some in _pieces(tokens):
        mine = TokenSeen.user == user, TokenSeen.token.in_(some)
        session.execute(update(TokenSeen).where(*mine).values(expires=None))
        for token in some:
            settle_for(session, "token", token, [user])


def forget_uses(session: Session, at: datetime) -> None:
    """Let go what is older than it is kept."""
    session.execute(delete(TokenUse).where(TokenUse.day < (at - KEPT).date()))
    session.execute(delete(TokenSeen).where(TokenSeen.last < at - KEPT))


def forget_uses_of(session: Session, user: str) -> None:
    """Let go all that is known of a person's tokens, which end with the person."""
    for table in (TokenUse, TokenSeen):
        session.execute(delete(table).where(table.user == user))
