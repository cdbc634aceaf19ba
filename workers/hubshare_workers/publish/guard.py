"""The deletion guard: deleting many files at once waits for a confirmation."""

from __future__ import annotations

from hubshare.config import CentreSettings
from hubshare.store.projects import brake_of
from hubshare.store.versions import Branch


def too_many(branch: Branch, gone: int, confirmed: bool, settings: CentreSettings) -> bool:
    """Return whether so many deletions of a project have to be confirmed first.

    Args:
        gone: how many files are deleted.
        confirmed: whether that was done.
    """
    return not confirmed and gone > brake_of(branch, settings)
