"""Projects: made, listed, looked at, and their settings."""

from __future__ import annotations

import time
from collections.abc import Callable

from hubshare import project_settings
from hubshare.centre import Centre
from hubshare.errors import Forbidden, NotFound
from hubshare.names import check_user, quoted
from hubshare.operations.caller import Caller
from hubshare.operations.cursor import decode_cursor, encode_cursor
from hubshare.operations.directory import Directory
from hubshare.project_settings import ProjectSettings, SettingsChange
from hubshare.store import grants, projects, quotas
from hubshare.store.access.decisions import role_of, roles_among, roles_of, team_role_of
from hubshare.store.database import Session
from hubshare.store.models import Project as Row
from hubshare.store.models import Team, Version
from hubshare.store.notifications import tell_of_roles
from hubshare.store.revocation import everyone_behind
from hubshare.store.teams import find_team
from hubshare.store.versions import NewVersion, begin_history
from hubshare.vocabulary import Role, TeamRole
from hubshare.wire.api.base import Page
from hubshare.wire.api.projects import NewProject, NewTeamProject, Project


def list_projects(
    caller: Caller,
    centre: Centre,
    *,
    after: str | None = None,
    limit: int = 100,
    own: bool = False,
    whose: projects.Whose | None = None,
    query: str = "",
) -> Page[Project]:
    """The projects that the caller may read, by name.

    Args:
        after: `next` of the page before.
        limit: how many at most.
        own: only those on which the caller has a role that is not just for everybody.
        whose: only the caller's own, those of the caller's teams, or those of others that were shared with the caller.
        query: only those in whose address or description all its words are.
    """
    begin = decode_cursor(after, str, str)
    behind = (str(begin[0]), str(begin[1])) if begin else None
    with centre.database.read() as session:
        rows = projects.visible(session, caller.user, behind, limit + 1, own, whose, query)
        roles = roles_of(session, caller.user)
        newest = projects.newest_of(session, [row.id for row in rows])
        items = [to_resource(row, roles.get(row.id, Role.reader), newest.get(row.id)) for row in rows[:limit]]
        last = rows[limit - 1] if len(rows) > limit else None
    return Page(items=items, next=encode_cursor(last.owner, last.name) if last else None)


def get_project(caller: Caller, centre: Centre, *, owner: str, name: str) -> Project:
    """One project; an address that it had formerly leads to it too."""
    with centre.database.read() as session:
        project, role = caller.project(session, owner, name)
        return read_back(session, project, role)


def create_project(
    caller: Caller, centre: Centre, directory: Directory, *, wanted: NewProject, check: bool = False
) -> Project:
    """Make a project with an empty first version.

    Args:
        check: whether to refuse grants to users whom the Hub does not know.
    """
    directory.check_groups(wanted.grants, caller.user, caller.hub_admin)
    if check:
        named = map(grants.kind_and_name, wanted.grants)
        directory.check_users([check_user(name) for kind, name in named if kind == "user"])

    def make() -> Project:
        return create_in(caller, centre, session, wanted)

    with centre.database.begin() as session:
        return caller.once(session, wanted.model_dump(), Project, make, may_still_read(session, caller))


def create_team_project(
    caller: Caller, centre: Centre, directory: Directory, *, team: str, wanted: NewTeamProject, check: bool = False
) -> Project:
    """Make a project that a team owns, for somebody who is in it; see `create_project`."""
    with centre.database.read() as session:
        caller.team(session, team)
    of_team = NewProject(**wanted.model_dump(), owner=f"team:{team}")
    return create_project(caller, centre, directory, wanted=of_team, check=check)


def may_still_read(session: Session, caller: Caller) -> Callable[[Project], bool]:
    """What finds out whether the caller may still know of a project that was made."""

    def still(made: Project) -> bool:
        project = session.get(Row, made.id)
        return project is not None and role_of(session, project, caller.user) is not None

    return still


