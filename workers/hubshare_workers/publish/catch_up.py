"""Catching up: a database that came back from a backup learns what its repositories have published since."""

from __future__ import annotations

import logging

from hubshare.centre import Centre
from hubshare.git.repository import Repository
from hubshare.store.versions import Branch, NewVersion, move_branch

log = logging.getLogger(__name__)


def catch_up(centre: Centre, branch: Branch, repository: Repository) -> bool:
    """Enter what a repository has published after what the database knows. Runs under the repository's lock.

    Who pushed by git is not known any more: the authors of the commits are named.

    Returns:
        Whether there was anything.
    """
    names = repository.ahead_of(branch.head)
    if not names:
        return False
    versions = []
    for name in names:
        commit = repository.commit(name)
        snapshot = commit.parents[1] if len(commit.parents) > 1 else name
        versions.append(NewVersion(name, snapshot, commit.author, commit.summary, commit.time))
    log.warning("%s: the database has gone back; %d versions are entered from git", branch.full_name, len(versions))
    with centre.database.begin(branch.id) as session:
        return move_branch(session, branch, versions, 0)
