"""What somebody typed into a form that was refused before it came to its page: it is shown again, and not lost."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request

from hubshare.service.web.sessions import CSRF_FIELD


async def kept_fields(request: Request) -> dict[str, str] | None:
    """The fields of a form with a text that a page of ours has sent; None for any other request."""
    origin = request.headers.get("origin")
    ours = request.headers.get("sec-fetch-site", "same-origin") == "same-origin" and (
        origin is None or urlsplit(origin).netloc == request.headers.get("host")
    )
    kind = request.headers.get("content-type", "")
    if request.method != "POST" or not ours or not kind.startswith("application/x-www-form-urlencoded"):
        return None
    form = await request.form()
    fields = {name: value for name, value in form.items() if isinstance(value, str) and name != CSRF_FIELD}
    return fields if "text" in fields else None
