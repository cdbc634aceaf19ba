"""Acts about tokens, for the matrix of access."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from hubshare.operations.hub_tokens import TokenAtHub
from hubshare.store.models import now
from hubshare.store.token_uses import Seen, UseKey, add_uses
from tests.helpers.access_acts import Act
from tests.helpers.access_fixture import Stage
from tests.helpers.access_subjects import Subject


def use_token(stage: Stage, user: str, token: str = "aof-a-test") -> str:
    """Have a token of a user have been used; returns how it is called."""
    at = now()
    use = UseKey(user, at.date(), token, "read", "")
    with stage.centre.centre.database.begin("token uses") as session:
        add_uses(session, {use: 1}, {(user, token): Seen("a test", at, at, {"192.0.2.1": at})})
    return token


def own_token(door: Callable[[str, str], Act], path: str) -> Act:
    """Look at a token of one's own, whose id takes the place of `{token}` in a path, and one's name that of `{user}`."""

    def act(stage: Stage, who: Subject) -> int:
        token, user = use_token(stage, who.user or "nobody"), quote(who.user or "nobody", safe="")
        return door("GET", path.replace("{token}", token).replace("{user}", user))(stage, who)

    return act


def revoke_token(door: Callable[[str, str], Act], method: str, path: str) -> Act:
    """Revoke a token, of which whoever is let in is told that it was made for this and is no more."""

    def act(stage: Stage, who: Subject) -> int:
        user = who.user or "nobody"
        stage.centre.hub.tokens.of[user] = [TokenAtHub("a0", "", (), None, None, None, "")]
        path_ = path.replace("{token}", "a0").replace("{user}", quote(user, safe=""))
        answer = door(method, path_)(stage, who)
        # Whose token does not allow that at the Hub hears so of the Hub alone, once it was let in here.
        return 200 if "does not let you revoke" in stage.api.last.text else answer

    return act
