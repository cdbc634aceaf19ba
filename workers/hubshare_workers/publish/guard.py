"""The deletion guard at the centre: deleting many files, or most of a project, waits for a confirmation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy.orm import Session

from hubshare.config import CentreSettings
from hubshare.errors import DeletionsAsked
from hubshare.git.objects import TreeReader, walk_tree
from hubshare.store.projects import brake_of
from hubshare.store.publications import deletions_of
from hubshare.store.versions import Branch
from hubshare.sync.deletions import Deletions, count_left, deleted, digest, in_short, left_limit, must_be_confirmed
from hubshare.sync.trees import Side
from hubshare_workers.publish.publication import Published

#: Deletions of one person within this time count together.
_LATELY_SECONDS = 600


class Found(NamedTuple):
    """What a change deletes.

    Attributes:
        counted: how many files it deletes and leaves.
        most: so many of the project are deleted without a question.
        names: some of them, in short.
        mark: of just these deletions.
    """

    counted: Deletions
    most: int
    names: str
    mark: str

    @property
    def gone(self) -> int:
        """How many files it deletes itself."""
        return self.counted.gone

    def asks(self, each: bool = False) -> bool:
        """Whether it has to be confirmed.

        Args:
            each: the person gave a command for each part.
        """
        return must_be_confirmed(self.counted, self.most, each)

    @property
    def said(self) -> str:
        """How many files are deleted, in words."""
        gone, lately = self.counted.gone, self.counted.lately
        return f"{gone:,} file{'' if gone == 1 else 's'}" + (f", after {lately:,} just before," if lately else "")


def deleted_lately(session: Session, project: str, user: str) -> int:
    """How many files of a project a person has deleted a moment ago, since they last confirmed it."""
    count = 0
    for answer in deletions_of(session, project, user, _LATELY_SECONDS):
        count = 0 if answer.confirmed else count + (answer.gone or 0)
    return count


def confirmed(
    published: Published,
    settings: CentreSettings,
    changes: Mapping[str, tuple[Side, Side]],
    lately: int,
    said: bool,
    asked: str,
) -> int:
    """Return how many files a change that was asked for at the centre deletes, where that needs no confirmation or has one.

    Args:
        said: whether the person has confirmed it.
        asked: mark of the deletions that they were asked about; "" for any.

    Raises:
        DeletionsAsked: when it has to be confirmed.
    """
    found = look(published.branch, settings, changes, lately, published.tree, published.root)
    if found.asks() and not (said and asked in ("", found.mark)):
        raise DeletionsAsked(
            f"This deletes {found.said} of {published.branch.full_name} ({found.names}): confirm it, if that is what you want.",
            found.mark,
        )
    return found.gone


def was_asked(session: Session, project: str, user: str, mark: str) -> bool:
    """Whether a person was asked about just these deletions."""
    return any(answer.asked == mark for answer in deletions_of(session, project, user))


def look(
    branch: Branch,
    settings: CentreSettings,
    changes: Mapping[str, tuple[Side, Side]],
    lately: int,
    read: TreeReader,
    root: str,
) -> Found:
    """Find what a change deletes.

    Args:
        changes: path to what is there before and after.
        lately: how many files the same person has deleted a moment ago.
        read, root: the tree before the change.
    """
    found = deleted(changes)
    if not found:
        return Found(Deletions(0, lately, 0), 0, "", "")
    paths: Iterable[str] = (path for path, _ in walk_tree(read, root))
    left = count_left(paths, changes, left_limit(len(found), lately))
    return Found(Deletions(len(found), lately, left), brake_of(branch, settings), in_short(found), digest(found))
