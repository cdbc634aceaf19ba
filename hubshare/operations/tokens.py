"""Tokens of the Hub: which somebody has, and what was done through HubShare with each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hubshare.centre import Centre
from hubshare.errors import Forbidden, Invalid, NotFound, Unavailable
from hubshare.names import check_user
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.operations.hub_tokens import HubTokenList, RevokingHub, TokenAtHub
from hubshare.store import token_uses
from hubshare.store.token_tables import TokenSeen
from hubshare.store.users import end_agents
from hubshare.wire.api.base import Page
from hubshare.wire.api.tokens import Token, TokenAddress, TokenDay, TokenDetails, TokenProject, Tokens, UsedToken

#: Tokens that were used, of one person, and projects of one token that are told.
_MOST_SEEN, _MOST_PROJECTS = 500, 100
#: By how much the clocks of the Hub's host and of this one may differ.
_CLOCKS = timedelta(minutes=1)


def list_own_tokens(caller: Caller, centre: Centre, hub: HubTokenList) -> Tokens:
    """The caller's own tokens."""
    return _tokens(centre, hub, caller.user)


def list_tokens_of(caller: Caller, centre: Centre, hub: HubTokenList, *, user: str) -> Tokens:
    """Somebody's tokens; for admins of the Hub."""
    _admin(caller)
    return _tokens(centre, hub, check_user(user))


