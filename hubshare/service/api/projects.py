"""Projects as a whole: made, found, changed, moved, archived, deleted, restored; and their versions."""

from __future__ import annotations

import time
from typing import Annotated

from anyio import from_thread
from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy.orm import Session

from hubshare.errors import Forbidden, NotFound
from hubshare.names import check_user, shown
from hubshare.resources import NewProject, Page, ProjectChange
from hubshare.resources import Project as ProjectOut
from hubshare.resources import Version as VersionOut
from hubshare.service.api import After, Limit, TheCentre, TheGroups, cursor, place
from hubshare.service.asking import Asked, asking
from hubshare.store import grants, projects, quotas
from hubshare.store.access import role_of, roles_of, team_role_of
from hubshare.store.actions import Action, Role, TeamRole
from hubshare.store.models import Project, Version
from hubshare.store.teams import find_team
from hubshare.store.versions import record_versions

router = APIRouter(prefix="/projects", tags=["projects"])


@router.get("")
def list_projects(
    asked: Annotated[Asked, Depends(asking(Action.LOOK_AROUND))],
    centre: TheCentre,
    after: After = None,
    limit: Limit = 100,
    own: Annotated[bool, Query(description="Only those on which you have a role of your own.")] = False,
) -> Page[ProjectOut]:
    """The projects that you may read, by name."""
    begin = place(after, str, str)
    with centre.database.read() as session:
        rows = projects.visible(session, asked.user, begin, limit + 1, own)  # type: ignore[arg-type]
        roles = roles_of(session, asked.user)
        newest = projects.newest_of(session, [row.id for row in rows])
        items = [shape(row, roles.get(row.id, Role.reader), newest.get(row.id)) for row in rows[:limit]]
        last = rows[limit - 1] if len(rows) > limit else None
    return Page(items=items, next=cursor(last.owner, last.name) if last else None)


@router.post("", status_code=201)
def create_project(
    asked: Annotated[Asked, Depends(asking(Action.CREATE_PROJECT))],
    centre: TheCentre,
    groups: TheGroups,
    wanted: NewProject,
    response: Response,
) -> ProjectOut:
    """Make a project with an empty first version."""
    from_thread.run(groups.check, wanted.grants)

    def make() -> ProjectOut:
        return _create(asked, centre, session, wanted)

    def still(made: ProjectOut) -> bool:
        project = session.get(Project, made.id)
        return project is not None and role_of(session, project, asked.user) is not None

    with centre.database.begin() as session:
        made = asked.once(session, wanted.model_dump(), ProjectOut, make, still)
    response.headers["ETag"] = f'"{made.revision}"'
    return made


def _create(asked: Asked, centre: TheCentre, session: Session, wanted: NewProject) -> ProjectOut:
    owner = wanted.owner or asked.user
    team = None if owner == asked.user else find_team(session, check_user(owner.removeprefix("team:")))
    if owner != asked.user:
        role = team_role_of(session, team, asked.user) if team else None
        if team is None or role is None:
            raise NotFound(f"You can create projects of your own and of your teams: {shown(owner)} is neither.")
        if role is not TeamRole.maintainer and team.role != Role.writer.name:
            raise Forbidden(f"The members of team {team.name} only read its projects: ask a maintainer to create one.")
    owner = team.name if team else owner
    quotas.check_projects(session, centre.settings, owner, team)
    project = projects.create(session, owner, wanted.name, wanted.visibility, team)
    project.description = projects.check_description(wanted.description)
    for subject, granted in wanted.grants.items():
        grants.grant(session, project, subject, granted)
    repository = centre.repositories.create(project.id, asked.user, int(time.time()), f"Create {project.full_name}")
    try:
        newest = record_versions(session, project.id, repository)
    finally:
        repository.close()
    session.flush()
    session.refresh(project)
    asked.note(session, project, visibility=wanted.visibility, grants=dict(wanted.grants))
    return shape(project, role_of(session, project, asked.user), newest)


@router.get("/{owner}/{name}")
def get_project(
    asked: Annotated[Asked, Depends(asking(Action.READ))], centre: TheCentre, owner: str, name: str, response: Response
) -> ProjectOut:
    """One project; an address that it had formerly leads to it too."""
    with centre.database.read() as session:
        project, role = asked.project(session, owner, name)
        return answer(session, project, role, response)


@router.patch("/{owner}/{name}")
def change_project(
    asked: Annotated[Asked, Depends(asking(Action.CONFIGURE))],
    centre: TheCentre,
    owner: str,
    name: str,
    wanted: ProjectChange,
    response: Response,
) -> ProjectOut:
    """Change a project's visibility, description, brake or what becomes of outputs."""
    with centre.database.begin() as session:
        project, role = asked.project(session, owner, name)
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
        asked.note(session, project, **wanted.model_dump(exclude_none=True))
        session.flush()
        made = answer(session, project, role, response)
    if (project.visibility, project.outputs) != before:
        centre.access_changed([project.id])
    else:
        centre.bus.announce(project.id, {"type": "project", "project": project.full_name})
    return made


@router.get("/{owner}/{name}/commits")
def list_commits(
    asked: Annotated[Asked, Depends(asking(Action.READ))],
    centre: TheCentre,
    owner: str,
    name: str,
    after: After = None,
    limit: Limit = 50,
) -> Page[VersionOut]:
    """Published versions, the newest first."""
    begin = place(after, int)
    with centre.database.read() as session:
        project, _ = asked.project(session, owner, name)
        rows = projects.history(session, project.id, int(begin[0]) if begin else None, limit + 1)
    items = [VersionOut.model_validate(row, from_attributes=True) for row in rows[:limit]]
    return Page(items=items, next=cursor(items[-1].number) if len(rows) > limit else None)


def answer(session: Session, project: Project, role: Role | None, response: Response) -> ProjectOut:
    """A project as an answer, with its ETag."""
    session.refresh(project)
    response.headers["ETag"] = f'"{project.revision}"'
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
