"""What every answer of the service says to browsers and to what is between."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    # A name or a text of somebody is never taken for a page, whatever is in it.
    "X-Content-Type-Options": "nosniff",
    # What somebody may see now is not handed out from a cache later; a route that knows better says so itself.
    "Cache-Control": "no-store",
}


def set_etag(response: Response, revision: int) -> None:
    """Say how fresh an answer is, for an `If-Match` later.

    Args:
        revision: of the project or team that is answered.
    """
    response.headers["ETag"] = f'"{revision}"'


class PlainHeaders:
    """Adds the headers that an answer does not bring itself.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and add to the head of the answer."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)
