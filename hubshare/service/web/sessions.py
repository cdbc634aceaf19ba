"""Browsers: who has signed in with one, and whether a request that changes something comes from a page of ours."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import bindparam, delete, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hubshare.errors import Forbidden
from hubshare.store.database import Database
from hubshare.store.inbox import has_unread
from hubshare.store.models import BrowserSession, now

COOKIE = "hubshare-session"
#: Where forms and htmx bring the token that only pages of ours know.
CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NOT_OURS = "This did not come from a page of HubShare that is up to date: load the page again."
#: With what each page says besides: to ask for it alone would take as long again.
_SESSION = select(
    BrowserSession.expires, BrowserSession.token, BrowserSession.user, has_unread(BrowserSession.user).label("unread")
).where(BrowserSession.digest == bindparam("digest"))
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class Browser:
    """One browser that has signed in.

    Attributes:
        token: the Hub's, of the person.
        csrf: what a request that changes something must bring.
        user: who has signed in.
        unread: whether there is something that the person was told and has not read.
    """

    token: str
    csrf: str
    user: str
    unread: bool


class Browsers:
    """Keeps who has signed in.

    The cookie holds a secret; the table holds its digest, and the Hub's token sealed with it.

    Args:
        database: has the table.
        prefix: path of the service, the only one to which the cookie is sent.
        hours: after which one signs in again.
    """

    def __init__(self, database: Database, prefix: str, hours: float) -> None:
        self._database, self._prefix = database, prefix
        self._lasting = timedelta(hours=hours)

    def sign_in(self, request: Request, response: Response, user: str, token: str) -> None:
        """Remember a browser, in place of who was signed in with it before."""
        secret, at = secrets.token_urlsafe(32), now()
        row = BrowserSession(
            digest=_digest(secret), user=user, token=_seal(secret, token.encode()).hex(), expires=at + self._lasting
        )
        with self._database.begin("browsers") as session:
            session.execute(delete(BrowserSession).where(BrowserSession.expires < at))
            if earlier := request.cookies.get(COOKIE):
                session.execute(delete(BrowserSession).where(BrowserSession.digest == _digest(earlier)))
            session.add(row)
        response.set_cookie(
            COOKIE,
            secret,
            max_age=int(self._lasting.total_seconds()),
            path=self._prefix,
            secure=is_https(request),
            httponly=True,
            samesite="lax",
        )

    def sign_out(self, request: Request, response: Response) -> None:
        """Forget a browser."""
        if secret := request.cookies.get(COOKIE):
            with self._database.begin("browsers") as session:
                session.execute(delete(BrowserSession).where(BrowserSession.digest == _digest(secret)))
        response.delete_cookie(COOKIE, path=self._prefix, secure=is_https(request), httponly=True, samesite="lax")

    async def of(self, request: Request) -> Browser | None:
        """The browser that a request comes from, if somebody has signed in with it."""
        secret = request.cookies.get(COOKIE)
        return await run_in_threadpool(self._find, secret) if secret else None

    def _find(self, secret: str) -> Browser | None:
        with self._database.read() as session:
            row = session.connection().execute(_SESSION, {"digest": _digest(secret)}).first()
        if row is None or row.expires < now():
            return None
        token = _seal(secret, bytes.fromhex(row.token)).decode()
        return Browser(token, csrf_of(secret), row.user, bool(row.unread))


def prove(request: Request, brought: str) -> None:
    """Let a streamed form pass that brings the token of its session; see `check_from_page`.

    Args:
        brought: the token, or "".

    Raises:
        Forbidden: when another site may have sent it.
    """
    wanted: str = getattr(request.state, "unproven", "")
    if wanted and not hmac.compare_digest(brought.encode(), wanted.encode()):
        raise Forbidden(_NOT_OURS)


async def check_from_page(request: Request, browser: Browser, streamed: bool = False) -> None:
    """Let a request pass that changes something and is authenticated by a cookie.

    It has to bring the token of its session, in a header or a field of its form; and where the browser says from where it
    comes, that must be this origin.

    Args:
        streamed: its form is not read here; whoever reads it has it `prove` itself before anything is kept.

    Raises:
        Forbidden: when another site may have made it.
    """
    origin = request.headers.get("origin")
    elsewhere = request.headers.get("sec-fetch-site", "same-origin") != "same-origin" or (
        origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    )
    brought = request.headers.get(CSRF_HEADER, "")
    if streamed and not brought and not elsewhere:
        request.state.unproven = browser.csrf
        return
    if not brought and not streamed and request.headers.get("content-type", "").startswith(_FORMS):
        brought = str((await request.form()).get(CSRF_FIELD, ""))
    if elsewhere or not hmac.compare_digest(brought.encode(), browser.csrf.encode()):
        raise Forbidden(_NOT_OURS)


def csrf_of(secret: str) -> str:
    """The token of the session that has this secret in its cookie."""
    return hmac.digest(secret.encode(), b"hubshare csrf", "sha256").hex()


def is_https(request: Request) -> bool:
    """Whether the browser speaks to the proxy by HTTPS."""
    forwarded = request.headers.get("x-forwarded-proto", "").split(",")[0].strip()
    return "https" in (forwarded, request.url.scheme)


def _digest(secret: str) -> str:
    return hashlib.sha256(b"hubshare session " + secret.encode()).hexdigest()


def _seal(secret: str, text: bytes) -> bytes:
    """Text under a key stream of the secret, or back again. A secret is random and seals one text, which is used once."""
    stream = hashlib.shake_256(b"hubshare token " + secret.encode()).digest(len(text))
    return bytes(one ^ other for one, other in zip(text, stream, strict=True))
