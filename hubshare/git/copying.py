"""Objects of one repository, made ready to be taken into another one."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from hubshare.errors import Unavailable
from hubshare.git.repository import Repository
from hubshare.git.stock import Bounds, running

_READING = Bounds(seconds=600, processor=600)


class Copy(NamedTuple):
    """Objects that wait in a pack beside the repository that is to take them in.

    Attributes:
        path: of the pack, with its index beside it; None where there is nothing to be copied.
        names: ids of the objects.
        source: the repository that they come from.
    """

    path: Path | None
    names: frozenset[str]
    source: Repository

    @property
    def size(self) -> int:
        """Of the pack, in bytes."""
        return self.path.stat().st_size if self.path else 0

    def install(self, repository: Repository) -> None:
        """Have a repository take them in; they are on disk when this returns."""
        if self.path is not None:
            repository.install_files(self.path, self.names, self.source)


def reachable(repository: Path, commit: str, known: str) -> Iterator[str]:
    """The ids of all objects that a commit leads to, and another one does not.

    Args:
        repository: its folder.
        known: the other one; "" for none.

    Raises:
        Unavailable: when git cannot tell.
    """
    given = f"{commit}\n" + (f"^{known}\n" if known else "")
    args = ("rev-list", "--objects", "--no-object-names", "--stdin")
    with running(repository, *args, given=given.encode(), bounds=_READING) as done:
        if done.code:
            raise Unavailable(f"git cannot list what {repository.name} holds: {done.said.strip()[:300]}")
        for line in done.output:
            yield line[:40].decode()


def has_history(repository: Path, commit: str) -> bool:
    """Return whether a repository holds all commits that led to one.

    Args:
        repository: its folder.
    """
    with running(repository, "rev-list", "--quiet", commit, bounds=_READING) as done:
        return done.code == 0


def _sizes(repository: Path, names: Iterable[str]) -> Iterator[int]:
    """The bytes that each of some objects has unpacked; git is asked once for all of them: of a history there are thousands.

    Raises:
        Unavailable: when git cannot tell.
    """
    given = "".join(f"{name}\n" for name in names).encode()
    with running(
        repository, "cat-file", "--batch-check=%(objectsize)", "--buffer", given=given, bounds=_READING
    ) as done:
        if done.code:
            raise Unavailable(f"git cannot tell what {repository.name} holds: {done.said.strip()[:300]}")
        yield from (int(line) for line in done.output if line.strip().isdigit())


@contextmanager
def copied(source: Repository, target: Repository, names: Iterable[str]) -> Iterator[Copy]:
    """Pack just some objects of one repository beside another one, and nothing else of it; all is gone at the end.

    Args:
        names: ids of the objects; those that the one does not hold, or the other does, are left out. Whoever gets them may
            read the commits that lead to them; nobody checks that here.

    Raises:
        Unavailable: when one of them is damaged.
    """
    wanted = frozenset(names)
    wanted -= target.which(wanted)
    if (pack := source.pack_of_just(wanted)) is not None:
        # What was fetched at once, and is taken at once.
        yield Copy(pack, wanted, source)
        return
    wanted = frozenset(source.which(wanted))
    if not wanted:
        yield Copy(None, wanted, source)
        return
    size = sum(_sizes(source.path, wanted))
    # Called like all drafts: what a killed process leaves of it is removed.
    draft = target.path / f"{uuid4().hex}.tmp"
    draft.mkdir()
    try:
        yield Copy(source.packed(wanted, draft, size), wanted, source)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
