"""What can happen to a whole project: another name, another owner, the archive, the trash and the way back."""

from __future__ import annotations

from hubshare.centre import Centre
from hubshare.errors import Forbidden, NotFound
from hubshare.names import check_project_name, check_user, is_service, quoted
from hubshare.operations.caller import Caller
from hubshare.operations.directory import Directory
from hubshare.operations.projects import read_back
from hubshare.store import grants, offers, projects, quotas
from hubshare.store.access.actions import decide
from hubshare.store.access.decisions import given, role_of, roles_among, team_role_of
from hubshare.store.checkouts import users_with
from hubshare.store.database import Session
from hubshare.store.models import Grant, Team, now
from hubshare.store.models import Project as Row
from hubshare.store.notifications import settle, tell_of_roles
from hubshare.store.teams import find_team
from hubshare.vocabulary import Role, TeamRole
from hubshare.wire.api.projects import NewOwner, Project


def rename_project(caller: Caller, centre: Centre, *, owner: str, name: str, new_name: str) -> Project:
    """Rename a project; the address that it had goes on leading to it."""
    with centre.database.begin() as session:
        project, role = caller.project(session, owner, name)
        before = project.full_name
        projects.move(session, project, project.owner, new_name, _owning_team(session, project))
        caller.note(session, project, before=before)
        made = read_back(session, project, role)
    centre.access_changed([project.id])
    return made


def transfer_project(
    caller: Caller,
    centre: Centre,
    directory: Directory,
    *,
    owner: str,
    name: str,
    wanted: NewOwner,
    check: bool = False,
) -> Project:
    """Give a project to another owner: a team that the caller maintains, or somebody who is its admin already.

    A person has to accept it first, but for an admin of the Hub: until then nothing changes. Who gave it away stays its
    admin, and the members of a team keep what they could do. An admin of the Hub can do it with
    the projects of a user who has left the Hub, and give them to anybody; then the former owner keeps nothing.

    Args:
        check: whether to refuse a taker whom the Hub does not know, where nothing else tells that the name is right.
    """
    with centre.database.read() as session:
        owner_now = caller.project(session, owner, name)[0].owner
    left = caller.hub_admin and not directory.knows(owner_now)
    if left and check and not wanted.owner.startswith(("team:", "group:")):
        directory.check_users([check_user(wanted.owner.removeprefix("user:"))])
    with centre.database.begin() as session:
        project, role = caller.project(session, owner, name)
        taken_over = role is not Role.owner
        if taken_over and (project.team_id is not None or not left or project.owner != owner_now):
            raise Forbidden(f"{project.owner} is still there: only {project.owner} can transfer {project.full_name}.")
        team = _new_owner(session, caller, project, wanted.owner, taken_over)
        new = team.name if team else wanted.owner.removeprefix("user:")
        name_then = check_project_name(wanted.name or project.name)
        if team is None and new not in (caller.user, project.owner) and not caller.hub_admin:
            # It is theirs, under their name and on their quota, when they want it.
            offers.offer_project(session, project, new, name_then, caller.user)
            caller.note(session, project, offered=new)
            made, concerned, users = read_back(session, project, role), [], [new]
        else:
            before = project.full_name
            hand_over(session, centre, project, new, name_then, team, "" if taken_over else caller.user)
            caller.note(session, project, before=before)
            session.flush()
            made = read_back(session, project, role_of(session, project, caller.user))
            concerned, users = [project.id], None
    centre.access_changed(concerned, users)
    return made


def hand_over(
    session: Session, centre: Centre, project: Row, new: str, name: str, team: Team | None, giver: str
) -> None:
    """Give a project to another owner, who wants it.

    Args:
        new: the user or the team; `team` where it is one.
        name: that it has then.
        giver: the person who gives it away, and stays its admin; "" for nobody.

    Raises:
        OverQuota: when the new owner has too many.
        Clash: when the address is taken.
    """
    owner_before, team_before = project.owner, _owning_team(session, project)
    if project.owner != new:
        quotas.check_projects(session, centre.settings, new, team)
    offers.withdraw_project(session, project)
    projects.move(session, project, new, name, team)
    _drop_grant(session, project, "team" if team else "user", team.id if team else new)
    if project.owner != owner_before and giver:
        _let_stay(session, project, giver if team_before else owner_before, team_before)


