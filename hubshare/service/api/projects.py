"""Projects as a whole: made, found, changed, moved, archived, deleted, restored; and their versions."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy.orm import Session

from hubshare.errors import Forbidden, NotFound
from hubshare.names import check_user, quoted
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.service.api import After, Limit
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre, TheDirectory
from hubshare.service.web.headers import set_etag
from hubshare.store import grants, projects, quotas
from hubshare.store.access.actions import Action
from hubshare.store.access.decisions import role_of, roles_of, team_role_of
from hubshare.store.models import Project, Version
from hubshare.store.teams import find_team
from hubshare.store.versions import record_versions
from hubshare.vocabulary import Role, TeamRole
from hubshare.wire.api.base import Page
from hubshare.wire.api.projects import NewProject, ProjectChange
from hubshare.wire.api.projects import Project as ProjectOut
from hubshare.wire.api.projects import Version as VersionOut

router = APIRouter(prefix="/projects", tags=["projects"])


@router.get("")
def list_projects(
    caller: Annotated[Caller, Depends(requires(Action.BROWSE_OWN))],
    centre: TheCentre,
    after: After = None,
    limit: Limit = 100,
    own: Annotated[bool, Query(description="Only those on which you have a role of your own.")] = False,
) -> Page[ProjectOut]:
    """The projects that you may read, by name."""
    begin = decode_cursor(after, str, str)
    with centre.database.read() as session:
        rows = projects.visible(session, caller.user, begin, limit + 1, own)  # type: ignore[arg-type]
        roles = roles_of(session, caller.user)
        newest = projects.newest_of(session, [row.id for row in rows])
        items = [shape(row, roles.get(row.id, Role.reader), newest.get(row.id)) for row in rows[:limit]]
        last = rows[limit - 1] if len(rows) > limit else None
    return Page(items=items, next=encode_cursor(last.owner, last.name) if last else None)


@router.post("", status_code=201)
def create_project(
    caller: Annotated[Caller, Depends(requires(Action.CREATE_PROJECT))],
    centre: TheCentre,
    directory: TheDirectory,
    wanted: NewProject,
    response: Response,
) -> ProjectOut:
    """Make a project with an empty first version."""
    directory.check_groups(wanted.grants)

    def make() -> ProjectOut:
        return _create(caller, centre, session, wanted)

    def still(made: ProjectOut) -> bool:
        project = session.get(Project, made.id)
        return project is not None and role_of(session, project, caller.user) is not None

    with centre.database.begin() as session:
        made = caller.once(session, wanted.model_dump(), ProjectOut, make, still)
    set_etag(response, made.revision)
    return made


def _create(caller: Caller, centre: TheCentre, session: Session, wanted: NewProject) -> ProjectOut:
    owner = wanted.owner or caller.user
    team = None if owner == caller.user else find_team(session, check_user(owner.removeprefix("team:")))
    if owner != caller.user:
        role = team_role_of(session, team, caller.user) if team else None
        if team is None or role is None:
            raise NotFound(f"You can create projects of your own and of your teams: {quoted(owner)} is neither.")
        if role is not TeamRole.maintainer and team.role != Role.writer.name:
            raise Forbidden(f"The members of team {team.name} only read its projects: ask a maintainer to create one.")
    owner = team.name if team else owner
    quotas.check_projects(session, centre.settings, owner, team)
    project = projects.create(session, owner, wanted.name, wanted.visibility, team)
    project.description = projects.check_description(wanted.description)
    for subject, granted in wanted.grants.items():
        grants.grant(session, project, subject, granted)
    repository = centre.repositories.create(project.id, caller.user, int(time.time()), f"Create {project.full_name}")
    try:
        newest = record_versions(session, project.id, repository)
    finally:
        repository.close()
    session.flush()
    session.refresh(project)
    caller.note(session, project, visibility=wanted.visibility, grants=dict(wanted.grants))
    return shape(project, role_of(session, project, caller.user), newest)


@router.get("/{owner}/{name}")
def get_project(
    caller: Annotated[Caller, Depends(requires(Action.READ))],
    centre: TheCentre,
    owner: str,
    name: str,
    response: Response,
) -> ProjectOut:
    """One project; an address that it had formerly leads to it too."""
    with centre.database.read() as session:
        project, role = caller.project(session, owner, name)
        return answer(session, project, role, response)


@router.patch("/{owner}/{name}")
def change_project(
    caller: Annotated[Caller, Depends(requires(Action.CONFIGURE))],
    centre: TheCentre,
    owner: str,
    name: str,
    wanted: ProjectChange,
    response: Response,
) -> ProjectOut:
    """Change a project's visibility, description, brake or what becomes of outputs."""
    with centre.database.begin() as session:
        project, role = caller.project(session, owner, name)
        before = project.visibility, project.outputs
        if wanted.visibility is not None:
            project.visibility = projects.check_visibility(wanted.visibility)
        if wanted.description is not None:
            project.description = projects.check_description(wanted.description)
        if wanted.brake is not None:
            project.brake = projects.check_brake(wanted.brake, centre.settings)
        if wanted.outputs is not None:
            project.outputs = wanted.outputs
        projects.changed(project)
        caller.note(session, project, **wanted.model_dump(exclude_none=True))
        session.flush()
        made = answer(session, project, role, response)
    if (project.visibility, project.outputs) != before:
        centre.access_changed([project.id])
    else:
        centre.bus.announce(project.id, {"type": "project", "project": project.full_name})
    return made


@router.get("/{owner}/{name}/commits")
def list_commits(
    caller: Annotated[Caller, Depends(requires(Action.READ))],
    centre: TheCentre,
    owner: str,
    name: str,
    after: After = None,
    limit: Limit = 50,
) -> Page[VersionOut]:
    """Published versions, the newest first."""
    begin = decode_cursor(after, int)
    with centre.database.read() as session:
        project, _ = caller.project(session, owner, name)
        rows = projects.history(session, project.id, int(begin[0]) if begin else None, limit + 1)
    items = [VersionOut.model_validate(row, from_attributes=True) for row in rows[:limit]]
    return Page(items=items, next=encode_cursor(items[-1].number) if len(rows) > limit else None)


def answer(session: Session, project: Project, role: Role | None, response: Response) -> ProjectOut:
    """A project as an answer, with its ETag."""
    session.refresh(project)
    set_etag(response, project.revision)
    return shape(project, role, projects.latest(session, project.id))


def shape(project: Project, role: Role | None, newest: Version | None) -> ProjectOut:
    """A project as the API shows it."""
    return ProjectOut(
        id=project.id,
        name=project.full_name,
        owned_by_team=project.team_id is not None,
        description=project.description,
        visibility=project.visibility,
        role=role.name if role else None,
        version=newest.number if newest else 0,
        commit=newest.commit if newest else "",
        revision=project.revision,
        created=project.created,
        archived=project.archived,
        deleted=project.deleted,
        brake=project.brake,
        outputs=project.outputs,
    )
