"""Projects: their addresses, what can be done to a whole one, and their versions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

from sqlalchemy import ColumnElement, and_, bindparam, func, not_, or_, select, true, tuple_, union
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from hubshare.config import CentreSettings
from hubshare.errors import Clash, NotFound
from hubshare.names import check_not_reserved, check_project_name, check_user, quoted, split_project
from hubshare.project_settings import in_force
from hubshare.store.access.decisions import of_user, readable_by
from hubshare.store.house_time import stamp
from hubshare.store.models import FormerName, Member, Project, Team, Version
from hubshare.store.versions import Branch
from hubshare.vocabulary import VisibilityName
from hubshare.wire.agent import new_id

#: What stays of a name that has to tell more, in characters.
_MOST_OF_A_NAME = 80
_HERE = aliased(Project)
#: In one statement, so that what is found at a former address, or not at all, takes as long as what is there.
_FIND = select(Project).where(
    Project.id
    == func.coalesce(
        select(_HERE.id).where(_HERE.owner == bindparam("owner"), _HERE.name == bindparam("name")).scalar_subquery(),
        select(FormerName.project_id)
        .where(FormerName.owner == bindparam("owner"), FormerName.name == bindparam("name"))
        .scalar_subquery(),
    )
)

_LATEST = select(Version).where(Version.project_id == bindparam("project")).order_by(Version.number.desc()).limit(1)
_VERSION = select(Version.commit).where(Version.project_id == bindparam("project"))
_PUBLISHED = _VERSION.where(Version.commit == bindparam("commit")).limit(1)
_PUBLISHED_WITH = union(
    _VERSION.where(Version.commit == bindparam("commit")), _VERSION.where(Version.snapshot == bindparam("commit"))
)


def find(session: Session, full: str) -> Project | None:
    """The project at an address `owner/name`, also at one that it had formerly, also when it is deleted; or None."""
    owner, name = split_project(full)
    return session.scalar(_FIND, {"owner": owner, "name": name})


def create(session: Session, owner: str, name: str, visibility: VisibilityName, team: Team | None = None) -> Project:
    """Add a project.

    Args:
        team: the owner, when it is a team.

    Raises:
        Clash: when the address is taken.
    """
    project = Project(
        id=new_id(),
        owner=check_user(owner),
        name=check_not_reserved(check_project_name(name)),
        team_id=team.id if team else None,
        visibility=visibility,
    )
    check_available(session, project.owner, project.name)
    session.add(project)
    try:
        session.flush()
    except IntegrityError:
        raise Clash(
            f"{owner}/{name} exists already: choose another name, in a terminal with --as {owner}/OTHER."
        ) from None
    return project


def check_available(session: Session, owner: str, name: str, but: Project | None = None) -> None:
    """Check that an address can be given to a project; one that leads to a project elsewhere leads there no more.

    Args:
        but: the project, if it is there already.

    Raises:
        Clash: when another one has it.
    """
    found = find(session, f"{owner}/{name}")
    if found is None or (but is not None and found.id == but.id):
        return
    if found.full_name != f"{owner}/{name}":
        session.delete(session.get_one(FormerName, (owner, name)))
        return
    if found.deleted is not None and not found.version:
        # Nothing ever was in it, as behind a wrong link: it can be brought back all the same, under another name.
        found.name = f"{name[:_MOST_OF_A_NAME]}-{found.id[:8]}"
        changed(found)
        session.flush()
        return
    if found.deleted is not None:
        raise Clash(
            f"{owner}/{name} waits in the trash: bring it back with `hubshare undelete {owner}/{name}`, or choose another "
            "name; this one is free again when its time in the trash is over."
        )
    raise Clash(f"{owner}/{name} exists already: choose another name, in a terminal with --as {owner}/OTHER.")


def brake_of(project: Project | Branch, limits: CentreSettings) -> int:
    """How many files of a project may be deleted at once without a confirmation."""
    brake: int = in_force("brake", project.brake, limits)
    return brake


def move(session: Session, project: Project, owner: str, name: str, team: Team | None) -> None:
    """Give a project another address; the one that it had goes on leading to it.

    Raises:
        Clash: when the address is taken.
    """
    owner, name = check_user(owner), check_project_name(name)
    if (owner, name) == (project.owner, project.name):
        return
    if name != project.name:
        check_not_reserved(name)
    check_available(session, owner, name, project)
    back = session.get(FormerName, (owner, name))
    if back is not None:
        session.delete(back)
    session.merge(FormerName(owner=project.owner, name=project.name, project_id=project.id))
    project.owner, project.name, project.team_id = owner, name, team.id if team else None
    changed(project)
    session.flush()


def changed(project: Project) -> None:
    """Note that settings or access of a project changed; requests that were made of an older state are refused."""
    project.revision = Project.revision + 1


#: Whose projects: the user's own, those of the user's teams, or those of others on which the user has a role.
Whose = Literal["mine", "teams", "shared"]


def holds_words(text: str) -> Iterator[ColumnElement[bool]]:
    """Give the conditions that all words of a text are in a project's address or description."""
    address = Project.owner + "/" + Project.name
    for word in text.lower().split()[:8]:
        yield or_(
            func.lower(address).contains(word, autoescape=True),
            func.lower(Project.description).contains(word, autoescape=True),
        )


