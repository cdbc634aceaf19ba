"""A project's settings, its address, the archive, and the trash with the way back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from hubshare.errors import HubShareError, Invalid, NotFound
from hubshare.names import quoted
from hubshare.operations import lifecycle
from hubshare.operations.caller import Caller
from hubshare.operations.projects import change_settings
from hubshare.project_settings import SETTINGS, in_force, most_of, parse
from hubshare.service.pages.project_request import ProjectRequest, TheProjectRequest
from hubshare.service.pages.view import see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheDirectory
from hubshare.store.access.actions import Action
from hubshare.store.offers import offered_to
from hubshare.store.teams import teams_of
from hubshare.vocabulary import TeamRole
from hubshare.wire.api.projects import NewOwner

router = APIRouter(include_in_schema=False)

_AT = "/projects/{owner}/{name}/settings"


@router.get(_AT)
def get_settings(
    caller: Annotated[Caller, Depends(requires(Action.SEE_SETTINGS, "page"))],
    visit: TheProjectRequest,
) -> HTMLResponse:
    """All settings; those that one may not change are not offered."""
    return _page(caller, visit)


@router.post(f"{_AT}/rename")
def post_rename(
    caller: Annotated[Caller, Depends(requires(Action.RENAME, "page"))],
    visit: TheProjectRequest,
    called: Annotated[str, Form(max_length=200)],
) -> Response:
    """Give the project another name."""
    try:
        made = lifecycle.rename_project(
            caller, visit.centre, owner=visit.owner, name=visit.name, new_name=called.strip()
        )
    except HubShareError as error:
        return _page(caller, visit, error)
    return visit.see("settings", full=made.name)


@router.post(f"{_AT}/transfer")
def post_transfer(
    caller: Annotated[Caller, Depends(requires(Action.TRANSFER, "page"))],
    visit: TheProjectRequest,
    directory: TheDirectory,
    to: Annotated[str, Form(max_length=255)],
    kind: Annotated[str, Form(pattern="^(user|team)$")] = "user",
    meant: Annotated[str, Form(max_length=255)] = "",
) -> Response:
    """Give the project to another owner; `meant` as in `access.post_grant`."""
    wanted = NewOwner(owner=f"{kind}:{to.strip()}")
    try:
        made = lifecycle.transfer_project(
            caller,
            visit.centre,
            directory,
            owner=visit.owner,
            name=visit.name,
            wanted=wanted,
            check=meant != to.strip(),
        )
    except HubShareError as error:
        return _page(caller, visit, error, to=to, kind=kind)
    if kind == "user" and made.name == f"{visit.owner}/{visit.name}":
        # The other one is asked first.
        return visit.see("settings")
    return visit.see(full=made.name) if made.role else see_other(visit.pages.at())


@router.post(f"{_AT}/archive")
def post_archive(
    caller: Annotated[Caller, Depends(requires(Action.ARCHIVE, "page"))],
    visit: TheProjectRequest,
    archived: Annotated[bool, Form()] = True,
) -> Response:
    """Put the project into the archive, or take it out."""
    made = lifecycle.archive_project(caller, visit.centre, owner=visit.owner, name=visit.name, archived=archived)
    return visit.see("settings", full=made.name)


@router.post(f"{_AT}/delete")
def post_delete(
    caller: Annotated[Caller, Depends(requires(Action.DELETE, "page"))],
    visit: TheProjectRequest,
    typed: Annotated[str, Form(max_length=500)],
) -> Response:
    """Put the project into the trash, by somebody who has typed its name."""
    try:
        with visit.centre.database.read() as session:
            project, _ = caller.project(session, visit.owner, visit.name)
        if typed.strip() not in (project.name, project.full_name):
            raise Invalid(f"To delete the project, type its name {project.name}: {quoted(typed)} is another one.")
        lifecycle.delete_project(caller, visit.centre, owner=visit.owner, name=visit.name)
    except HubShareError as error:
        return _page(caller, visit, error)
    return see_other(visit.pages.at("trash"))


@router.post(f"{_AT}/restore")
def post_restore(
    caller: Annotated[Caller, Depends(requires(Action.RESTORE, "page"))],
    visit: TheProjectRequest,
) -> Response:
    """Take the project out of the trash."""
    made = lifecycle.restore_project(caller, visit.centre, owner=visit.owner, name=visit.name)
    return visit.see(full=made.name)


async def typed_value(request: Request, setting: str) -> str:
    """What the form of a setting brought."""
    if setting not in SETTINGS:
        raise NotFound(f"A project has no setting {quoted(setting)}.")
    found = (await request.form()).get(setting)
    return found.replace("\r\n", "\n").strip() if isinstance(found, str) else ""


# Behind all others, whose addresses begin as this one does.
@router.post(f"{_AT}/{{setting}}")
def post_setting(
    caller: Annotated[Caller, Depends(requires(Action.CONFIGURE, "page"))],
    visit: TheProjectRequest,
    setting: str,
    typed: Annotated[str, Depends(typed_value)],
) -> Response:
    """Change a setting."""
    try:
        changes = parse(setting, typed)
        made = change_settings(caller, visit.centre, owner=visit.owner, name=visit.name, changes=changes)
    except HubShareError as error:
        return _page(caller, visit, error, {setting: typed})
    return visit.see("settings", full=made.name)


def _page(
    caller: Caller,
    visit: ProjectRequest,
    problem: HubShareError | None = None,
    typed: Mapping[str, str] | None = None,
    to: str = "",
    kind: str = "team",
) -> HTMLResponse:
    """The page of all settings.

    Args:
        problem: why what was asked for was not done.
        typed: what was typed for a setting that could not be changed.
        to, kind: what was filled in for a new owner.

    Raises:
        HubShareError: when the person may not see it.
    """
    limits = visit.centre.settings
    with visit.centre.database.read() as session:
        place = visit.view(session, caller)
        offer = offered_to(session, place.project)
        teams = [
            team.name for team, member in teams_of(session, caller.user) if member.role == TeamRole.maintainer.name
        ]
    settings = [
        (name, declared, in_force(name, getattr(place.project, name), limits), most_of(name, limits))
        for name, declared in SETTINGS.items()
        if declared.page == "settings"
    ]
    return visit.show(
        caller,
        "settings.html.j2",
        place,
        problem,
        teams=[team for team in teams if team != place.project.owner],
        offered=offer.user if offer else "",
        days=limits.trash_days,
        to=to,
        kind=kind,
        settings=[(name, one, (typed or {}).get(name, value), most) for name, one, value, most in settings],
    )
