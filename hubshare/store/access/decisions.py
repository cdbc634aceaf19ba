"""Who may do what: the table of actions, asked of the database at the moment of the act. Nothing here is cached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast, get_args

from sqlalchemy import BindParameter, CompoundSelect, Select, bindparam, case, literal, null, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from hubshare.errors import NotFound
from hubshare.names import quoted
from hubshare.store.access.actions import Action, Reason, allow, allow_team, decide, of_visibility
from hubshare.store.models import Checkout, Grant, GroupMember, Member, Project, Team
from hubshare.store.versions import Branch
from hubshare.vocabulary import Role, TeamRole, VisibilityName

#: What gives people a role on a project, by user.
Reasons = Mapping[str, Sequence[Reason]]
#: A text of each row.
Column = ColumnElement[str] | InstrumentedAttribute[str]

# Every way to a role is one SELECT of (project, user, role, what it comes through, its name). The statements are built once:
# building one takes longer than running it.

_PROJECT: BindParameter[str] = bindparam("project")
_USER: BindParameter[str] = bindparam("user")


def _ways(project: Column | None, user: Column | None, only: Any = None) -> CompoundSelect[Any]:
    """All ways to a role, as one statement.

    Args:
        project, user: what to look for; None for all.
        only: a selection of the users that matter.
    """

    def way(statement: Any, of: Any, who: Any) -> Any:
        if project is not None:
            statement = statement.where(of == project)
        if user is not None:
            statement = statement.where(who == user)
        if only is not None:
            statement = statement.where(who.in_(only))
        return statement

    as_owner = case((Member.role == TeamRole.maintainer.name, Role.owner.name), else_=Team.role)
    given = Grant.project_id
    return union_all(
        way(
            select(Project.id, Project.owner, literal(Role.owner.name), literal("owner"), null()).where(
                Project.team_id.is_(None)
            ),
            Project.id,
            Project.owner,
        ),
        way(
            select(Project.id, Member.user, as_owner, literal("team"), Team.name)
            .join(Team, Team.id == Project.team_id)
            .join(Member, Member.team_id == Team.id),
            Project.id,
            Member.user,
        ),
        way(
            select(given, Grant.subject, Grant.role, literal("grant"), null()).where(Grant.kind == "user"),
            given,
            Grant.subject,
        ),
        way(
            select(given, Member.user, Grant.role, literal("team"), Team.name)
            .join(Team, (Grant.kind == "team") & (Team.id == Grant.subject))
            .join(Member, Member.team_id == Team.id),
            given,
            Member.user,
        ),
        way(
            select(given, GroupMember.user, Grant.role, literal("group"), Grant.subject).join(
                GroupMember, (Grant.kind == "group") & (GroupMember.group == Grant.subject)
            ),
            given,
            GroupMember.user,
        ),
    )


#: So many people are named in one statement.
_PEOPLE = 500

#: Projects that everybody reads who is signed in.
_OPEN_TO_ALL = [name for name in get_args(VisibilityName) if of_visibility(name, signed_in=True)]
_OPEN = Project.visibility.in_(_OPEN_TO_ALL)
_OF_ONE = _ways(_PROJECT, _USER)
_OF_SOME = _ways(_PROJECT, None, bindparam("users", expanding=True))
_OF_PROJECT = _ways(_PROJECT, None)
_OF_USER = _ways(None, _USER)
#: Those who have a checkout, each once without a role, and all roles that they have.
_OF_SUBSCRIBERS: CompoundSelect[Any] = union_all(
    select(Checkout.project_id, Checkout.user, null(), null(), null())
    .where(Checkout.project_id == _PROJECT)
    .distinct(),
    *_ways(_PROJECT, None, select(Checkout.user).where(Checkout.project_id == _PROJECT)).selects,
)
#: Teams and groups in which a user is, as reasons call them.
_MINE = union_all(
    select(literal("team"), Team.name).join(Member, Member.team_id == Team.id).where(Member.user == _USER),
    select(literal("group"), GroupMember.group).where(GroupMember.user == _USER),
)
_IN_TEAM = select(Member.role).where(Member.team_id == bindparam("team"), Member.user == _USER)


def _reason(role: str, kind: str, name: str | None) -> Reason:
    return Reason(Role[role], f"{kind} {name}" if name else kind)


def reasons(session: Session, project: Project | Branch, user: str) -> list[Reason]:
    """Everything that gives a person a role on a project at this moment.

    Args:
        user: "" for somebody who is not signed in.
    """
    return given(session, project, user) + of_visibility(project.visibility, bool(user))


def given(session: Session, project: Project | Branch, user: str) -> list[Reason]:
    """The same without what the project's visibility gives to everybody."""
    rows = session.execute(_OF_ONE, {"project": project.id, "user": user}) if user else ()
    return [_reason(*row[2:]) for row in rows]


