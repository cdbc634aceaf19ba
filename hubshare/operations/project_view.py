"""A version of a project, as somebody who may read it sees it."""

from __future__ import annotations

from dataclasses import dataclass

from hubshare.centre import Centre
from hubshare.errors import Clash, Forbidden, Invalid, NotFound
from hubshare.git.lookup import entry_at
from hubshare.git.objects import FOLDER
from hubshare.git.repository import Repository
from hubshare.names import check_path, quoted
from hubshare.operations.caller import Caller
from hubshare.store import projects
from hubshare.store.access.actions import Action, allow
from hubshare.store.database import Session
from hubshare.store.models import Project, Version
from hubshare.vocabulary import Role


@dataclass(frozen=True)
class ProjectView:
    """A version of a project that the person may read.

    Attributes:
        role: the person's; None for an admin of the Hub who has none.
        version: the one that is looked at.
        newest: the newest one.
        may: what else the person may do with the project at this moment.
    """

    project: Project
    role: Role | None
    version: Version
    newest: Version
    repository: Repository
    may: frozenset[Action]

    @property
    def full_name(self) -> str:
        return self.project.full_name

    @property
    def is_newest(self) -> bool:
        return self.version.number == self.newest.number

    @property
    def named(self) -> str | int:
        """What stands for the version in addresses: what is newest is called so, until somebody wants a permanent link."""
        return "latest" if self.is_newest else self.version.number

    @property
    def root(self) -> str:
        """Id of the version's top tree."""
        return self.repository.commit(self.version.commit).tree

    def entry(self, path: str) -> tuple[int, str]:
        """Mode and id of what lies at a path; "" is the top folder.

        Raises:
            NotFound: when there is nothing.
        """
        found = entry_at(self.repository, self.version.commit, check_path(path) if path else "")
        if found is None:
            where = f"version {self.version.number} of {self.full_name}"
            raise NotFound(f"There is no {quoted(path)} in {where}: see `hubshare log`.")
        return found

    def holds(self, path: str) -> bool:
        """Return whether something lies at a path; what is no path at all is nowhere."""
        try:
            self.entry(path)
        except (Invalid, NotFound):
            return False
        return True

    def file(self, path: str) -> tuple[int, str]:
        """Mode and id of the file or link at a path.

        Raises:
            NotFound: when there is nothing.
            Invalid: when a folder is there.
        """
        found = self.entry(path)
        if found[0] == FOLDER:
            raise Invalid(f"{quoted(path)} is a folder: name a file in it.")
        return found

    def newest_entry(self, path: str) -> tuple[int, str] | None:
        """Mode and id of what lies at a path in the newest version, or None."""
        return entry_at(self.repository, self.newest.commit, check_path(path) if path else "")

    def size(self, blob: str) -> int:
        """Of a file, in bytes."""
        found = self.repository.kind_and_size(blob)
        return found[1] if found else 0


#: What is offered only to those who may.
_OFFERED = (
    Action.PUSH,
    Action.FORK,
    Action.RELEASE,
    Action.SEE_ACCESS,
    Action.GRANT,
    Action.SEE_AUDIT,
    Action.SEE_SETTINGS,
    Action.CONFIGURE,
    Action.ARCHIVE,
    Action.WEBHOOKS,
    Action.MIRRORS,
    Action.RENAME,
    Action.TRANSFER,
    Action.DELETE,
)


def open_view(
    session: Session, centre: Centre, caller: Caller, owner: str, name: str, version: str = "latest"
) -> ProjectView:
    """A version of a project, if the person may read it at this moment.

    Args:
        version: `latest`, or see `hubshare.store.projects.version`.
    """
    project, role = caller.project(session, owner, name)
    newest = projects.latest(session, project.id)
    if newest is None:
        raise NotFound(f"{project.full_name} has no version yet.")
    found = newest if version == "latest" else projects.version(session, project.id, version)
    may = frozenset(action for action in _OFFERED if _passes(caller, project, role, action))
    return ProjectView(project, role, found, newest, centre.repositories.open(project.id), may)


def _passes(caller: Caller, project: Project, role: Role | None, action: Action) -> bool:
    if not caller.user:
        return False
    archived = project.archived is not None
    try:
        allow(action, project.full_name, role, hub_admin=caller.hub_admin, archived=archived)
    except (NotFound, Forbidden, Clash):
        return False
    return True