def list_used_tokens(
    caller: Caller, centre: Centre, *, user: str = "", after: str | None = None, limit: int = 100
) -> Page[UsedToken]:
    """Everybody's tokens that were used here, the last used first; for admins of the Hub.

    Args:
        user: only theirs.
    """
    _admin(caller)
    with centre.database.read() as session:
        rows = token_uses.seen_of_all(session, user, _place(after), limit + 1)
    items = [UsedToken(**_seen(row), id=row.token) for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(items=items, next=encode_cursor(last.last.isoformat(), last.user, last.token) if last else None)


def read_own_token(caller: Caller, centre: Centre, hub: HubTokenList, *, token: str) -> TokenDetails:
    """One of the caller's own tokens, with what was done with it.

    Raises:
        NotFound: there is none of that id, or it is somebody else's.
    """
    return _details(centre, hub, caller.user, token)


def read_token_of(caller: Caller, centre: Centre, hub: HubTokenList, *, user: str, token: str) -> TokenDetails:
    """One of somebody's tokens, with what was done with it; for admins of the Hub.

    Raises:
        NotFound: the user has none of that id.
    """
    _admin(caller)
    return _details(centre, hub, check_user(user), token)


def revoke_own_token(caller: Caller, centre: Centre, hub: RevokingHub, *, token: str) -> None:
    """Revoke one of the caller's own tokens; what it was traded for ends as well.

    Raises:
        Forbidden, NotFound, Unavailable: see `RevokingHub.revoke`.
    """
    _revoke(caller, centre, hub, caller.user, token)


def revoke_token_of(caller: Caller, centre: Centre, hub: RevokingHub, *, user: str, token: str) -> None:
    """Revoke one of somebody's tokens; for admins of the Hub. See `revoke_own_token`."""
    _admin(caller)
    _revoke(caller, centre, hub, user, token)


def _revoke(caller: Caller, centre: Centre, hub: RevokingHub, user: str, token: str) -> None:
    hub.revoke(check_user(user), token)
    with centre.database.begin("sessions") as session:
        # Which of them came of this token is not known. Agents whose token is good still ask for new ones by themselves.
        for name in end_agents(session, user):
            centre.bus.close_session(user, name)
        caller.note(session, None, user=user, revoked=token[:100])


def _admin(caller: Caller) -> None:
    if not caller.hub_admin:
        raise Forbidden("Only admins of the Hub see everybody's tokens.")


def match_tokens(at_hub: Sequence[TokenAtHub], seen: Sequence[TokenSeen]) -> dict[str, TokenSeen]:
    """Return which of a person's tokens at the Hub are those that were used here, by the Hub's ids.

    The Hub gives the id of a token that is gone to a new one: so it is the one with that id that was first used last, and
    only if that was not before the token was made.
    """
    newest: dict[str, TokenSeen] = {}
    for row in seen:
        id_ = row.token.rpartition("-")[0]
        if id_ not in newest or row.first > newest[id_].first:
            newest[id_] = row
    return {
        token.id: newest[token.id]
        for token in at_hub
        if token.id in newest and (token.created is None or newest[token.id].first >= token.created - _CLOCKS)
    }


def _tokens(centre: Centre, hub: HubTokenList, user: str) -> Tokens:
    return _found(centre, hub, user)[0]


def _found(centre: Centre, hub: HubTokenList, user: str) -> tuple[Tokens, dict[str, str]]:
    """Somebody's tokens, and how those that were used are called here, by their ids in the answer."""
    at_hub, missing = list[TokenAtHub](), ""
    try:
        at_hub = hub.tokens_of(user)
    except Unavailable as error:
        # What was done with them is known all the same.
        missing = error.message
    with centre.database.read() as session:
        seen, uses = token_uses.seen_of(session, user, _MOST_SEEN), token_uses.uses_of(session, user)
    used = match_tokens(at_hub, seen)
    live = {row.token for row in used.values()}
    ended = [row for row in seen if row.token not in live]
    if not missing and (gone := [row.token for row in ended if row.expires is not None]):
        with centre.database.begin("token uses") as session:
            token_uses.forget_ends(session, user, gone)
    tokens = [_at_hub(user, token, used.get(token.id), uses) for token in at_hub]
    tokens += [_ended(row, uses, ended=not missing) for row in ended]
    names = {id_: row.token for id_, row in used.items()} | {row.token: row.token for row in ended}
    return Tokens(tokens=tokens, others=uses.get("", {}), missing=missing), names


def _details(centre: Centre, hub: HubTokenList, user: str, token: str) -> TokenDetails:
    found, names = _found(centre, hub, user)
    # The list of everybody's knows them by the longer name.
    by_name = {name: id_ for id_, name in names.items()}
    id_ = by_name.get(token, token)
    one = next((one for one in found.tokens if one.id == id_), None)
    if one is None:
        raise NotFound("There is no such token: it may have ended long ago, or it is somebody else's.")
    days, projects = list[TokenDay](), list[TokenProject]()
    if name := names.get(id_):
        with centre.database.read() as session:
            days = [
                TokenDay(day=day.isoformat(), count=count) for day, count in token_uses.uses_by_day(session, user, name)
            ]
            projects = [
                TokenProject(project=project, kind=kind, count=count)
                for project, kind, count in token_uses.uses_by_project(session, user, name, _MOST_PROJECTS)
            ]
    return TokenDetails(**one.model_dump(), days=days, projects=projects)


def _seen(row: TokenSeen) -> dict[str, Any]:
    addresses = [
        TokenAddress(address=address, last=datetime.fromisoformat(time))
        for address, time in sorted(row.addresses.items(), key=lambda pair: pair[1], reverse=True)
    ]
    return {"user": row.user, "note": row.note, "first": row.first, "last": row.last, "addresses": addresses}


def _at_hub(user: str, token: TokenAtHub, row: TokenSeen | None, uses: Mapping[str, dict[str, int]]) -> Token:
    known: dict[str, Any] = _seen(row) if row else {"user": user, "first": None, "last": None, "addresses": []}
    return Token(
        **known | {"note": token.note},
        id=token.id,
        ended=False,
        client=token.client,
        scopes=list(token.scopes),
        created=token.created,
        last_activity=token.last,
        expires=token.expires,
        uses=uses.get(row.token, {}) if row else {},
    )


def _ended(row: TokenSeen, uses: Mapping[str, dict[str, int]], ended: bool) -> Token:
    return Token(
        **_seen(row),
        id=row.token,
        ended=ended,
        client="",
        scopes=[],
        created=None,
        last_activity=None,
        expires=None,
        uses=uses.get(row.token, {}),
    )


def _place(after: str | None) -> tuple[datetime, str, str] | None:
    begin = decode_cursor(after, str, str, str)
    if begin is None:
        return None
    last, user, token = map(str, begin)
    try:
        return datetime.fromisoformat(last).replace(tzinfo=None), user, token
    except ValueError:
        raise Invalid("`after` is not the `next` of an earlier page: begin at the first one.") from None