def create_in(caller: Caller, centre: Centre, session: Session, wanted: NewProject, size: int = 0) -> Project:
    """Make a project with an empty first version, in a transaction.

    Args:
        size: bytes of what is to be put into it at once.
    """
    team = owning_team(session, caller, wanted)
    owner = team.name if team else caller.user
    quotas.check_projects(session, centre.settings, owner, team)
    project = projects.create(session, owner, wanted.name, wanted.visibility, team)
    quotas.check_bytes(session, centre.settings, project, size)
    project.description = project_settings.check("description", wanted.description, centre.settings)
    for subject, granted in wanted.grants.items():
        whom = grants.subject(session, subject, caller.user, everything=caller.hub_admin)
        grants.grant(session, project, whom, granted)
        session.flush()
        users = everyone_behind(session, whom)
        tell_of_roles(session, project, {}, roles_among(session, project, users), caller.user)
    summary, made = f"Create {project.full_name}", int(time.time())
    repository = centre.repositories.create(project.id, caller.user, made, summary)
    first = repository.main
    repository.close()
    newest = begin_history(session, project, NewVersion(first, first, caller.user, summary, made))
    session.refresh(project)
    caller.note(session, project, visibility=wanted.visibility, grants=dict(wanted.grants))
    return to_resource(project, role_of(session, project, caller.user), newest)


def owning_team(session: Session, caller: Caller, wanted: NewProject) -> Team | None:
    """The team that is to own a new project; None when it is the caller.

    Raises:
        Forbidden: when the caller may not make it, or not say who has access to it: nobody gets more of a team by making
            a project than the team has given.
    """
    owner = wanted.owner or caller.user
    if owner == caller.user:
        return None
    team = find_team(session, check_user(owner.removeprefix("team:")))
    role = team_role_of(session, team, caller.user)
    if team is None or role is None:
        raise NotFound(f"You can create projects of your own and of your teams: {quoted(owner)} is neither.")
    if role is not TeamRole.maintainer and team.role != Role.writer.name:
        raise Forbidden(f"The members of team {team.name} only read its projects: ask a maintainer to create one.")
    if role is not TeamRole.maintainer and wanted.grants:
        raise Forbidden(
            f"The maintainers of team {team.name} say who else has access to its projects: ask one of them."
        )
    return team


def change_settings(caller: Caller, centre: Centre, *, owner: str, name: str, changes: SettingsChange) -> Project:
    """Change settings of a project; what is left out stays as it is.

    Raises:
        Invalid: when a value is not accepted.
    """
    with centre.database.begin() as session:
        project, role = caller.project(session, owner, name)
        before = ProjectSettings.model_validate(project, from_attributes=True)
        for setting, value in changes.items():
            setattr(project, setting, project_settings.check(setting, value, centre.settings))
        projects.changed(project)
        caller.note(session, project, **changes)
        session.flush()
        made = read_back(session, project, role)
    changed = [setting for setting in changes if getattr(made, setting) != getattr(before, setting)]
    if project_settings.heard_by_agents(changed):
        centre.access_changed([project.id])
    else:
        centre.project_changed(project.id, made.name)
    return made


def read_back(session: Session, project: Row, role: Role | None) -> Project:
    """A project as the database holds it after what was done in this transaction."""
    session.refresh(project)
    return to_resource(project, role, projects.latest(session, project.id))


def to_resource(project: Row, role: Role | None, newest: Version | None) -> Project:
    """A project as the API shows it.

    Args:
        role: the caller's.
        newest: its newest version.
    """
    settings = ProjectSettings.model_validate(project, from_attributes=True)
    return Project(
        id=project.id,
        name=project.full_name,
        owned_by_team=project.team_id is not None,
        role=role.name if role else None,
        version=newest.number if newest else 0,
        commit=newest.commit if newest else "",
        revision=project.revision,
        created=project.created,
        archived=project.archived,
        deleted=project.deleted,
        **settings.model_dump(),
    )
