"""What servers use, on pages: one's own, and for those who run the Hub everybody's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from hubshare.features.monitoring import operations
from hubshare.operations.caller import Caller
from hubshare.operations.ops.words import duration
from hubshare.service.pages.view import ThePages
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action
from hubshare.store.usage import Sorting
from hubshare.wire.api.base import ServerName
from hubshare.wire.api.usage import UsageHistory, UsageSample

router = APIRouter(include_in_schema=False)

_Own = Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))]
_Seeing = Annotated[Caller, Depends(requires(Action.SEE_OPS, "page"))]
_Server = Annotated[ServerName, Query()]

_LIST = 50
#: Size of a line, in its own units.
_WIDE, _HIGH = 300, 40
_SORTINGS: dict[Sorting, str] = {
    "memory": "most memory",
    "cpu": "most processors",
    "disk": "most disk",
    "idle": "idle for longest",
}


@router.get("/ops/servers")
def get_servers(
    caller: _Seeing,
    request: Request,
    centre: TheCentre,
    pages: ThePages,
    sort: Sorting = "memory",
    user: Annotated[str, Query(max_length=255, pattern=r"^[^\x00]*$")] = "",
    after: Annotated[str | None, Query(max_length=2000)] = None,
) -> HTMLResponse:
    """What everybody's servers use."""
    found = operations.list_all(caller, centre, sort=sort, user=user.strip(), after=after, limit=_LIST)
    given = {"sort": sort} | ({"user": user.strip()} if user.strip() else {})
    return pages.show(
        request,
        caller,
        "usage.html.j2",
        tab="servers",
        found=found,
        sort=sort,
        sortings=_SORTINGS,
        whose=user.strip(),
        given=given,
        after=after,
        duration=duration,
    )


@router.get("/ops/servers/{user}")
def get_server(
    caller: _Seeing, request: Request, centre: TheCentre, pages: ThePages, user: str, server: _Server = ""
) -> HTMLResponse:
    """What somebody's server uses and has used."""
    found = operations.read_history(caller, centre, user=user, server=server)
    return pages.show(request, caller, "usage_history.html.j2", own=False, **_shown(found))


@router.get("/servers/usage")
def get_own(caller: _Own, request: Request, centre: TheCentre, pages: ThePages) -> HTMLResponse:
    """What the person's own servers use."""
    found = operations.list_own(caller, centre)
    return pages.show(request, caller, "usage_own.html.j2", found=found, duration=duration)


@router.get("/servers/usage/history")
def get_own_history(
    caller: _Own, request: Request, centre: TheCentre, pages: ThePages, server: _Server = ""
) -> HTMLResponse:
    """What a server of the person uses and has used."""
    found = operations.read_own_history(caller, centre, server=server)
    return pages.show(request, caller, "usage_history.html.j2", own=True, **_shown(found))


def _shown(found: UsageHistory) -> dict[str, Any]:
    spans = [("Two days, by five minutes", found.recent), ("Ninety days, by hours", found.hours)]
    shown = [(words, samples, line(samples, "memory_bytes"), line(samples, "cpu")) for words, samples in spans]
    return {"one": found.usage, "spans": shown, "duration": duration, "wide": _WIDE, "high": _HIGH}


def line(samples: Sequence[UsageSample], of: str) -> str:
    """Return the points of a line through samples as SVG has them, from zero to the most; times are true to scale."""
    known = [(one.start, float(getattr(one, of))) for one in samples if getattr(one, of) is not None]
    if not known:
        return ""
    first, most = known[0][0], max(value for _, value in known) or 1.0
    long = (known[-1][0] - first).total_seconds() or 1.0
    return " ".join(
        f"{(at - first).total_seconds() / long * _WIDE:.1f},{_HIGH - value / most * _HIGH:.1f}" for at, value in known
    )
