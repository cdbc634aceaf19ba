"""Files that were taken out of their place while a program had them open: what it writes to them is not lost.

Before a file is replaced or deleted that is noted, with the name under which it will lie when it has been taken out. So it is
found after a crash at any moment. What nobody can write to any more and is as it was goes away. What a program has open is
kept, as the same file, and looked at again: if it has changed, that is an edit, made before the update came. It is put back
into its place, where it is in conflict with the update; or, where its place holds something newer, kept to be restored.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hubshare.git.objects import BLOB, start_id
from hubshare_agents.checkout.disk import Blocked, Busy, Changed, Disk
from hubshare_agents.checkout.index import CheckoutIndex, Row
from hubshare_agents.checkout.open_files import FileId, file_id, is_written, written_files
from hubshare_agents.checkout.reading import file_mode
from hubshare_agents.checkout.renames import place
from hubshare_agents.checkout.stash import CUT_SHORT, WRITTEN_LATER, Stash
from hubshare_agents.checkout.taken_table import Replacement, Taken, TakenTable

#: How soon files are looked at again that programs have open, in seconds, at first and at last.
_SOON, _LATE = 0.5, 15.0
#: How long a file is kept of which nobody can say whether it is open, in seconds.
_UNSURE_SECONDS = 300.0
_CHUNK = 256 * 1024


class TakenOut:
    """The files of one checkout that were taken out of their places.

    Args:
        folder: where they lie, if it is on the file system of the checkout's folder; else they lie in that one's top.
        table, index, disk, stash: of the checkout.

    Attributes:
        again_at: when (monotonic seconds) they are to be looked at; 0 for never.
    """

    def __init__(self, folder: Path, table: TakenTable, index: CheckoutIndex, disk: Disk, stash: Stash) -> None:
        self._folder, self._table, self._index, self._disk, self._stash = folder, table, index, disk, stash
        self._wait = _SOON
        #: What `stat` said of files that were as they had been, and open.
        self._stamps: dict[str, tuple[int, ...]] = {}
        self.again_at = time.monotonic() if table.rows() else 0.0

    @property
    def is_due(self) -> bool:
        """Whether it is time to look at them."""
        return bool(self.again_at) and time.monotonic() >= self.again_at

    def expect(self, replacements: Iterable[Replacement]) -> dict[str, str]:
        """Note files that are about to be taken out; return path to the temporary name to use."""
        return self._table.expect(replacements, durable=not self._disk.exchanges)

    def settle(self, names: Collection[str], new: Collection[str] = ()) -> None:
        """Forget the files that have gone, and move the others out of the way, with the transaction under way.

        Args:
            names: the temporary names that were given for them.
            new: the places where there was nothing before, so that nothing was taken out of them.
        """
        for row in self._table.rows() if names else ():
            if row.temporary not in names:
                continue
            if row.path in new:
                self._table.forget(row)
            elif row.what.put is not None and row.what.local is not None and not self._disk.exists(row.path):
                # Cut short between two steps: what was taken out goes back, from beside its place.
                self.again_at = time.monotonic()
            elif self._move(row):
                self._disk.prune(row.path)
                self._wait = _SOON
                self.again_at = time.monotonic() + _SOON
            else:
                self._table.forget(row)

    def holds(self, name: str) -> bool:
        """Whether a name in the checkout's folder is that of one of these files."""
        return any(name in (row.temporary, row.aside) for row in self._table.rows())

    def remarks(self) -> list[str]:
        """What a person should know of them, in words."""
        return [
            f"{row.path}: a program still has the version open that was replaced here; what it writes to it is kept."
            for row in self._table.rows()
        ]

    def look(self) -> list[str]:
        """Look at all of them; return the places into which something was put back."""
        writers: tuple[set[FileId], bool] | None = None
        changed: list[str] = []
        for row in self._table.rows():
            with suppress(FileNotFoundError, NotADirectoryError):
                self._drop_prepared(row)
            if self._was_cut_short(row):
                changed.append(row.path)
                continue
            self._move(row)
            with self._opened(row) as handle:
                if handle is None:
                    self._table.forget(row)
                    continue
                written = is_written(handle)
                if written is None:
                    writers = writers or written_files()
                    among, complete = file_id(os.fstat(handle)) in writers[0], writers[1]
                    written = among or (not complete and time.time() - row.since < _UNSURE_SECONDS)
                if self._look_at(row, handle, written):
                    changed.append(row.path)
        left = bool(self._table.rows())
        self._wait = min(self._wait * 1.5, _LATE) if left else _SOON
        self.again_at = time.monotonic() + self._wait if left else 0.0
        return changed

    def _look_at(self, row: Taken, handle: int, written: bool) -> bool:
        """Look at one; return whether it was put back."""
        found, there = os.fstat(handle), self._disk.stat(row.path)
        two_names = there is not None and file_id(there) == file_id(found)
        expected = row.what.local
        stamp = (found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        if written and not two_names and self._stamps.get(row.temporary) == stamp:
            return False
        if two_names or (expected is not None and _content_id(handle) == expected.id):
            self._stamps[row.temporary] = stamp
            if two_names or not written:
                self._delete(row)
            return False
        if self._put_back(row, found):
            return True
        if not written:
            self._stash.take(handle, row.path, file_mode(found), WRITTEN_LATER)
            self._delete(row)
        return False

    def _put_back(self, row: Taken, found: os.stat_result) -> bool:
        """Put a file that was edited back into its place, if that holds what we have put there; return whether it is done.

        What both sides agreed on is set back first: ended between the two steps, the next look finds them equal again.
        """
        path, index = row.path, self._index
        now = index.row(path)
        if not row.what.back or now.held or now.local != now.agreed:
            return False
        published = index.published(path)
        with index.transaction():
            index.save(Row(path, row.what.agreed, row.what.local, None, ""))
            index.agree(path, row.what.agreed, published)
        try:
            with self._disk.parent(path, make=True) as (folder, _):
                if not self._bring(row, folder):
                    raise Changed(path)
                os.rename(row.aside, row.temporary, src_dir_fd=folder, dst_dir_fd=folder)
            try:
                self._disk.replace(path, row.temporary, found, now.on_disk)
            except BaseException:
                with self._disk.parent(path) as (folder, _), suppress(FileNotFoundError):
                    place(folder, row.temporary, row.aside)
                raise
        except (Changed, Blocked, Busy, OSError):
            with index.transaction():
                index.save(now)
                index.agree(path, now.agreed, published)
            self._move(row)
            return False
        # What was put there may have been opened as well; it is somebody's if it changes, and does not come back.
        self._table.save(row._replace(what=Replacement(path, now.agreed, now.on_disk, None, back=False)))
        self.settle([row.temporary])
        return True

    # after a crash

    def _drop_prepared(self, row: Taken) -> None:
        """Remove what was prepared and not put in place; or what was just taken out, which is kept where it is unknown.

        Raises:
            FileNotFoundError: when there is nothing of the kind.
        """
        with self._disk.parent(row.path) as (folder, _):
            found = os.stat(row.temporary, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISREG(found.st_mode):
                handle = os.open(row.temporary, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
                try:
                    if is_written(handle):
                        os.rename(row.temporary, row.aside, src_dir_fd=folder, dst_dir_fd=folder)
                        return
                    known = {side.id for side in (row.what.local, row.what.put) if side is not None}
                    name = _content_id(handle)
                    if name not in known and not self._index.knows(name):
                        self._stash.take(handle, row.path, file_mode(found), CUT_SHORT)
                finally:
                    os.close(handle)
            elif stat.S_ISDIR(found.st_mode):
                os.rename(row.temporary, row.aside, src_dir_fd=folder, dst_dir_fd=folder)
                return
            os.unlink(row.temporary, dir_fd=folder)

    def _was_cut_short(self, row: Taken) -> bool:
        """Put back what was taken out for a version that never came to its place; return whether it was so."""
        if row.what.put is None or row.what.local is None or self._disk.exists(row.path):
            return False
        try:
            with self._disk.parent(row.path) as (folder, name):
                place(folder, row.aside, name)
        except OSError:
            return False
        self._table.forget(row)
        return True

    # where they lie

    @contextmanager
    def _places(self, row: Taken) -> Iterator[list[int]]:
        """Descriptors of the folders in which a file may lie, the last one beside its place."""
        handles = [os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)]
        try:
            with self._disk.folder("") as top:
                try:
                    with self._disk.parent(row.path) as (beside, _):
                        yield [*handles, top, beside]
                except (FileNotFoundError, NotADirectoryError):
                    yield [*handles, top]
        finally:
            os.close(handles[0])

    @contextmanager
    def _opened(self, row: Taken) -> Iterator[int | None]:
        """A descriptor of a file, wherever it lies; None when it is nowhere, or is a link, to which nobody writes."""
        handle = None
        with self._places(row) as places:
            for place_ in places:
                with suppress(OSError):
                    found = os.stat(row.aside, dir_fd=place_, follow_symlinks=False)
                    if stat.S_ISREG(found.st_mode):
                        handle = os.open(row.aside, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=place_)
                        break
        try:
            yield handle
        finally:
            if handle is not None:
                os.close(handle)

    def _move(self, row: Taken) -> bool:
        """Move a file out of the way, if there is one; return whether there is."""
        with self._places(row) as places:
            beside = places[-1]
            if not _lies_in(beside, row.aside):
                return any(_lies_in(other, row.aside) for other in places)
            for other in places[:-1]:
                with suppress(OSError):
                    os.rename(row.aside, row.aside, src_dir_fd=beside, dst_dir_fd=other)
                    break
            return True

    def _bring(self, row: Taken, folder: int) -> bool:
        """Move a file into a folder; return whether that could be."""
        with self._places(row) as places:
            for other in places:
                if _lies_in(other, row.aside):
                    os.rename(row.aside, row.aside, src_dir_fd=other, dst_dir_fd=folder)
                    return True
        return False

    def _delete(self, row: Taken) -> None:
        with self._places(row) as places:
            for other in places:
                with suppress(FileNotFoundError):
                    os.unlink(row.aside, dir_fd=other)
        self._stamps.pop(row.temporary, None)
        self._table.forget(row)


def _lies_in(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _content_id(handle: int) -> str:
    """The blob id of what a file holds now, or something else while it changes."""
    os.lseek(handle, 0, os.SEEK_SET)
    size = os.fstat(handle).st_size
    digest = start_id(BLOB, size)
    while piece := os.read(handle, _CHUNK):
        digest.update(piece)
    return digest.hexdigest()
