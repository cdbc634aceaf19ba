"""Asking: every route declares its action, and gets to projects and teams only through what that action needs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from hubshare.centre import Centre
from hubshare.errors import Changed, Clash, Forbidden, Invalid, NotFound, NotSignedIn, TooMany
from hubshare.names import check_project_name, check_user
from hubshare.service.web.sessions import SAFE, Browser, Browsers, check_from_page
from hubshare.service.web.tokens import NOBODY, Person, Tokens, token_of
from hubshare.store.access.actions import RULES, Action, Scope
from hubshare.store.access.decisions import require, require_team
from hubshare.store.audit import Actor, record
from hubshare.store.models import IdempotencyRecord, Project, Team
from hubshare.store.projects import find
from hubshare.store.teams import find_team
from hubshare.vocabulary import Role, TeamRole

Answer = TypeVar("Answer", bound=BaseModel)


@dataclass(frozen=True)
class Caller:
    """One request: what it wants to do, and for whom.

    Attributes:
        action: what its route declared.
        person: who asks, as the Hub says.
        door: which way the request came in.
        match: revision that the request was made for (`If-Match`), or None.
        key: its `Idempotency-Key`, or "".
        csrf: what forms on the answer have to bring; "" where nobody is signed in with a browser.
    """

    action: Action
    person: Person
    door: str = "api"
    match: int | None = None
    key: str = ""
    csrf: str = ""

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


class requires:
    """The dependency by which a route declares its action.

    It finds out who asks and whether the token allows it. Whether the person may, the route has decided by `Caller.project`
    or `Caller.team`, in the transaction in which it acts.
    """

    def __init__(self, action: Action, door: str = "api") -> None:
        self.action, self.door = action, door

    async def __call__(self, request: Request) -> Caller:
        rule, person = RULES[self.action], NOBODY
        if rule.scope is None:
            return Caller(self.action, person, self.door)
        person, browser = await who_asks(request, self.door)
        if not person.name and not rule.public:
            raise NotSignedIn("This needs a token of the Hub: send it as 'Authorization: token …'.")
        if rule.scope not in person.scopes:
            raise Forbidden(f"This token does not allow to {rule.words}: it lacks the scope {rule.scope}.")
        if browser is not None and request.method not in SAFE:
            await check_from_page(request, browser)
        if rule.scope is not Scope.READ:
            await self._count(request, person)
        door, csrf = ("page", browser.csrf) if browser else (self.door, "")
        caller = Caller(self.action, person, door, _revision(request), _key(request), csrf)
        # For the page of an error that comes later.
        request.state.caller = caller
        return caller

    async def _count(self, request: Request, person: Person) -> None:
        centre: Centre = request.app.state.centre
        most = centre.settings.writes_per_minute
        if await run_in_threadpool(centre.bus.over, "writes", person.name, most):
            raise TooMany(f"You made more than {most:,} changes within a minute: try again in a minute.")


async def who_asks(request: Request, door: str = "api") -> tuple[Person, Browser | None]:
    """Whom a request comes from: by its token, or by the cookie of a browser that somebody has signed in with.

    A browser whose sign-in has ended is nobody's.

    Args:
        door: git's takes no cookies.

    Raises:
        NotSignedIn, Forbidden, Unavailable: see `hubshare.service.web.tokens.Tokens`.
    """
    tokens: Tokens = request.app.state.tokens
    header = request.headers.get("authorization", "")
    if header:
        return await tokens.person(token_of(header)), None
    browsers: Browsers = request.app.state.browsers
    browser = await browsers.of(request) if door != "git" else None
    if browser is None:
        return NOBODY, None
    try:
        return await tokens.person(browser.token), browser
    except NotSignedIn:
        return NOBODY, None


def _revision(request: Request) -> int | None:
    value = request.headers.get("if-match")
    if value is None or value.strip() == "*":
        return None
    digits = value.strip().removeprefix("W/").strip('"')
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        raise Invalid('If-Match takes the ETag of an earlier answer, for example "3".')
    return int(digits)


def _key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "")
    if len(key) > 255 or not key.isprintable():
        raise Invalid("An Idempotency-Key has at most 255 printable characters.")
    return key


class Declared(NamedTuple):
    """A route and the actions that it declares; there has to be one."""

    methods: frozenset[str]
    path: str
    actions: tuple[Action, ...]


def declarations(app: FastAPI) -> list[Declared]:
    """All routes of the service with what they declare."""
    return [
        Declared(
            frozenset(route.methods or ()),
            route.path or str(route.route),
            tuple(_actions(route.dependant)) if isinstance(route.original_route, APIRoute) else (),
        )
        for route in iter_route_contexts(app.routes)
    ]


def _actions(dependant: Dependant) -> Iterable[Action]:
    if isinstance(dependant.call, requires):
        yield dependant.call.action
    for child in dependant.dependencies:
        yield from _actions(child)