def reasons_of_some(session: Session, project: Project | Branch, users: Iterable[str]) -> dict[str, list[Reason]]:
    """The same as `reasons` for several people who are signed in, in one statement; by user."""
    everybody = of_visibility(project.visibility, signed_in=True)
    found = {user: list(everybody) for user in users}
    for _, user, *reason in session.connection().execute(_OF_SOME, {"project": project.id, "users": list(found)}):
        found[user].append(_reason(*reason))
    return found


def role_of(session: Session, project: Project, user: str) -> Role | None:
    """A person's role on a project at this moment; on one that was deleted, none."""
    return decide(reasons(session, project, user)) if project.deleted is None else None


def roles_among(session: Session, project: Project, users: Iterable[str]) -> dict[str, Role | None]:
    """The roles of people who are signed in on a project that is not deleted, at this moment; by user."""
    wanted = sorted(users)
    found: dict[str, Role | None] = {}
    for at in range(0, len(wanted), _PEOPLE):
        some = reasons_of_some(session, project, wanted[at : at + _PEOPLE])
        found |= {user: decide(known) for user, known in some.items()}
    return found


def require(
    session: Session,
    project: Project | Branch | None,
    user: str,
    action: Action,
    name: str,
    *,
    hub_admin: bool = False,
    known: Iterable[Reason] | None = None,
) -> Role | None:
    """Let an action pass, or say why not.

    Args:
        user: "" for somebody who is not signed in.
        name: how the person called the project.
        hub_admin: whether the person is an admin of the Hub.
        known: what `reasons` gives, where that was read in the same transaction.

    Returns:
        The person's role; None for an admin of the Hub who has none.

    Raises:
        NotFound, Forbidden, Clash: see `hubshare.store.access.actions.allow`.
    """
    if project is None:
        # What is not there is not found out more cheaply than what this person may not know of.
        if user and known is None:
            session.execute(_OF_ONE, {"project": "", "user": user})
        raise NotFound(f"There is no project {quoted(name)}, or you may not see it: ask its owner for access.")
    role = decide(reasons(session, project, user) if known is None else known)
    if (project.deleted is not None) is not (action is Action.RESTORE):
        if role is Role.owner or hub_admin:
            raise NotFound(
                f"{project.full_name} was deleted: run `hubshare undelete {project.full_name}` to have it back."
                if project.deleted
                else f"{project.full_name} is not deleted."
            )
        raise NotFound(f"There is no project {quoted(name)}, or you may not see it: ask its owner for access.")
    archived = project.archived is not None
    allow(
        action,
        project.full_name if role else quoted(name),
        role,
        hub_admin=hub_admin,
        signed_in=bool(user),
        archived=archived,
    )
    return role


def everybody(session: Session, project: Project) -> dict[str, list[Reason]]:
    """Every user with a role on a project that is not just for everybody, and what gives it."""
    found: dict[str, list[Reason]] = defaultdict(list)
    for _, user, *reason in session.execute(_OF_PROJECT, {"project": project.id}):
        found[user].append(_reason(*reason))
    return found


def admins_of(session: Session, project: Project) -> list[str]:
    """Who may say how things stand with a project, its owner or the maintainers of its team among them."""
    roles = {user: decide(why) for user, why in everybody(session, project).items()}
    return [user for user, role in roles.items() if role is not None and role >= Role.admin]


