"""Ignore rules: which paths of a folder are not shared, and which rule says so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore import GitIgnorePatternError

from hubshare.names import folded
from hubshare.sync.trees import ancestors

#: A project's own rules, in the syntax of `.gitignore`; `!pattern` takes back a rule from above it.
RULES_FILE = ".hubshareignore"
_BUILT_IN = "built-in"

#: What no one wants to share: copies that programs keep for themselves, caches, environments.
DEFAULT_RULES = (
    ".hubshare-*.tmp",
    ".~*",
    "~$*",
    ".*.sw[a-p]",
    "*~",
    ".nfs*",
    ".ipynb_checkpoints/",
    ".virtual_documents/",
    "__pycache__/",
    ".venv/",
    "node_modules/",
    ".Trash-*/",
    ".DS_Store",
    "Thumbs.db",
    "lost+found/",
)


#: Longest pattern, most stars in one part of it, and most `**` parts.
_PATTERN_CHARACTERS, _STARS = 500, 3


#: Rules that leave out what people may miss: a folder that they are for is named in `hubshare status`.
_NAMED = frozenset({".venv/", "node_modules/"})


def taking_back(folder: str) -> str:
    """How to have a folder shared that a built-in rule leaves out."""
    return f"a line '!/{folder}/' in {RULES_FILE} shares it all the same"


class Rule(NamedTuple):
    """The rule that keeps a path from being shared.

    Attributes:
        pattern: as written.
        source: the file that it stands in, or "built-in".
    """

    pattern: str
    source: str

    @property
    def named(self) -> bool:
        """Whether what it leaves out is named, because people may miss it."""
        return self.source == _BUILT_IN and self.pattern in _NAMED

    def __str__(self) -> str:
        return f"ignore rule {self.pattern!r} ({self.source})"


class Ignore:
    """The rules of one folder.

    Args:
        lines: the lines of the folder's `.hubshareignore`.
    """

    def __init__(self, lines: Iterable[str] = ()) -> None:
        own = [line.rstrip("\n") for line in lines]
        self._rules = [
            *(Rule(pattern, _BUILT_IN) for pattern in DEFAULT_RULES),
            *(Rule(pattern, RULES_FILE) for pattern in own if _understood(pattern)),
        ]
        self._spec = GitIgnoreSpec.from_lines([rule.pattern for rule in self._rules])

    def rule(self, path: str, folder: bool = False) -> Rule | None:
        """The rule that ignores `path`, or None. A folder's rule holds for everything in it."""
        found = self._spec.check_file(path + "/" if folder else path)
        return self._rules[found.index] if found.include and found.index is not None else None

    def takes_back(self, folder: str) -> bool:
        """Whether a rule of the project's own says that a folder is to be shared."""
        found = self._spec.check_file(folder + "/")
        return found.include is False and found.index is not None and self._rules[found.index].source == RULES_FILE


def _understood(pattern: str) -> bool:
    """Whether a line is a pattern; one that is not is passed over, as git does, and stops nobody.

    A pattern with many stars could keep a processor busy for ages over one long name, for everybody who has the project.
    """
    parts = pattern.split("/")
    if (
        len(pattern) > _PATTERN_CHARACTERS
        or parts.count("**") > _STARS
        or any(part.count("*") > _STARS for part in parts)
    ):
        return False
    try:
        GitIgnoreSpec.from_lines([pattern])
    except (GitIgnorePatternError, re.error):
        return False
    return True


def case_collisions(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of paths that a case-insensitive or normalising file system takes for one another."""
    seen: dict[str, str] = {}
    pairs: list[tuple[str, str]] = []
    for path in sorted({place for known in paths for place in (known, *ancestors(known))}):
        first = seen.setdefault(folded(path), path)
        if first != path:
            pairs.append((first, path))
    return pairs