def _owning_team(session: Session, project: Row) -> Team | None:
    return session.get(Team, project.team_id) if project.team_id else None


def _new_owner(session: Session, caller: Caller, project: Row, text: str, taken_over: bool) -> Team | None:
    """The team that is to own a project; None when it is a user."""
    kind, name = grants.kind_and_name(text)
    if kind == "group":
        raise Forbidden("A group of the Hub cannot own projects: create a team, and grant the group a role.")
    if kind == "team":
        team = find_team(session, name)
        mine = team_role_of(session, team, caller.user)
        if team is None or (mine is not TeamRole.maintainer and not taken_over):
            raise NotFound(f"You maintain no team {quoted(name)}: ask one of its maintainers to take the project.")
        return team
    if is_service(name):
        raise Forbidden(
            "A service of the Hub cannot own projects: give it a role, or the project to a team that it is in."
        )
    its_admin = decide(given(session, project, check_user(name)))
    if not taken_over and (its_admin or 0) < Role.admin:
        raise Forbidden(
            f"{name} has to be an admin of {project.full_name} first: "
            f"run `hubshare grant {project.full_name} {name} admin`."
        )
    return None


def _let_stay(session: Session, project: Row, user: str, team: Team | None) -> None:
    """Who gave a project away does not lose it: a user stays its admin, the members of a team keep what they could do."""
    if team is not None:
        grants.grant(session, project, grants.Subject("team", team.name, team.id), team.role)
    if user != project.owner:
        grants.grant(session, project, grants.Subject.of_user(user), Role.admin.name)


def _drop_grant(session: Session, project: Row, kind: str, key: str) -> None:
    """An owner needs no grant."""
    found = session.get(Grant, (project.id, kind, key))
    if found is not None:
        session.delete(found)


def archive_project(caller: Caller, centre: Centre, *, owner: str, name: str, archived: bool) -> Project:
    """Archive a project, so that nothing can be pushed to it, or undo that."""
    with centre.database.begin() as session:
        project, role = caller.project(session, owner, name)
        project.archived = (project.archived or now()) if archived else None
        projects.changed(project)
        caller.note(session, project, archived=archived)
        session.flush()
        made = read_back(session, project, role)
    centre.project_changed(project.id, made.name)
    if not archived:
        # Pushes that were refused meanwhile come now.
        centre.access_changed([project.id])
    return made


def delete_project(caller: Caller, centre: Centre, *, owner: str, name: str) -> None:
    """Put a project into the trash, where it can be restored from for a while; nobody can reach it there."""
    with centre.database.begin() as session:
        project, _ = caller.project(session, owner, name)
        users = users_with(session, project.id)
        before = roles_among(session, project, users)
        projects.delete(session, project)
        caller.note(session, project)
        tell_of_roles(session, project, before, dict.fromkeys(users), caller.user)
    centre.access_changed([project.id])


def restore_project(caller: Caller, centre: Centre, *, owner: str, name: str) -> Project:
    """Take a project out of the trash, with its access as it was."""
    with centre.database.begin() as session:
        project, role = caller.project(session, owner, name)
        caller.note(session, project)
        made = restore_in(session, project, role)
    centre.access_changed([project.id])
    return made


def restore_in(session: Session, project: Row, role: Role | None) -> Project:
    """Take a project out of the trash, in a transaction; whoever does that tells that access has changed.

    Args:
        role: the caller's.
    """
    project.deleted = None
    projects.changed(project)
    session.flush()
    back = roles_among(session, project, users_with(session, project.id))
    settle(session, "access_lost", [project.id], {(user, project.id) for user, given in back.items() if given})
    return read_back(session, project, role)
