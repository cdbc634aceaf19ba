"""Commits that are kept although nothing of them is published: each under a ref at first, later all of them under one.

A fetch looks at every ref, also at those that it tells nobody of; tens of thousands of them took seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

from dulwich.objects import ZERO_SHA, ObjectID
from dulwich.refs import Ref, RefsContainer

from hubshare.errors import Clash
from hubshare.git.durable import flush
from hubshare.git.objects import EMPTY_TREE, Commit, Object

#: The folder of the refs of kept commits, each by its own id.
KEPT = "refs/hubshare/kept"
#: The one that leads to all that were put together: a commit that has them, and the one before it, for parents.
TOGETHER = "refs/hubshare/together"
#: So many may lie in the folder.
_MOST = 100
#: Parents of one commit.
_PARENTS = 500


def fold_kept(
    path: Path, refs: RefsContainer, is_commit: Callable[[str], bool], add: Callable[[Iterable[Object]], None]
) -> None:
    """Put the kept commits under one ref, when there are many. A commit is under one ref or the other at every moment.

    Args:
        path: of the repository.
        refs: of the repository.
        is_commit: whether an id is that of a commit there.
        add: takes objects in; they are on disk when it returns.

    Raises:
        Clash: somebody else does the same.
    """
    folder = path / KEPT
    names = sorted(found.name for found in folder.iterdir()) if folder.exists() else []
    if len(names) <= _MOST:
        return
    ref = Ref(TOGETHER.encode())
    # The refs are called by their commits; others than ours stay where they are.
    kept = [name for name in names if _leads_to_itself(folder / name, name) and is_commit(name)]
    for at in range(0, len(kept), _PARENTS):
        part, before = kept[at : at + _PARENTS], refs.read_ref(ref)
        parents = (*([before.decode()] if before else []), *part)
        made = Commit(EMPTY_TREE, parents, "hubshare", int(time.time()), "Keep what was not published").encode()
        add([made])
        if not refs.set_if_equals(ref, ObjectID(before) if before else ZERO_SHA, ObjectID(made.id.encode())):
            raise Clash(f"The kept commits of {path.name} are put together by somebody else.")
        flush((path / TOGETHER).parent)
        for name in part:
            (folder / name).unlink(missing_ok=True)
    flush(folder)


def _leads_to_itself(path: Path, name: str) -> bool:
    try:
        return path.read_text().strip() == name
    except (OSError, UnicodeDecodeError):
        return False
