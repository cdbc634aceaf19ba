"""Folders that git takes for a repository although no `.git` is in them: it runs what their `config` says, wherever one looks.

Source: git's `setup.c`, `is_git_directory`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache

from hubshare.sync.plan import Plan
from hubshare_agents.checkout.index import CheckoutIndex

_HEAD, _PARTS, _ELSEWHERE = "HEAD", frozenset({"objects", "refs"}), "commondir"
_NAMES = _PARTS | {_HEAD, _ELSEWHERE}
_WHY = (
    "with it its folder would be a git repository, and git runs what the settings of one say; rename it in the project"
)


def is_repository(names: Collection[str]) -> bool:
    """Return whether git takes a folder for a repository that holds these names."""
    return _HEAD in names and (_ELSEWHERE in names or {*names} >= _PARTS)


def leave_repositories(index: CheckoutIndex, made: Plan) -> None:
    """Take out of a plan what would make a repository of a folder that is none."""
    made_of: set[str] = set()
    for folder, names in _added(made.write).items():
        here = {name for name in _NAMES if _lies_at(index, f"{folder}/{name}" if folder else name)}
        if not is_repository(here) and is_repository(here | names):
            made_of |= {f"{folder}/{name}" if folder else name for name in _NAMES}
    if not made_of:
        return

    @cache
    def is_part(path: str) -> bool:
        return path in made_of or ("/" in path and is_part(path.rpartition("/")[0]))

    for path in [path for path in made.write if is_part(path)]:
        del made.write[path]
        made.held[path] = _WHY


def _added(paths: Iterable[str]) -> dict[str, set[str]]:
    """Folders and what they get of what a repository has. Each folder is looked at once, however much lies in it."""
    added, seen = dict[str, set[str]](), set[str]()
    for path in paths:
        while path and path not in seen:
            seen.add(path)
            path, _, name = path.rpartition("/")
            if name in _NAMES:
                added.setdefault(path, set()).add(name)
    return added


def _lies_at(index: CheckoutIndex, path: str) -> bool:
    return index.entry(path) is not None or next(index.below(path, 1), None) is not None
