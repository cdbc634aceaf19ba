"""Mirrors on pages: those of a project, how they stand, and what can be done with them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from hubshare.errors import HubShareError, Invalid
from hubshare.features.mirrors import operations
from hubshare.operations.caller import Caller
from hubshare.service.pages.project_request import ProjectRequest, TheProjectRequest
from hubshare.service.web.authorize import requires
from hubshare.store.access.actions import Action
from hubshare.vocabulary import PushOnName
from hubshare.wire.api.mirrors import MirrorChange, NewMirror

router = APIRouter(prefix="/projects/{owner}/{name}/mirrors", include_in_schema=False)

_Managing = Annotated[Caller, Depends(requires(Action.MIRRORS, "page"))]
_Text = Annotated[str, Form(max_length=4096)]

Act = Literal["push", "overwrite", "pause", "go on", "change", "delete"]


@router.get("")
def get_mirrors(caller: _Managing, visit: TheProjectRequest) -> HTMLResponse:
    """The mirrors of a project, and the form for another one."""
    return _show(caller, visit)


@router.post("")
def post_mirror(
    caller: _Managing,
    visit: TheProjectRequest,
    url: _Text = "",
    branch: _Text = "main",
    push_on: Annotated[PushOnName, Form()] = "version",
    login: _Text = "",
    secret: _Text = "",
) -> Response:
    """Have the project be pushed to a repository."""
    filled = {"url": url.strip(), "branch": branch.strip(), "push_on": push_on}
    try:
        wanted = _wanted(NewMirror, **filled, user=login, secret=secret)
        operations.create_mirror(caller, visit.centre, owner=visit.owner, name=visit.name, wanted=wanted)
    except HubShareError as error:
        return _show(caller, visit, error, filled | {"login": login})
    return visit.see("mirrors")


@router.post("/{mirror}")
def post_to_mirror(
    caller: _Managing,
    visit: TheProjectRequest,
    mirror: str,
    act: Annotated[Act, Form()],
    url: _Text = "",
    branch: _Text = "",
    push_on: Annotated[PushOnName | None, Form()] = None,
    login: _Text = "",
    secret: _Text = "",
    forget: Annotated[bool, Form()] = False,
    in_the_way: Annotated[str, Form(pattern=r"^[0-9a-f]{0,40}$")] = "",
) -> Response:
    """Do something with a mirror."""
    of = {"owner": visit.owner, "name": visit.name, "mirror": mirror}
    try:
        match act:
            case "push":
                operations.push_mirror(caller, visit.centre, **of)
            case "overwrite":
                operations.push_mirror(caller, visit.centre, **of, overwrites=in_the_way)
            case "delete":
                operations.delete_mirror(caller, visit.centre, **of)
            case "change":
                given = {"user": login, "secret": secret} if secret else {"secret": ""} if forget else {}
                changes = {"url": url.strip() or None, "branch": branch.strip() or None, "push_on": push_on}
                wanted = _wanted(MirrorChange, **changes, **given)
                operations.change_mirror(caller, visit.centre, **of, wanted=wanted)
            case _:
                paused = MirrorChange(paused=act == "pause")
                operations.change_mirror(caller, visit.centre, **of, wanted=paused)
    except HubShareError as error:
        return _show(caller, visit, error)
    return visit.see("mirrors")


def _wanted(model: Any, **values: str | None) -> Any:
    """What was filled in, as the API takes it.

    Raises:
        Invalid: when it would not.
    """
    try:
        return model(**values)
    except ValidationError:
        raise Invalid(
            "A mirror needs an address that begins with https:// and a branch, both without spaces and accents."
        ) from None


def _show(
    caller: Caller, visit: ProjectRequest, problem: HubShareError | None = None, filled: dict[str, str] | None = None
) -> HTMLResponse:
    found = operations.list_mirrors(caller, visit.centre, owner=visit.owner, name=visit.name)
    with visit.centre.database.read() as session:
        place = visit.view(session, caller)
    empty = {"url": "", "branch": "main", "push_on": "version", "login": ""}
    # What is asked for is done within seconds; a page that is looked at shows it then.
    under_way = any(one.state == "running" or (one.behind and one.state == "waiting") for one in found)
    return visit.show(
        caller,
        "mirrors.html.j2",
        place,
        problem,
        mirrors=found,
        filled=empty | (filled or {}),
        under_way=under_way and problem is None,
    )