def _is_whose(user: str, whose: Whose) -> ColumnElement[bool]:
    mine = and_(Project.owner == user, Project.team_id.is_(None))
    teams = Project.team_id.in_(select(Member.team_id).where(Member.user == user))
    if whose == "mine":
        return mine
    # What belongs to nobody's team is not of a team that one is not in.
    return teams if whose == "teams" else and_(not_(mine), func.coalesce(not_(teams), true()))


def visible(
    session: Session,
    user: str,
    after: tuple[str, str] | None = None,
    most: int = 1000,
    own: bool = False,
    whose: Whose | None = None,
    text: str = "",
) -> list[Project]:
    """Projects that a user may read, by owner and name.

    Args:
        after: only those behind this (owner, name).
        most: how many at most.
        own: only those on which the user has a role that is not just for everybody.
        whose: only those, and of these only those on which the user has such a role.
        text: only those in whose address or description all its words are.
    """
    query = select(Project).where(readable_by(user), *holds_words(text))
    if whose is not None:
        query = query.where(_is_whose(user, whose))
    if own or whose is not None:
        query = query.where(Project.id.in_(of_user(user)))
    if after is not None:
        query = query.where(tuple_(Project.owner, Project.name) > after)
    return list(session.scalars(query.order_by(Project.owner, Project.name).limit(most)))


def projects_of_team(session: Session, team: Team) -> list[Project]:
    """The projects that a team owns, without what is in the trash, by name."""
    query = select(Project).where(Project.team_id == team.id, Project.deleted.is_(None))
    return list(session.scalars(query.order_by(Project.name)))


def delete(session: Session, project: Project) -> None:
    """Put a project into the trash."""
    project.deleted = stamp(session)
    changed(project)


def latest(session: Session, project_id: str) -> Version | None:
    """The newest recorded version of a project."""
    return session.scalar(_LATEST, {"project": project_id})


def names_of(session: Session, projects: Collection[str]) -> dict[str, str]:
    """The full names of projects, by their ids; those that are gone are left out."""
    rows = session.execute(select(Project.id, Project.owner, Project.name).where(Project.id.in_(projects)))
    return {project: f"{owner}/{name}" for project, owner, name in rows}


def newest_of(session: Session, projects: Collection[str]) -> dict[str, Version]:
    """The newest recorded version of each of some projects, by id."""
    here = (Project.id == Version.project_id) & (Project.version == Version.number)
    query = select(Version).join(Project, here)
    ids, found = list(projects), dict[str, Version]()
    for start in range(0, len(ids), 500):
        part = query.where(Project.id.in_(ids[start : start + 500]))
        found |= {row.project_id: row for row in session.scalars(part)}
    return found


def version(session: Session, project_id: str, text: str) -> Version:
    """The version that a person names: a number, `v` and a number, or at least 7 digits of a commit.

    Raises:
        NotFound: when the project has no such version.
    """
    query = select(Version).where(Version.project_id == project_id)
    digits = text.removeprefix("v")
    if digits.isdecimal() and len(digits) < 10:
        query = query.where(Version.number == int(digits))
    elif 7 <= len(text) <= 40 and all(ch in "0123456789abcdef" for ch in text):
        query = query.where(Version.commit.startswith(text))
    else:
        raise NotFound(f"{quoted(text)} is no version: use a number from `hubshare log`, for example v3.")
    found = session.scalars(query.limit(2)).all()
    if len(found) != 1:
        raise NotFound(f"There is no version {quoted(text)}: see `hubshare log`.")
    return found[0]


def versions_numbered(session: Session, project_id: str, numbers: Collection[int]) -> dict[int, Version]:
    """The versions of a project with some numbers, by number."""
    wanted, found = sorted(set(numbers)), dict[int, Version]()
    for start in range(0, len(wanted), 500):
        part = Version.number.in_(wanted[start : start + 500])
        rows = session.scalars(select(Version).where(Version.project_id == project_id, part))
        found |= {row.number: row for row in rows}
    return found


def is_published(session: Session, project_id: str, commit: str) -> bool:
    """Whether a commit is a published version of a project."""
    return session.connection().execute(_PUBLISHED, {"project": project_id, "commit": commit}).first() is not None


def published_with(session: Session, project_id: str, commit: str) -> list[str]:
    """The published versions of a project that are a commit, or were made of it as the snapshot that somebody pushed."""
    return list(session.connection().execute(_PUBLISHED_WITH, {"project": project_id, "commit": commit}).scalars())


def published_of(session: Session, project_id: str, commits: Collection[str]) -> set[str]:
    """Those of some commits that are published versions of a project."""
    wanted, found = sorted(commits), set[str]()
    for start in range(0, len(wanted), 500):
        part = Version.commit.in_(wanted[start : start + 500])
        found.update(session.scalars(select(Version.commit).where(Version.project_id == project_id, part)))
    return found


def history(session: Session, project_id: str, before: int | None, most: int) -> list[Version]:
    """Published versions, the newest first.

    Args:
        before: only versions with a smaller number.
        most: how many at most.
    """
    query = select(Version).where(Version.project_id == project_id)
    if before is not None:
        query = query.where(Version.number < before)
    return list(session.scalars(query.order_by(Version.number.desc()).limit(most)))
