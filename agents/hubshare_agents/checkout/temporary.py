"""Names of our own in a checkout's folder: what is about to be put in place, and what was taken out of its place."""

from __future__ import annotations

import re
import secrets

_TEMPORARY = re.compile(r"\.hubshare-[0-9a-f]{16}\.tmp")


def is_temporary(name: str) -> bool:
    """Whether a name is one that HubShare gives to a file while it is replaced; nobody else's looks just like that."""
    return _TEMPORARY.fullmatch(name) is not None


def temporary_name() -> str:
    """A new name for a version that is about to be put in place."""
    return f".hubshare-{secrets.token_hex(8)[1:]}0.tmp"


def aside_name(temporary: str) -> str:
    """The name for what is taken out of its place by the version with this name."""
    return temporary.removesuffix("0.tmp") + "1.tmp"


def sibling(path: str, name: str) -> str:
    """The path of another name in the same folder."""
    folder, slash, _ = path.rpartition("/")
    return f"{folder}{slash}{name}"
