"""The folder on disk. Every operation goes down from the top folder by folder, never through a symbolic link."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from hubshare.git.objects import BLOB, start_id
from hubshare.sync.trees import LINK, Entry, Side
from hubshare_agents.checkout.databases import being_written, in_use, is_database
from hubshare_agents.checkout.flushing import flush_content
from hubshare_agents.checkout.folders import descend
from hubshare_agents.checkout.index import Seen
from hubshare_agents.checkout.preparing import write_prepared
from hubshare_agents.checkout.reading import blob_id, read_whole, seen
from hubshare_agents.checkout.renames import exchange, place
from hubshare_agents.checkout.replaced import discard, let_go, may_be_written, put_back
from hubshare_agents.checkout.temporary import aside_name, sibling, temporary_name

_CHUNK = 256 * 1024


class Changed(Exception):
    """What is on disk is not what was expected: somebody just edited it. It has to be looked at again."""


class Blocked(Exception):
    """Something that is not shared is in the way, such as a folder with ignored files where a file is to be."""


class Busy(Exception):
    """A file changed each time while it was read."""


class InUse(Busy):
    """A database that a program is using: a copy would be broken.

    Attributes:
        reason: in words for the person.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(path)
        self.reason = reason


class Disk:
    """One folder.

    Args:
        root: its absolute path.
        exchanges: whether its file system exchanges two names in one step.
    """

    def __init__(self, root: Path, exchanges: bool = True) -> None:
        self.root, self.exchanges = root, exchanges

    def identity(self) -> tuple[int, int] | None:
        """What tells this folder from another one put in its place (device, inode); None when there is none.

        Raises:
            OSError: when that, or what is in it, cannot be looked at.
        """
        try:
            with self.folder("") as handle:
                # This takes the right to look at what is inside, too.
                found = os.stat(".", dir_fd=handle)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return found.st_dev, found.st_ino

    @contextmanager
    def folder(self, path: str, make: bool = False) -> Iterator[int]:
        """A descriptor of a folder below the top ("" for the top itself).

        Raises:
            FileNotFoundError, NotADirectoryError: when it is not a real folder.
        """
        with descend(self.root, path, make) as handle:
            yield handle

    @contextmanager
    def parent(self, path: str, make: bool = False) -> Iterator[tuple[int, str]]:
        """A descriptor of the folder that `path` lies in, and its name there."""
        folder, _, name = path.rpartition("/")
        with self.folder(folder, make) as handle:
            yield handle, name

    def stat(self, path: str) -> os.stat_result | None:
        """What lies at a path, links not followed; None when nothing does."""
        try:
            with self.parent(path) as (folder, name):
                return os.stat(name, dir_fd=folder, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            # No file can have a name that is longer than a file's name can be.
            if error.errno == errno.ENAMETOOLONG:
                return None
            raise

    def exists(self, path: str) -> bool:
        """Whether something lies at a path."""
        return self.stat(path) is not None

    def is_mount(self, path: str) -> bool:
        """Whether another disk is mounted at a folder."""
        found = self.stat(path)
        if found is None or not stat.S_ISDIR(found.st_mode):
            return False
        with self.parent(path) as (folder, _):
            return found.st_dev != os.fstat(folder).st_dev

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """A regular file, opened for reading.

        Raises:
            OSError: when it cannot be opened; ENXIO for a pipe or a device, from which nothing is to be read.
        """
        with self.parent(path) as (folder, name):
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        with os.fdopen(handle, "rb", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError(errno.ENXIO, os.strerror(errno.ENXIO), path)
            yield file

    def read_link(self, path: str) -> bytes:
        """The target of a symbolic link."""
        with self.parent(path) as (folder, name):
            return os.fsencode(os.readlink(name, dir_fd=folder))

    def hash(self, path: str, found: os.stat_result) -> tuple[Entry, Seen]:
        """The entry of the file or link at a path, and what to recognise it by.

        Raises:
            Busy: when it keeps changing.
            InUse: when it is a database that is being written.
        """
        if stat.S_ISLNK(found.st_mode):
            target = self.read_link(path)
            digest = start_id(BLOB, len(target))
            digest.update(target)
            return Entry(LINK, digest.hexdigest()), seen(found)
        for _ in range(4):
            with self.open(path) as file:
                whole = read_whole(file, lambda head: self._check_whole(path, file.fileno(), head))
            if whole is not None:
                return whole
        raise Busy(path)

    def _check_whole(self, path: str, handle: int, head: bytes) -> None:
        """Check that a copy of an open file is no broken database."""
        if is_database(head):
            with self.parent(path) as (folder, name):
                reason = being_written(folder, name, handle)
            if reason:
                raise InUse(path, reason)

    def holds(self, path: str, side: Side) -> bool:
        """Whether a path holds just this: its content is read, since stamps do not tell every edit."""
        found = self.stat(path)
        if found is None or stat.S_ISDIR(found.st_mode):
            return side is None
        if side is None or not (stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)):
            return False
        return self.hash(path, found)[0] == side

    def write(
        self,
        path: str,
        entry: Entry,
        content: Iterable[bytes],
        local: Side,
        known: Seen | None,
        flush: bool = True,
        temporary: str = "",
    ) -> Seen:
        """Put a version in place of what is expected there; atomically, and only if that is still so.

        Args:
            entry: what to write.
            content: its content in pieces.
            local: what is expected on disk now.
            known: what to recognise that by.
            flush: whether to flush the file to disk before it is put in place.
            temporary: the name that it has until then; a new one if not given.

        Raises:
            Changed: when something else is there; it is left as it is.
            Blocked: when a folder is there that is not empty.
            InUse: when it is a database that a program has open.
            OSError: such as a full disk; nothing has changed then.
        """
        if not self.holds(path, local):
            raise Changed(path)
        temporary = temporary or temporary_name()
        return self.put(path, temporary, self.prepare(path, entry, content, temporary, flush), local)

    def prepare(self, path: str, entry: Entry, content: Iterable[bytes], temporary: str, flush: bool) -> os.stat_result:
        """Write a version under another name beside the place that it is for; return what it is then.

        Raises:
            Changed: when what is to be its folder is none.
            OSError: such as a full disk; nothing is left then.
        """
        try:
            with self.parent(path, make=True) as (folder, name):
                try:
                    return write_prepared(folder, temporary, name, entry, content, flush)
                except BaseException:
                    with suppress(OSError):
                        os.unlink(temporary, dir_fd=folder)
                    raise
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise Changed(path) from None

    def put(self, path: str, temporary: str, made: os.stat_result, local: Side) -> Seen:
        """Put what was prepared in place of what is expected there.

        What is taken out of its place is looked at once more, and is then deleted; or, where a program may go on writing to it,
        left under `aside_name(temporary)`.

        Args:
            made: the prepared file, as it was when it was written.

        Raises:
            Changed, Blocked, InUse, OSError: as `write`; what was prepared is gone then.
        """
        try:
            return self.replace(path, temporary, made, local)
        except BaseException:
            self.drop(path, temporary, made)
            raise

    def drop(self, path: str, temporary: str, made: os.stat_result) -> None:
        """Delete what was prepared and is not to be put in place."""
        with suppress(OSError), self.parent(path) as (folder, _):
            discard(folder, temporary, made)
        self.prune(path)

    def replace(self, path: str, temporary: str, made: os.stat_result, local: Side) -> Seen:
        """Put a file of this name in place, as `put`; where that cannot be it stays under its name."""
        if local is None:
            return self._place(path, temporary, made)
        self._check_replaceable(path, local)
        try:
            with self.parent(path) as (folder, name):
                out = exchange(folder, temporary, name)
                try:
                    expected, written = self._look_at_taken(path, folder, out, local)
                    if not expected:
                        raise Changed(path)
                except BaseException:
                    put_back(folder, out, temporary, name, made)
                    raise
                let_go(folder, out, temporary, written)
                return _seen_at(folder, name, made)
        except (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError):
            raise Changed(path) from None

    def _place(self, path: str, temporary: str, made: os.stat_result) -> Seen:
        """Put a file where nothing is, but perhaps a folder without files."""
        for last in (False, True):
            try:
                with self.parent(path) as (folder, name):
                    place(folder, temporary, name)
                    return _seen_at(folder, name, made)
            except FileExistsError:
                if last or not self.holds(path, None):
                    raise Changed(path) from None
                self._clear_folder(path)
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
                break
        raise Changed(path)

    def delete(self, path: str, local: Entry, known: Seen | None, temporary: str = "") -> None:
        """Delete what is expected at a path, and the folders that this leaves empty.

        Where a program may go on writing to it, it is left under `aside_name(temporary)`.

        Raises:
            Changed: when something else is there; it is left as it is.
        """
        self._check_replaceable(path, local)
        temporary = temporary or temporary_name()
        out = aside_name(temporary)
        try:
            with self.parent(path) as (folder, name):
                os.rename(name, out, src_dir_fd=folder, dst_dir_fd=folder)
                try:
                    expected, written = self._look_at_taken(path, folder, out, local)
                    if not expected:
                        raise Changed(path)
                except BaseException:
                    # Where its place is taken again it stays aside.
                    with suppress(OSError):
                        place(folder, out, name)
                    raise
                let_go(folder, out, temporary, written)
        except FileNotFoundError:
            raise Changed(path) from None
        self.prune(path)

    def _check_replaceable(self, path: str, local: Side) -> None:
        """Check that a path holds what is expected, and no database that a program has open.

        Raises:
            Changed, InUse: when it is not so.
        """
        if not self.holds(path, local):
            raise Changed(path)
        if local is not None:
            with self.parent(path) as (folder, name):
                reason = in_use(folder, name)
            if reason:
                raise InUse(path, reason)

    def _look_at_taken(self, path: str, folder: int, out: str, local: Entry) -> tuple[bool, bool]:
        """Return whether what was just taken out of its place is what was expected, and whether it may yet be written to.

        Its content is compared: there are edits that leave no trace in what `stat` says.
        """
        found = os.stat(out, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISLNK(found.st_mode):
            return self.hash(sibling(path, out), found)[0] == local, False
        if not stat.S_ISREG(found.st_mode):
            return False, False
        written = may_be_written(folder, out)
        try:
            return self.hash(sibling(path, out), found)[0] == local, written
        except Busy:
            return False, written

    def _clear_folder(self, path: str) -> None:
        """Remove a folder that holds nothing but empty folders from the place where a file is to be.

        Raises:
            Blocked: when there is a file in it.
        """
        found = self.stat(path)
        if found is None or not stat.S_ISDIR(found.st_mode):
            return
        with self.folder(path) as handle, os.scandir(handle) as listing:
            names = [entry.name for entry in listing if entry.is_dir(follow_symlinks=False)]
        for name in names:
            self._clear_folder(f"{path}/{name}")
        try:
            with self.parent(path) as (folder, name):
                os.rmdir(name, dir_fd=folder)
        except OSError:
            raise Blocked(path) from None

    def prune(self, path: str) -> None:
        """Remove the folders above `path` that are empty."""
        while "/" in path:
            path = path.rpartition("/")[0]
            try:
                with self.parent(path) as (folder, name):
                    os.rmdir(name, dir_fd=folder)
            except OSError:
                return

    def copy_out(self, path: str, mode: int, target: Path) -> str:
        """Copy a file's content, or a link's target, to `target`, flushed; return the blob id of what was copied."""
        if mode == LINK:
            pieces: Iterable[bytes] = [self.read_link(path)]
        else:
            pieces = self._pieces(path)
        with target.open("wb") as copy:
            for piece in pieces:
                copy.write(piece)
            copy.flush()
            flush_content(copy.fileno())
        return blob_id(target)

    def _pieces(self, path: str) -> Iterator[bytes]:
        with self.open(path) as file:
            while piece := file.read(_CHUNK):
                yield piece


def _seen_at(folder: int, name: str, made: os.stat_result) -> Seen:
    """What to recognise a file by that was just put in place: the rename has set a new ctime."""
    try:
        return seen(os.stat(name, dir_fd=folder, follow_symlinks=False))
    except FileNotFoundError:
        return seen(made)
