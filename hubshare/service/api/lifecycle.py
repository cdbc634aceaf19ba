"""What can happen to a whole project: another name, another owner, the archive, the trash and the way back."""

from __future__ import annotations

from typing import Annotated

from anyio import from_thread
from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.orm import Session

from hubshare.errors import Forbidden, NotFound
from hubshare.names import quoted
from hubshare.operations.caller import Caller
from hubshare.service.api.projects import answer
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.service.web.hub_api import Hub
from hubshare.store import grants, projects, quotas
from hubshare.store.access.actions import Action, decide
from hubshare.store.access.decisions import given, role_of, team_role_of
from hubshare.store.models import Grant, Project, Team, now
from hubshare.vocabulary import Role, TeamRole
from hubshare.wire.api.projects import Archived, NewName, NewOwner
from hubshare.wire.api.projects import Project as ProjectOut

router = APIRouter(prefix="/projects", tags=["projects"])


@router.put("/{owner}/{name}/name")
def rename_project(
    caller: Annotated[Caller, Depends(requires(Action.RENAME))],
    centre: TheCentre,
    owner: str,
    name: str,
    wanted: NewName,
    response: Response,
) -> ProjectOut:
    """Rename a project; the address that it had goes on leading to it."""
    with centre.database.begin() as session:
        project, role = caller.project(session, owner, name)
        before, team = project.full_name, session.get(Team, project.team_id) if project.team_id else None
        projects.move(session, project, project.owner, wanted.name, team)
        caller.note(session, project, before=before)
        made = answer(session, project, role, response)
    centre.access_changed([project.id])
    return made


@router.put("/{owner}/{name}/owner")
def transfer_project(
    caller: Annotated[Caller, Depends(requires(Action.TRANSFER))],
    centre: TheCentre,
    request: Request,
    owner: str,
    name: str,
    wanted: NewOwner,
    response: Response,
) -> ProjectOut:
    """Give a project to another owner: a team that you maintain, or somebody who is its admin already.

    Who gave it away stays its admin, and the members of a team keep what they could do. An admin of the Hub can do it with
    the projects of a user who has left the Hub, and give them to anybody; then the former owner keeps nothing.
    """
    hub: Hub = request.app.state.hub
    left = caller.hub_admin and not from_thread.run(hub.knows, owner)
    with centre.database.begin() as session:
        project, role = caller.project(session, owner, name)
        taken_over = role is not Role.owner
        if taken_over and (project.team_id is not None or not left or project.owner != owner):
            raise Forbidden(f"{project.owner} is still there: only {project.owner} can transfer {project.full_name}.")
        team = _new_owner(session, caller, project, wanted.owner, taken_over)
        new = team.name if team else wanted.owner.removeprefix("user:")
        before = project.full_name
        giver, owner_before = session.get(Team, project.team_id) if project.team_id else None, project.owner
        if project.owner != new:
            quotas.check_projects(session, centre.settings, new, team)
        projects.move(session, project, new, wanted.name or project.name, team)
        _drop_grant(session, project, "team" if team else "user", team.id if team else new)
        if project.owner != owner_before and not taken_over:
            _let_stay(session, caller, project, owner_before, giver)
        caller.note(session, project, before=before)
        session.flush()
        made = answer(session, project, role_of(session, project, caller.user), response)
    centre.access_changed([project.id])
    return made


def _new_owner(session: Session, caller: Caller, project: Project, text: str, taken_over: bool) -> Team | None:
    """The team that is to own a project; None when it is a user."""
    whom = grants.subject(session, text)
    if whom.kind == "group":
        raise Forbidden(f"A group of the Hub cannot own projects: create a team, and grant {whom} a role.")
    if whom.kind == "team":
        team = session.get(Team, whom.key)
        assert team is not None
        if team_role_of(session, team, caller.user) is not TeamRole.maintainer and not taken_over:
            raise NotFound(f"You maintain no team {quoted(whom.name)}: ask one of its maintainers to take the project.")
        return team
    its_admin = decide(given(session, project, whom.name))
    if not taken_over and (its_admin or 0) < Role.admin:
        raise Forbidden(
            f"{whom.name} has to be an admin of {project.full_name} first: "
            f"run `hubshare grant {project.full_name} {whom.name} admin`."
        )
    return None


def _let_stay(session: Session, caller: Caller, project: Project, user: str, team: Team | None) -> None:
    """Who gave a project away does not lose it: a user stays its admin, the members of a team keep what they could do."""
    if team is not None:
        grants.grant(session, project, f"team:{team.name}", team.role)
    if caller.user != project.owner:
        grants.grant(session, project, f"user:{caller.user if team else user}", Role.admin.name)


def _drop_grant(session: Session, project: Project, kind: str, key: str) -> None:
    """An owner needs no grant."""
    found = session.get(Grant, (project.id, kind, key))
    if found is not None:
        session.delete(found)


@router.put("/{owner}/{name}/archived")
def archive_project(
    caller: Annotated[Caller, Depends(requires(Action.ARCHIVE))],
    centre: TheCentre,
    owner: str,
    name: str,
    wanted: Archived,
    response: Response,
) -> ProjectOut:
    """Archive a project, so that nothing can be pushed to it, or undo that."""
    with centre.database.begin() as session:
        project, role = caller.project(session, owner, name)
        project.archived = (project.archived or now()) if wanted.archived else None
        projects.changed(project)
        caller.note(session, project, archived=wanted.archived)
        session.flush()
        made = answer(session, project, role, response)
    centre.bus.announce(project.id, {"type": "project", "project": project.full_name})
    return made


@router.delete("/{owner}/{name}", status_code=204)
def delete_project(
    caller: Annotated[Caller, Depends(requires(Action.DELETE))], centre: TheCentre, owner: str, name: str
) -> None:
    """Put a project into the trash, where it can be restored from for a while; nobody can reach it there."""
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        projects.delete(project)
        caller.note(session, project)
    centre.access_changed([project.id])


@router.post("/{owner}/{name}/restore")
def restore_project(
    caller: Annotated[Caller, Depends(requires(Action.RESTORE))],
    centre: TheCentre,
    owner: str,
    name: str,
    response: Response,
) -> ProjectOut:
    """Take a project out of the trash, with its access as it was."""
    with centre.database.begin() as session:
        project, role = caller.project(session, owner, name)
        project.deleted = None
        projects.changed(project)
        caller.note(session, project)
        session.flush()
        made = answer(session, project, role, response)
    centre.access_changed([project.id])
    return made
