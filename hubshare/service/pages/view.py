"""Shows pages: the templates, the headers that every page has, and how an error looks to somebody with a browser."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from hubshare import __version__, features
from hubshare.errors import HubShareError, NotSignedIn
from hubshare.names import count, size
from hubshare.operations.caller import Caller
from hubshare.operations.ops import may_see
from hubshare.service.pages.addresses import Addresses
from hubshare.service.pages.assets import Assets
from hubshare.service.pages.compiled import Compiled
from hubshare.service.pages.fragments import Fragments

#: Those of features lie in their folders; a name is one file's, whoever has it.
_TEMPLATES, _FEATURES = Path(__file__).parent / "templates", Path(features.__file__).parent


# By `%`, which takes a third of the time of `format`.
_ICON = Markup('<svg class="hs-icon" aria-hidden="true" focusable="false"><use href="%s#%s"></use></svg>')
_CSRF = Markup('<input type="hidden" name="csrf" value="%s">')
_TIME = Markup('<time datetime="%s" title="%s">%s</time>')
#: Most characters of the orders of wide folders that are kept: those of some 100,000 names.
_ORDERS = 8_000_000
_HOST = re.compile(r"[\w.-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?", re.ASCII)
_TITLES = {
    401: "Sign in again",
    403: "Not allowed",
    404: "Not found",
    409: "Not as things are now",
    412: "Changed meanwhile",
    413: "Too large",
    429: "Too often",
    503: "Not at this moment",
}


class Pages:
    """Shows templates.

    Args:
        prefix: of the service, with a slash at both ends.
        hub: address of the Hub's own pages.
        servers: whether servers are shared, so that there is a page of them.

    Attributes:
        fragments: parts of pages that are kept for a moment.
        orders: the order of the names in wide folders, kept likewise.
        hub_origin: of the Hub's own pages, where the service has another one; else "".
    """

    def __init__(self, prefix: str, hub: str, *, servers: bool = False) -> None:
        self.at, self.hub, self.assets = Addresses(prefix), hub, Assets()
        self.fragments = Fragments[Markup]()
        self.orders = Fragments[str](_ORDERS)
        self.hub_origin = "{0.scheme}://{0.netloc}".format(urlsplit(hub)) if urlsplit(hub).netloc else ""
        # What is not there is a mistake of ours and not an empty place.
        self._templates = Environment(
            loader=FileSystemLoader([_TEMPLATES, *(_FEATURES / one.name / "templates" for one in features.FEATURES)]),
            autoescape=True,
            undefined=StrictUndefined,
            bytecode_cache=Compiled(_TEMPLATES.parent / "__pycache__" / "templates"),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"ago": ago, "iso": iso, "count": count, "size": size, "query": _query}
        self._templates.globals |= {
            "at": self.at,
            "hub": hub,
            "has_servers": servers,
            "asset": self._asset,
            "picture": self._picture,
            "moment": _moment,
            "csrf_input": _csrf_input,
            "product_version": __version__,
        }

    def compile(self) -> None:
        """Compile all templates: else each of those who come first at the same time would do that, beside one another."""
        # An editor may have files of its own beside them.
        for name in self._templates.list_templates(["j2"]):
            self._templates.get_template(name)

    def show(
        self,
        request: Request,
        caller: Caller | None,
        template: str,
        *,
        status: int = 200,
        styled: bool = False,
        framed: str = "",
        played: str = "",
        **values: Any,
    ) -> HTMLResponse:
        """A page, or that it is as the browser has it.

        Args:
            caller: who looks at it; None where that is not known.
            template: its file.
            status: of HTTP.
            styled: whether the page shows sanitised content of users, which may bring colours in `style` attributes.
            framed: the one address that a frame on the page may lead to, as a path.
            played: the one address that a recording on the page may come from.
            values: what the template shows.
        """
        nonce = secrets.token_urlsafe(16)
        self.assets.look()
        html = self._templates.get_template(template).render(
            values
            | {
                "nonce": nonce,
                "user": caller.user if caller else "",
                "hub_admin": caller is not None and caller.hub_admin,
                "sees_ops": caller is not None and may_see(caller),
                "unread": getattr(request.state, "unread", 0),
                "csrf": getattr(request.state, "csrf", ""),
                "here": here(request),
                "query": values.get("query", ""),
            }
        )
        frames = [one for one in (framed, self.at.diagrams if styled else "") if one]
        policy = self._policy(nonce, styled, _sources(request, *frames), _sources(request, played))
        fresh = {"Cache-Control": "private, no-cache", "Vary": "Cookie"}
        if status == 200:
            fresh["ETag"] = _etag(html + policy, nonce)
            if request.headers.get("if-none-match") == fresh["ETag"]:
                # With the policy of the page that the browser has kept, whose nonce is in it.
                return HTMLResponse(status_code=304, headers=fresh)
        headers = {
            "Content-Security-Policy": policy,
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Opener-Policy": "same-origin",
        }
        return HTMLResponse(html, status, headers | fresh)

    def part(self, template: str, **values: Any) -> Markup:
        """A part of a page that is the same for all who may see it.

        Args:
            template: its file, which autoescapes.
            values: all that it shows.
        """
        self.assets.look()
        return Markup(self._templates.get_template(template).render(values))  # noqa: S704

    def _asset(self, plain: str) -> str:
        return self.at("static", self.assets.name(plain))

    def _picture(self, name: str) -> Markup:
        """An icon, which says nothing that does not stand beside it."""
        return _icon(self._asset("icons.svg"), name)

    def _policy(self, nonce: str, styled: bool, frame: str, recording: str) -> str:
        # No script by its origin: on a Hub without subdomains the servers of all users share it.
        parts = [
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            "style-src 'self'",
            "style-src-attr 'unsafe-inline'" if styled else "style-src-attr 'none'",
            f"img-src 'self' data: {self.hub_origin}".rstrip(),
            "font-src 'self'",
            "connect-src 'self'",
            f"frame-src {frame}",
            f"media-src {recording}",
            f"form-action 'self' {self.hub_origin}".rstrip(),
            "base-uri 'none'",
            "frame-ancestors 'self'",
        ]
        return "; ".join(parts)

    def failed(self, request: Request, error: HubShareError, kept: Mapping[str, str] | None = None) -> Response:
        """What somebody with a browser sees of an error: the way to sign in, or a page that says what to do.

        Args:
            kept: what was filled into the form that brought a text, which is not to be lost.
        """
        by_hand = "hx-request" not in request.headers
        if isinstance(error, NotSignedIn) and request.method == "GET" and by_hand:
            return RedirectResponse(self.at("login", next=here(request)), 303)
        title = _TITLES.get(error.status, "That did not work")
        try:
            caller: Caller | None = getattr(request.state, "caller", None)
            return self.show(
                request, caller, "error.html.j2", status=error.status, title=title, message=error.message, kept=kept
            )
        except HubShareError as other:
            # The assets are missing, so there is no page at all.
            return Response(f"{other.message}\n", other.status, media_type="text/plain; charset=utf-8")


@lru_cache(maxsize=256)
def _icon(address: str, name: str) -> Markup:
    """An icon; a page shows the same few again and again."""
    return _ICON % (address, name)


def _etag(page: str, nonce: str) -> str:
    """What tells a page from an earlier one but for its nonce."""
    return f'W/"{hashlib.blake2b(page.replace(nonce, "").encode(), digest_size=16).hexdigest()}"'


def _sources(request: Request, *paths: str) -> str:
    """What a policy calls addresses of ours; nothing else of the origin, which the servers of all users may share."""
    host = request.headers.get("host", "")
    return " ".join(f"{host}{path}" for path in paths if path and _HOST.fullmatch(host)) or "'none'"


def wants_page(request: Request, prefix: str) -> bool:
    """Whether whoever asks is to see an error as a page."""
    path = request.url.path.removeprefix(prefix)
    return "text/html" in request.headers.get("accept", "") and not path.startswith(("api/", "git/", "static/"))


async def pages_of(request: Request) -> Pages:
    """The pages that this process serves."""
    found: Pages = request.app.state.pages
    return found


ThePages = Annotated[Pages, Depends(pages_of)]


def see_other(address: str) -> RedirectResponse:
    """After a form was sent: go and look."""
    return RedirectResponse(address, 303)


def here(request: Request) -> str:
    """The address of a request, as it was quoted."""
    query = request.scope["query_string"].decode("latin-1")
    path = request.scope.get("raw_path", b"").decode("latin-1") or request.url.path
    return f"{path}?{query}" if query else path


def iso(time: datetime) -> str:
    """A time of the database for machines."""
    return time.replace(tzinfo=UTC).isoformat(timespec="seconds")


def ago(time: datetime, at: datetime | None = None) -> str:
    """How long ago a time of the database is, as people say it."""
    at = at or datetime.now(UTC).replace(tzinfo=None)
    seconds = max(0, int((at - time).total_seconds()))
    for unit, length in (("minute", 60), ("hour", 3600), ("day", 86400)):
        number = seconds // length
        if number < {"minute": 60, "hour": 24, "day": 31}[unit]:
            return "just now" if not number else f"{count(number, unit)} ago"
    return f"{time.day} {time:%b %Y}"


def _moment(time: datetime) -> Markup:
    """A time of the database as people say it, and exactly for machines and for who points at it."""
    exact = iso(time)
    return _TIME % (exact, exact, ago(time))


@pass_context
def _csrf_input(context: Context) -> Markup:
    """What shows that a form is of a page that this person was shown."""
    csrf: str = context["csrf"]
    return _CSRF % csrf


def _query(values: Mapping[str, str | int | None]) -> str:
    """The end of an address; a value None is left out."""
    given = {name: value for name, value in values.items() if value is not None}
    return f"?{urlencode(given)}" if given else ""
