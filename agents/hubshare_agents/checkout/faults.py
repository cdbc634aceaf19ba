"""What an error in a checkout's loop means for the person whose checkout it is."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import NamedTuple

from hubshare.errors import HubShareError
from hubshare_agents.checkout.database import damage


class Fault(NamedTuple):
    """An error in words.

    Attributes:
        message: what happened, and what to do.
        unexpected: whether nobody has thought of it, so that where it happened helps.
    """

    message: str
    unexpected: bool = False


def fault_of(error: Exception, root: Path) -> Fault:
    """Return what an error means.

    Args:
        root: the checkout's folder.
    """
    if isinstance(error, HubShareError):
        return Fault(error.message)
    if isinstance(error, sqlite3.DatabaseError):
        return Fault(damage(error, str(root)))
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Fault(f"The disk is full or cannot be written ({error.strerror}): free some space, nothing is lost.")
    return Fault(f"Something unexpected happened ({type(error).__name__}: {error}); it is tried again.", True)
