"""Ignore rules: which paths of a folder are not shared, and which rule says so."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import NamedTuple

from hubshare.names import folded
from hubshare.sync.trees import ancestors
from hubshare.sync.wildmatch import Pattern, parse

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
    ".#*",
    "\\#*#",
    ".nfs*",
    ".fuse_hidden*",
    ".ipynb_checkpoints/",
    ".virtual_documents/",
    ".jupyter/",
    ".jupyter_ystore.db*",
    "__pycache__/",
    ".venv/",
    "node_modules/",
    ".Trash-*/",
    ".DS_Store",
    "Thumbs.db",
    "lost+found/",
)


#: Rules that leave out what people may miss: a folder that they are for is named in `hubshare status`.
_NAMED = frozenset({".venv/", "node_modules/"})


def taking_back(path: str, folder: bool = True) -> str:
    """How to have a folder, or a file, shared that a built-in rule leaves out."""
    return f"a line '!/{path}{'/' if folder else ''}' in {RULES_FILE} shares it all the same"


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
        rules: the content of the folder's `.hubshareignore`, in the syntax of `.gitignore`.
    """

    def __init__(self, rules: bytes = b"") -> None:
        patterns = [
            *((_BUILT_IN, pattern) for pattern in parse("\n".join(DEFAULT_RULES).encode())),
            *((RULES_FILE, pattern) for pattern in parse(rules)),
        ]
        # The last one that matches decides.
        self._rules = [_Compiled(pattern, source) for source, pattern in reversed(patterns)]
        self._any = {by_name: _any([rule.pattern for rule in self._rules], by_name) for by_name in (True, False)}

    def rule(self, path: str, folder: bool = False) -> Rule | None:
        """The rule that ignores `path`, or None. A folder's rule holds for everything in it."""
        found = self._deciding(path, folder)
        return None if found is None or found.pattern.negated else found.rule

    def takes_back(self, folder: str) -> bool:
        """Whether a rule of the project's own says that a folder is to be shared."""
        found = self._deciding(folder, True)
        return found is not None and found.pattern.negated

    def _deciding(self, path: str, folder: bool) -> _Compiled | None:
        whole = os.fsencode(path)
        name = whole.rpartition(b"/")[2]
        if not self._any[True].fullmatch(name) and not self._any[False].fullmatch(whole):
            return None
        for rule in self._rules:
            if (folder or not rule.pattern.folders_only) and rule.expression.fullmatch(
                name if rule.pattern.by_name else whole
            ):
                return rule
        return None


class _Compiled:
    """A rule, ready to be asked."""

    def __init__(self, pattern: Pattern, source: str) -> None:
        self.pattern = pattern
        self.rule = Rule(pattern.line.decode(errors="replace"), source)
        self.expression = re.compile(pattern.expression, re.DOTALL)


def _any(patterns: Iterable[Pattern], by_name: bool) -> re.Pattern[bytes]:
    """One expression that tells at once that none of them matches, as is so for most paths."""
    wanted = [b"(?:" + pattern.expression + b")" for pattern in patterns if pattern.by_name == by_name]
    return re.compile(b"|".join(wanted) or rb"(?!)", re.DOTALL)


def case_collisions(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of paths that a case-insensitive or normalising file system takes for one another."""
    seen: dict[str, str] = {}
    pairs: list[tuple[str, str]] = []
    for path in sorted({place for known in paths for place in (known, *ancestors(known))}):
        first = seen.setdefault(folded(path), path)
        if first != path:
            pairs.append((first, path))
    return pairs
