"""Authorizing: every route declares its action, and gets a caller who may do just that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.concurrency import run_in_threadpool

from hubshare.centre import Centre
from hubshare.errors import Forbidden, Invalid, NotSignedIn, TooMany
from hubshare.names import count, is_service, is_set_aside, quoted
from hubshare.operations.caller import NOBODY, Caller, Person
from hubshare.service.web.own_names import OwnNames
from hubshare.service.web.places import hold_request
from hubshare.service.web.sessions import SAFE, Browser, Browsers, check_from_page
from hubshare.service.web.token_uses import use_of
from hubshare.service.web.tokens import Tokens, token_of
from hubshare.store.access.actions import RULES, Action, Scope
from hubshare.store.held import log_full


class requires:
    """The dependency by which a route declares its action.

    It finds out who asks and whether the token allows it. Whether the person may, the route has decided by `Caller.project`
    or `Caller.team`, in the transaction in which it acts.

    Args:
        action: what the route does.
        door: of the audit log.
        streamed: the route takes its form in as it comes, by `hubshare.service.web.uploading.receive`.
        unread: a page says how much there is to read; False where its route counts that, as it looks at the database anyway.
    """

    def __init__(self, action: Action, door: str = "api", streamed: bool = False, unread: bool = True) -> None:
        self.action, self.door, self._streamed, self._unread = action, door, streamed, unread

    async def __call__(self, request: Request) -> Caller:
        rule, person = RULES[self.action], NOBODY
        if rule.scope is None:
            return Caller(self.action, person, self.door)
        person, browser = await who_asks(request, self.door)
        if not person.name and not rule.public:
            raise NotSignedIn("This needs a token of the Hub: send it as 'Authorization: token …'.")
        if rule.scope not in person.scopes:
            raise Forbidden(f"This token does not allow to {rule.words}: it lacks the scope {rule.scope}.")
        if rule.people and person.service:
            raise Forbidden(
                f"A service of the Hub may not {rule.words}: that is for people. Give it a role on a project or in a team."
            )
        if browser is not None and request.method not in SAFE:
            # The page of a refusal has a form as well, if what was typed is to be sent again.
            request.state.csrf = browser.csrf
            await check_from_page(request, browser, self._streamed)
        if rule.scope is not Scope.READ:
            await self._count(request, person)
        caller = Caller(self.action, person, "page" if browser else self.door, _revision(request), _key(request))
        # For the page of an error that comes later, and for the forms on any page.
        request.state.caller, request.state.csrf = caller, browser.csrf if browser else ""
        request.state.use = use_of(request, caller)
        await hold_request(request, caller)
        if browser is not None and browser.user == person.name and not browser.unread:
            request.state.unread = 0
        elif self.door == "page" and self._unread:
            await count_unread(request)
        return caller

    async def _count(self, request: Request, person: Person) -> None:
        centre: Centre = request.app.state.centre
        most = centre.settings.writes_per_minute
        writes, full = await run_in_threadpool(centre.bus.count_write, person.name)
        if full:
            raise log_full(centre.settings)
        if writes > most:
            raise TooMany(f"You made more than {count(most, 'change')} within a minute: try again in a minute.")


async def count_unread(request: Request) -> None:
    """Count what a person who is known has not read, unless that was done: each page says so.

    Not while the page is made: who holds a connection to the database does not wait for another one.
    """
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is not None and caller.user and not hasattr(request.state, "unread"):
        request.state.unread = await run_in_threadpool(request.app.state.count_unread, caller.user)


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
        return await _real(request, await tokens.person(token_of(header))), None
    browsers: Browsers = request.app.state.browsers
    browser = await browsers.of(request) if door != "git" else None
    if browser is None:
        return NOBODY, None
    try:
        return await _real(request, await tokens.person(browser.token)), browser
    except NotSignedIn:
        return NOBODY, None


async def _real(request: Request, person: Person) -> Person:
    """Return a person who is not called as what a removed user has left, and whose name is their own."""
    if is_set_aside(person.name):
        raise Forbidden(
            f"{quoted(person.name)} is kept for what a removed user has left: ask an admin for another name."
        )
    if person.service:
        return person
    if is_service(person.name):
        raise Forbidden(f"{quoted(person.name)} is how a service of the Hub is called: ask an admin for another name.")
    own_names: OwnNames = request.app.state.own_names
    await own_names.claim(person.name, person.born)
    return person


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
