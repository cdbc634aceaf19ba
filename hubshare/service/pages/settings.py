"""A project's settings: what it says of itself, its address, the archive, and the trash with the way back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select

from hubshare.errors import HubShareError, Invalid
from hubshare.names import quoted
from hubshare.operations.caller import Caller
from hubshare.service.api import lifecycle as moves
from hubshare.service.api.projects import change_project
from hubshare.service.pages.project_request import AVisit, ProjectRequest
from hubshare.service.pages.view import ThePages, see_other
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store import projects
from hubshare.store.access.actions import Action
from hubshare.store.models import Member, Project
from hubshare.store.teams import teams_of
from hubshare.vocabulary import OutputsName, TeamRole
from hubshare.wire.api.projects import Archived, NewName, NewOwner, ProjectChange

router = APIRouter(include_in_schema=False)

_AT = "/projects/{owner}/{name}/settings"

#: What becomes of the outputs of notebooks.
OUTPUTS = {
    "share": ("Share them", "Notebooks are published as they are saved."),
    "strip": (
        "Leave them out",
        "Whoever pushes leaves out outputs and counts of executions; in everybody’s own folder they stay. "
        "What was published with outputs stays so until it is edited.",
    ),
}


@router.get(_AT)
def get_settings(
    caller: Annotated[Caller, Depends(requires(Action.SEE_SETTINGS, "page"))],
    visit: AVisit,
) -> HTMLResponse:
    """All settings; those that one may not change are not offered."""
    return _page(caller, visit)


@router.post(_AT)
def post_settings(
    caller: Annotated[Caller, Depends(requires(Action.CONFIGURE, "page"))],
    visit: AVisit,
    description: Annotated[str, Form(max_length=4096)] = "",
) -> Response:
    """Change what the project says of itself."""
    wanted = ProjectChange(description=description.replace("\r\n", "\n").strip())
    try:
        made = change_project(caller, visit.centre, visit.owner, visit.name, wanted, Response())
    except HubShareError as error:
        return _page(caller, visit, error, description=description)
    return visit.see("settings", full=made.name)


@router.post(f"{_AT}/brake")
def post_brake(
    caller: Annotated[Caller, Depends(requires(Action.CONFIGURE, "page"))],
    visit: AVisit,
    brake: Annotated[int, Form(ge=0)],
) -> Response:
    """Say how many deletions at once wait for a confirmation."""
    try:
        made = change_project(caller, visit.centre, visit.owner, visit.name, ProjectChange(brake=brake), Response())
    except HubShareError as error:
        return _page(caller, visit, error)
    return visit.see("settings", full=made.name)


@router.post(f"{_AT}/outputs")
def post_outputs(
    caller: Annotated[Caller, Depends(requires(Action.CONFIGURE, "page"))],
    visit: AVisit,
    outputs: Annotated[OutputsName, Form()],
) -> Response:
    """Say what becomes of the outputs of notebooks."""
    made = change_project(caller, visit.centre, visit.owner, visit.name, ProjectChange(outputs=outputs), Response())
    return visit.see("settings", full=made.name)


@router.post(f"{_AT}/rename")
def post_rename(
    caller: Annotated[Caller, Depends(requires(Action.RENAME, "page"))],
    visit: AVisit,
    called: Annotated[str, Form(max_length=200)],
) -> Response:
    """Give the project another name."""
    try:
        made = moves.rename_project(
            caller, visit.centre, visit.owner, visit.name, NewName(name=called.strip()), Response()
        )
    except HubShareError as error:
        return _page(caller, visit, error)
    return visit.see("settings", full=made.name)


@router.post(f"{_AT}/transfer")
def post_transfer(
    caller: Annotated[Caller, Depends(requires(Action.TRANSFER, "page"))],
    visit: AVisit,
    to: Annotated[str, Form(max_length=255)],
    kind: Annotated[str, Form(pattern="^(user|team)$")] = "user",
) -> Response:
    """Give the project to another owner."""
    wanted = NewOwner(owner=f"{kind}:{to.strip()}")
    try:
        made = moves.transfer_project(caller, visit.centre, visit.request, visit.owner, visit.name, wanted, Response())
    except HubShareError as error:
        return _page(caller, visit, error)
    return visit.see(full=made.name) if made.role else see_other(visit.pages.at())


@router.post(f"{_AT}/archive")
def post_archive(
    caller: Annotated[Caller, Depends(requires(Action.ARCHIVE, "page"))],
    visit: AVisit,
    archived: Annotated[bool, Form()] = True,
) -> Response:
    """Put the project into the archive, or take it out."""
    made = moves.archive_project(caller, visit.centre, visit.owner, visit.name, Archived(archived=archived), Response())
    return visit.see("settings", full=made.name)


@router.post(f"{_AT}/delete")
def post_delete(
    caller: Annotated[Caller, Depends(requires(Action.DELETE, "page"))],
    visit: AVisit,
    typed: Annotated[str, Form(max_length=500)],
) -> Response:
    """Put the project into the trash, by somebody who has typed its name."""
    try:
        with visit.centre.database.read() as session:
            project, _ = caller.project(session, visit.owner, visit.name)
        if typed.strip() not in (project.name, project.full_name):
            raise Invalid(f"To delete the project, type its name {project.name}: {quoted(typed)} is another one.")
        moves.delete_project(caller, visit.centre, visit.owner, visit.name)
    except HubShareError as error:
        return _page(caller, visit, error)
    return see_other(visit.pages.at("trash"))


@router.post(f"{_AT}/restore")
def post_restore(
    caller: Annotated[Caller, Depends(requires(Action.RESTORE, "page"))],
    visit: AVisit,
) -> Response:
    """Take the project out of the trash."""
    made = moves.restore_project(caller, visit.centre, visit.owner, visit.name, Response())
    return visit.see(full=made.name)


@router.get("/trash")
def get_trash(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN, "page"))],
    request: Request,
    centre: TheCentre,
    pages: ThePages,
) -> HTMLResponse:
    """One's own deleted projects, and those of the teams that one maintains."""
    teams = select(Member.team_id).where(Member.user == caller.user, Member.role == TeamRole.maintainer.name)
    mine = (Project.owner == caller.user) & Project.team_id.is_(None) | Project.team_id.in_(teams)
    query = select(Project).where(mine, Project.deleted.is_not(None)).order_by(Project.deleted.desc())
    with centre.database.read() as session:
        found = list(session.scalars(query))
    return pages.show(request, caller, "trash.html.j2", projects=found, days=centre.settings.trash_days)


def _page(caller: Caller, visit: ProjectRequest, problem: HubShareError | None = None, **values: Any) -> HTMLResponse:
    """The page of all settings.

    Args:
        problem: why what was asked for was not done.
        values: what was filled in.

    Raises:
        HubShareError: when the person may not see it.
    """
    limits = visit.centre.settings
    with visit.centre.database.read() as session:
        place = visit.place(session, caller)
        teams = [
            team.name for team, member in teams_of(session, caller.user) if member.role == TeamRole.maintainer.name
        ]
    return visit.show(
        caller,
        "settings.html.j2",
        place,
        problem,
        teams=[team for team in teams if team != place.project.owner],
        days=limits.trash_days,
        outputs=OUTPUTS,
        brake=projects.brake_of(place.project, limits),
        most=limits.brake_deletions,
        **{"description": place.project.description} | values,
    )
