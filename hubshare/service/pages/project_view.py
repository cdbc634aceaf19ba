"""Where a page is: a project, one of its versions, and what lies at a path of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from hubshare.centre import Centre
from hubshare.errors import Clash, Forbidden, NotFound
from hubshare.git.objects import EMPTY_TREE, FOLDER, read_tree, tree_entry
from hubshare.git.repository import Repository
from hubshare.names import check_path, quoted
from hubshare.operations.caller import Caller
from hubshare.service.pages.addresses import Addresses
from hubshare.store import projects
from hubshare.store.access.actions import Action, allow
from hubshare.store.models import Project, Version
from hubshare.sync.trees import LINK
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
        found = tree_entry(self.repository.tree, self.root, check_path(path)) if path else (FOLDER, self.root)
        if found is None:
            raise NotFound(f"There is no {quoted(path)} in version {self.version.number} of {self.full_name}.")
        return found

    def newest_entry(self, path: str) -> tuple[int, str] | None:
        """The same in the newest version, or None."""
        root = self.repository.commit(self.newest.commit).tree
        return tree_entry(self.repository.tree, root, check_path(path)) if path else (FOLDER, root)

    def size(self, blob: str) -> int:
        """Of a file, in bytes."""
        found = self.repository.kind_and_size(blob)
        return found[1] if found else 0


#: What the pages offer only to those who may.
_OFFERED = (
    Action.PUSH,
    Action.RELEASE,
    Action.SEE_ACCESS,
    Action.GRANT,
    Action.SEE_AUDIT,
    Action.SEE_SETTINGS,
    Action.CONFIGURE,
    Action.ARCHIVE,
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


class Item(NamedTuple):
    """A file or folder in a list."""

    name: str
    path: str
    mode: int
    id: str

    @property
    def is_folder(self) -> bool:
        return self.mode == FOLDER

    @property
    def icon(self) -> str:
        """Its picture, by what the name says."""
        if self.is_folder:
            return "folder-fill"
        if self.mode == LINK:
            return "link-45deg"
        return _ICONS.get(self.name.lower().rpartition(".")[2], "file-earmark")


_ICONS = (
    dict.fromkeys(("ipynb",), "journal-code")
    | dict.fromkeys(("md", "txt", "rst", "markdown", "tex", "log"), "file-earmark-text")
    | dict.fromkeys(("py", "r", "jl", "js", "ts", "c", "h", "cpp", "sh", "html", "css", "sql"), "file-earmark-code")
    | dict.fromkeys(("png", "jpg", "jpeg", "gif", "svg", "webp"), "file-earmark-image")
    | dict.fromkeys(("csv", "tsv", "parquet", "xlsx"), "table")
    | dict.fromkeys(("json", "geojson", "yaml", "yml", "toml"), "braces")
    | {"pdf": "file-earmark-pdf"}
)


def items(place: ProjectView, path: str, tree: str) -> list[Item]:
    """What lies in a folder: folders first, then files, as people sort names."""
    if tree == EMPTY_TREE:
        return []
    inside = f"{path}/" if path else ""
    found = [
        Item(name, inside + name, mode, oid) for name, (mode, oid) in read_tree(place.repository.tree(tree)).items()
    ]
    return sorted(found, key=lambda item: (not item.is_folder, _natural(item.name)))


def _natural(name: str) -> list[tuple[int, int, str]]:
    """So that `week 10` comes behind `week 9`."""
    parts: list[tuple[int, int, str]] = []
    digits = ""
    for ch in [*name.casefold(), ""]:
        if ch and "0" <= ch <= "9":
            digits += ch
            continue
        if digits:
            parts.append((0, int(digits[:18]), ""))
            digits = ""
        parts.append((1, 0, ch))
    return parts


def crumbs(at: Addresses, place: ProjectView, path: str) -> list[tuple[str, str]]:
    """Name and address of the project and of each folder on the way to a path."""
    parts = [(place.project.name, at.file(place.full_name, place.named))]
    so_far = ""
    for name in path.split("/") if path else ():
        so_far = f"{so_far}/{name}" if so_far else name
        parts.append((name, at.file(place.full_name, place.named, so_far)))
    return parts
