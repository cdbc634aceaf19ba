"""The caller of an operation: who asks for which action, and the one way to the projects and teams on which it may be done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeVar

from pydantic import BaseModel

from hubshare.errors import Changed, Clash, Forbidden, NotFound, NotSignedIn
from hubshare.names import check_project_name, check_user
from hubshare.store.access.actions import RULES, Action, Scope
from hubshare.store.access.decisions import require, require_team
from hubshare.store.audit import Actor, record
from hubshare.store.database import Session
from hubshare.store.models import IdempotencyRecord, Project, Team
from hubshare.store.projects import find
from hubshare.store.teams import find_team
from hubshare.vocabulary import Role, TeamRole

Revokes = Literal["", "own", "all"]
Answer = TypeVar("Answer", bound=BaseModel)


class Person(NamedTuple):
    """Whom a request comes from.

    Attributes:
        name: the Hub user, or `service:NAME` for a service of the Hub; "" for somebody who is not signed in.
        admin: whether an admin of the Hub.
        groups: of the Hub.
        scopes: what of HubShare the token allows.
        token: note of the token, for the audit log; never its value.
        token_id: which token: its id at the Hub, and the beginning of a digest, since the Hub gives ids again; "" where it
            does not say.
        expires: when the token ends (UTC), where its person is to be told of that.
        revokes: whose tokens the Hub lets this one revoke.
        service: whether it is a service of the Hub, and no user.
        born: since when the Hub has this user (UTC); another time is another person of the name. None where it does not say.
    """

    name: str
    admin: bool = False
    groups: tuple[str, ...] = ()
    scopes: frozenset[str] = frozenset()
    token: str = ""
    service: bool = False
    born: datetime | None = None
    token_id: str = ""
    revokes: Revokes = ""
    expires: datetime | None = None


#: Somebody who is not signed in.
NOBODY = Person("", scopes=frozenset({Scope.READ}))


@dataclass(frozen=True)
class Caller:
    """One request, without its form: what it wants to do, and for whom.

    Attributes:
        action: what its route declared.
        person: who asks, as the Hub says.
        door: which way it came in: `api`, `page` or `git`.
        match: revision of the project or team that was looked at before; None for whatever it is now.
        key: idempotency key: what comes twice under one is done once; "" for none.
    """

    action: Action
    person: Person
    door: str = "api"
    match: int | None = None
    key: str = ""

    @property
    def user(self) -> str:
        return self.person.name

    @property
    def hub_admin(self) -> bool:
        """Whether the person may act as an admin of the Hub: is one, and the token allows it."""
        return self.person.admin and Scope.ADMIN in self.person.scopes

    def project(self, session: Session, owner: str, name: str) -> tuple[Project, Role | None]:
        """The project at an address and the person's role on it, if the action passes at this moment.

        Raises:
            NotFound, Forbidden, Clash: see `hubshare.store.access.decisions.require`.
            NotSignedIn: when signing in might help.
            Changed: when the request was made for another revision.
        """
        full = f"{check_user(owner)}/{check_project_name(name)}"
        return self._allowed(session, find(session, full), full)

    def project_of_id(self, session: Session, project: str) -> tuple[Project, Role | None]:
        """The same for a project that is named by its id."""
        return self._allowed(session, session.get(Project, project), project)

    def _allowed(self, session: Session, found: Project | None, name: str) -> tuple[Project, Role | None]:
        try:
            role = require(session, found, self.user, self.action, name, hub_admin=self.hub_admin)
        except (NotFound, Forbidden):
            if not self.user:
                raise NotSignedIn(f"Sign in to {RULES[self.action].words} {name}: send a token of the Hub.") from None
            raise
        assert found is not None
        if self.match is not None and self.match != found.revision:
            raise Changed(f"{found.full_name} was changed meanwhile: look at it again, then decide.")
        return found, role

    def team(self, session: Session, name: str) -> tuple[Team, TeamRole | None]:
        """The team of a name and the person's role in it, if the action passes at this moment."""
        found = find_team(session, name)
        role = require_team(session, found, self.user, self.action, name, hub_admin=self.hub_admin)
        assert found is not None
        if self.match is not None and self.match != found.revision:
            raise Changed(f"Team {found.name} was changed meanwhile: look at it again, then decide.")
        return found, role

    def note(self, session: Session, on: Project | Team | None, **details: Any) -> None:
        """Write into the audit log what was done."""
        record(session, Actor(self.user, self.door, self.person.token), self.action, on, **details)

    def once(
        self,
        session: Session,
        body: Any,
        answer: type[Answer],
        make: Callable[[], Answer],
        still: Callable[[Answer], bool] = lambda _: True,
    ) -> Answer:
        """Do something, or give the answer of the first time if it came with the same idempotency key.

        Args:
            body: what was asked for; another body under the same key is refused.
            make: does it, in the same transaction.
            still: whether the person may know of what was made, at this moment.

        Raises:
            NotFound: when it was made, and the person may not know of it any more.
        """
        if not self.key:
            return make()
        wanted = json.dumps([self.action, body], sort_keys=True, default=str)
        digest = hashlib.sha256(wanted.encode(errors="surrogatepass")).hexdigest()
        earlier = session.get(IdempotencyRecord, (self.user, self.key))
        if earlier is not None:
            if earlier.request != digest:
                raise Clash("This Idempotency-Key was used for another request: make a new one for each.")
            told = answer.model_validate(earlier.answer)
            if not still(told):
                raise NotFound("What this request made the first time is gone, or you may not see it any more.")
            return told
        made = make()
        session.add(
            IdempotencyRecord(user=self.user, key=self.key, request=digest, answer=made.model_dump(mode="json"))
        )
        return made
