"""The ignore rules of a project: what they say, what they would catch, and a new version of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, Response

from hubshare.errors import HubShareError
from hubshare.operations import ignore_rules
from hubshare.operations.caller import Caller
from hubshare.service.pages.project_request import ProjectRequest, TheProjectRequest
from hubshare.service.web.authorize import requires
from hubshare.store.access.actions import Action
from hubshare.sync.ignore import DEFAULT_RULES

router = APIRouter(prefix="/projects/{owner}/{name}/ignore", include_in_schema=False)

#: How many of the files that the rules catch are named.
_NAMED = 100


@router.get("")
def get_ignore(
    caller: Annotated[Caller, Depends(requires(Action.READ, "page"))],
    visit: TheProjectRequest,
) -> HTMLResponse:
    """The rules as they are published."""
    return _page(caller, visit)


@router.post("")
def post_ignore(
    caller: Annotated[Caller, Depends(requires(Action.PUSH, "page"))],
    visit: TheProjectRequest,
    seen: Annotated[str, Form(pattern="^([0-9a-f]{40})?$")] = "",
    rules: Annotated[str, Form(max_length=ignore_rules.RULES_BYTES)] = "",
    do: Annotated[str, Form(pattern="^(try|publish)$")] = "publish",
) -> Response:
    """Publish other rules, or only see what they would catch.

    Args:
        seen: id of the content that was edited, "" when there was none.
    """
    text = rules.replace("\r\n", "\n").rstrip()
    text = f"{text}\n" if text else ""
    try:
        if do == "try":
            ignore_rules.check_rules(text)
            return _page(caller, visit, rules=text, seen=seen)
        full, number = ignore_rules.publish_rules(
            caller, visit.centre, owner=visit.owner, name=visit.name, text=text, seen=seen
        )
    except HubShareError as error:
        return _page(caller, visit, error, rules=text, seen=seen)
    return visit.see("versions", number, full=full)


def _page(
    caller: Caller,
    visit: ProjectRequest,
    problem: HubShareError | None = None,
    rules: str | None = None,
    seen: str = "",
) -> HTMLResponse:
    """The page of the rules.

    Args:
        problem: why they were not published.
        rules: what was filled in; None for what is published.
        seen: what that was made from.
    """
    with visit.centre.database.read() as session:
        place = visit.view(session, caller)
    if rules is None:
        rules, seen = ignore_rules.read_rules(place)
    caught = ignore_rules.catch_files(place, rules)
    return visit.show(
        caller,
        "ignore.html.j2",
        place,
        problem,
        rules=rules,
        seen=seen,
        caught=caught.files[:_NAMED],
        number=len(caught.files),
        looked=ignore_rules.LOOKED_AT,
        place_is_large=not caught.complete,
        built_in=DEFAULT_RULES,
        may_publish=Action.PUSH in place.may,
    )
