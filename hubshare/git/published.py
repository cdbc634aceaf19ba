"""What of a repository is published: what its branch leads to. It also holds what was kept back, of which nobody is to know."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from pathlib import Path

from hubshare.errors import HubShareError, Unavailable
from hubshare.git.objects import COMMIT, EMPTY_TREE, FOLDER, decode_commit, read_tree
from hubshare.git.repository import Repository
from hubshare.git.stock import Bounds, running

#: So many objects are looked at for one push of an agent; what lies further back is sent anew.
_MOST = 1_000_000


class PublishedObjects:
    """The trees and files of a published commit, and then those of the versions before it, as far as they are asked for.

    Args:
        repository: holds them.
        commit: a published one.
    """

    def __init__(self, repository: Repository, commit: str) -> None:
        self._repository = repository
        self._near: list[bytes] = []
        self._found: set[str] = set()
        self._rest = self._reach(commit)

    def tree(self, name: str) -> bytes:
        """The raw content of a tree that is known to be published; what it holds is asked for most."""
        data = self._repository.tree(name)
        self._near.append(data)
        return data

    def __contains__(self, name: str) -> bool:
        while self._near:
            self._found.update(item for _, item in read_tree(self._near.pop()).values())
        while name not in self._found:
            if len(self._found) > _MOST or next(self._rest, None) is None:
                return False
        return True

    def _reach(self, commit: str) -> Iterator[str]:
        """Ids of trees, each after what it holds was noted."""
        waiting, known, visited = deque([commit]), {commit}, {EMPTY_TREE}
        while waiting:
            version = self._repository.commit(waiting.popleft())
            self._found.add(version.tree)
            trees = [version.tree]
            while trees:
                tree = trees.pop()
                if tree in visited:
                    continue
                visited.add(tree)
                for mode, item in read_tree(self._repository.tree(tree)).values():
                    self._found.add(item)
                    if mode == FOLDER:
                        trees.append(item)
                yield tree
            new = [parent for parent in version.parents if parent not in known]
            known.update(new)
            waiting.extend(new)


def pushed_from(repository: Repository, name: str) -> str:
    """The id of the checkout that a commit is a snapshot of; "" for any other commit, and for none.

    Whoever has that checkout has the snapshot, published or not, and all that it leads to: it was held to that when it came.
    """
    try:
        found = repository.read(name)
        return (decode_commit(found.data).trailer("HubShare-Checkout") or "") if found.type == COMMIT else ""
    except HubShareError:
        return ""


def published_among(repository: Path, head: str, names: Collection[str], bounds: Bounds | None = None) -> set[str]:
    """Those of some ids that a published commit leads to: commits, trees and files.

    What is not there at all takes as long as what is kept back.

    Args:
        repository: its folder.
        head: the published commit.
        bounds: what git may use up.

    Raises:
        Unavailable: when git cannot read the repository.
    """
    found = {name for name in names if name == head}
    # What is wanted is most often in the newest version.
    for at, args in (
        # What stands before a name: `100644 blob `, `040000 tree `.
        (12, ("ls-tree", "-r", "-t", "--full-tree", head)),
        (0, ("rev-list", "--objects", "--no-object-names", head)),
    ):
        left = {name.encode() for name in names if name not in found}
        if not left:
            break
        with running(repository, *args, bounds=bounds) as done:
            if done.code != 0:
                raise Unavailable("Git could not read the project: tell an admin of the Hub.")
            found |= {name.decode() for line in done.output if (name := line[at : at + 40]) in left}
    return found