def seen_by(
    session: Session, project: Project, user: str, everything: bool = False
) -> tuple[dict[str, list[Reason]], list[str]]:
    """What `everybody` gives, without what comes by teams and groups that a person is not in: only members see members.

    Args:
        user: who looks; sees all reasons of their own.
        everything: for an admin of the Hub.

    Returns:
        Users with their reasons, and the teams and groups of which nothing is shown, as reasons call them.
    """
    mine = {f"{kind} {name}" for kind, name in session.execute(_MINE, {"user": user})}
    found: dict[str, list[Reason]] = {}
    unseen: set[str] = set()
    for one, why in everybody(session, project).items():
        hidden = {
            reason.through
            for reason in why
            if reason.through.startswith(("team ", "group ")) and reason.through not in mine
        }
        if everything or one == user:
            hidden = set()
        unseen |= hidden
        if shown := [reason for reason in why if reason.through not in hidden]:
            found[one] = shown
    return found, sorted(unseen)


def of_user(user: str, least: Role = Role.reader) -> Select[Any]:
    """A selection of the ids of the projects on which a user has a role that is not just for everybody.

    Args:
        least: or a larger one.
    """
    ways = _OF_USER.subquery()
    found = select(ways.c[0]).params(user=user)
    return found if least is Role.reader else found.where(ways.c[2].in_([role.name for role in Role if role >= least]))


def readable_by(user: str) -> ColumnElement[bool]:
    """The condition that a project can be read by a user who is signed in: by a role, or because everybody may."""
    return Project.deleted.is_(None) & (Project.id.in_(of_user(user)) | _OPEN)


def lets_read(project: type[Project], user: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """The condition that a project can be read by a user who is signed in, for each row of a statement.

    Args:
        project: an alias of it in that statement; whether it was deleted is not looked at.
        user: a column of another table in that statement.
    """
    ways = (cast(Select[Any], way).correlate(project, user.parent).exists() for way in _ways(project.id, user).selects)
    return or_(project.visibility.in_(_OPEN_TO_ALL), *ways)


def roles_of(session: Session, user: str) -> dict[str, Role]:
    """The projects on which a user has a role that is not just for everybody; by id."""
    found: dict[str, Role] = {}
    for project, _, role, *_ in session.execute(_OF_USER, {"user": user}):
        found[project] = max(Role[role], found.get(project, Role.reader))
    return found


def reasons_of_subscribers(session: Session, project: Project | Branch) -> dict[str, list[Reason]]:
    """The same as `reasons` for all users who have a checkout of a project; by user."""
    everybody = of_visibility(project.visibility, signed_in=True)
    found: dict[str, list[Reason]] = defaultdict(lambda: list(everybody))
    for _, user, role, *through in session.connection().execute(_OF_SUBSCRIBERS, {"project": project.id}):
        found[user] += [] if role is None else [_reason(role, *through)]
    return found


def subscribers(
    session: Session, project: Project | Branch, among: Iterable[str] | None = None
) -> dict[str, Role | None]:
    """The users who have a checkout of a project, with the role that each has at this moment: on one that was deleted, none.

    Args:
        among: only these users.
    """
    found, only = reasons_of_subscribers(session, project), None if among is None else set(among)
    return {
        user: decide(known) if project.deleted is None else None
        for user, known in found.items()
        if only is None or user in only
    }


def team_role_of(session: Session, team: Team | None, user: str) -> TeamRole | None:
    """A user's role in a team at this moment; in none, none."""
    role = session.scalar(_IN_TEAM, {"team": team.id if team else "", "user": user})
    return TeamRole[role] if role else None


def require_team(
    session: Session, team: Team | None, user: str, action: Action, name: str, *, hub_admin: bool = False
) -> TeamRole | None:
    """Let an action on a team pass, or say why not; see `require`."""
    role = team_role_of(session, team, user)
    if team is None:
        raise NotFound(f"There is no team {quoted(name)}, or you are not in it: ask one of its maintainers to add you.")
    allow_team(action, team.name if role else quoted(name), role, hub_admin=hub_admin)
    return role
