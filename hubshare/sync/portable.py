"""Names that Windows or macOS cannot hold: they are shared, and whoever pushes them is told.

Source: "Naming Files, Paths, and Namespaces" of Microsoft.
"""

from __future__ import annotations

import re

_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE)
_REFUSED = re.compile('[<>:"|?*\\\\]')
#: Longest path on Windows is 260 characters, with the folder that the checkout lies in.
_LONGEST_PATH = 220


def foreign_fault(path: str) -> str:
    """Return why a Mac or Windows cannot hold a path, or ""."""
    for name in path.split("/"):
        if _RESERVED.fullmatch(name):
            return f"{name} is a name that Windows keeps for itself"
        if name.endswith((" ", ".")):
            return f"Windows takes the {'space' if name.endswith(' ') else 'dot'} at the end of a name away"
        found = _REFUSED.search(name)
        if found:
            where = "Windows and older programs of macOS" if found[0] == ":" else "Windows"
            return f"{where} cannot have {found[0]} in a name"
    if len(path) > _LONGEST_PATH:
        return f"it has {len(path)} characters, and Windows takes 260 with the folder that it lies in"
    return ""
