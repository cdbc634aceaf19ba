"""The folder on disk. Every operation goes down from the top folder by folder, never through a symbolic link."""

from __future__ import annotations

import ctypes
import errno
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from hubshare.git.objects import BLOB, start_id
from hubshare.sync.trees import EXECUTABLE, LINK, Entry, Side
from hubshare_agents.checkout.databases import being_written, is_database
from hubshare_agents.checkout.index import Seen
from hubshare_agents.checkout.reading import read_whole, seen

#: Names of files that are being written or were just replaced; never shared. Nobody else's name looks just like that.
_TEMPORARY = re.compile(r"\.hubshare-[0-9a-f]{16}\.tmp")

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK = 256 * 1024
#: renameat2(2)
_NOREPLACE, _EXCHANGE = 1, 2
_renameat2 = ctypes.CDLL(None, use_errno=True).renameat2


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
    """

    def __init__(self, root: Path) -> None:
        self.root = root

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
        handle = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for name in path.split("/") if path else ():
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(name, dir_fd=handle)
                try:
                    inner = os.open(name, _FOLDER_FLAGS, dir_fd=handle)
                except OSError as error:
                    if error.errno == errno.ELOOP:
                        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path) from None
                    raise
                os.close(handle)
                handle = inner
            yield handle
        finally:
            os.close(handle)

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
        """A regular file, opened for reading."""
        with self.parent(path) as (folder, name):
            handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        with os.fdopen(handle, "rb", buffering=0) as file:
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
        self, path: str, entry: Entry, content: Iterable[bytes], local: Side, known: Seen | None, flush: bool = True
    ) -> Seen:
        """Put a version in place of what is expected there; atomically, and only if that is still so.

        Args:
            entry: what to write.
            content: its content in pieces.
            local: what is expected on disk now.
            known: what to recognise that by.
            flush: whether to flush the file to disk before it is put in place.

        Raises:
            Changed: when something else is there; it is left as it is.
            Blocked: when a folder is there that is not empty.
            OSError: such as a full disk; nothing has changed then.
        """
        if not self.holds(path, local):
            raise Changed(path)
        self._clear_folder(path)
        try:
            with self.parent(path, make=True) as (folder, name):
                temporary = _temporary_name()
                try:
                    made = self._write_temporary(folder, temporary, name, entry, content, flush)
                    if local is None:
                        _rename(folder, temporary, name, _NOREPLACE)
                    else:
                        _rename(folder, temporary, name, _EXCHANGE)
                        self._check_replaced(folder, temporary, name, path, local, known)
                finally:
                    with suppress(FileNotFoundError):
                        os.unlink(temporary, dir_fd=folder)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise Changed(path) from None
        # The rename has set a new ctime.
        after = self.stat(path)
        return seen(after) if after is not None else made

    def delete(self, path: str, local: Entry, known: Seen | None) -> None:
        """Delete what is expected at a path, and the folders that this leaves empty.

        Raises:
            Changed: when something else is there; it is left as it is.
        """
        if not self.holds(path, local):
            raise Changed(path)
        with self.parent(path) as (folder, name):
            temporary = _temporary_name()
            os.rename(name, temporary, src_dir_fd=folder, dst_dir_fd=folder)
            self._check_replaced(folder, temporary, name, path, local, known, back=_NOREPLACE)
            os.unlink(temporary, dir_fd=folder)
        self.prune(path)

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
            os.fsync(copy.fileno())
        digest = start_id(BLOB, target.stat().st_size)
        with target.open("rb") as copy:
            while piece := copy.read(_CHUNK):
                digest.update(piece)
        return digest.hexdigest()

    def _pieces(self, path: str) -> Iterator[bytes]:
        with self.open(path) as file:
            while piece := file.read(_CHUNK):
                yield piece

    def _write_temporary(
        self, folder: int, temporary: str, name: str, entry: Entry, content: Iterable[bytes], flush: bool
    ) -> Seen:
        if entry.mode == LINK:
            os.symlink(b"".join(content), temporary, dir_fd=folder)
            return seen(os.stat(temporary, dir_fd=folder, follow_symlinks=False))
        mode = 0o777 if entry.mode == EXECUTABLE else 0o666
        handle = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode, dir_fd=folder
        )
        with os.fdopen(handle, "wb", buffering=0) as file:
            for piece in content:
                view = memoryview(piece)
                while view:
                    view = view[file.write(view) :]
            with suppress(FileNotFoundError):
                old = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISREG(old.st_mode):
                    os.fchmod(handle, _permissions(old.st_mode, entry.mode))
            if flush:
                os.fdatasync(handle)
            return seen(os.fstat(handle))

    def _check_replaced(
        self, folder: int, temporary: str, name: str, path: str, local: Entry, known: Seen | None, back: int = _EXCHANGE
    ) -> None:
        """What was just taken out of its place must be what was expected; otherwise it is put back."""
        out = f"{path[: -len(name)]}{temporary}"
        found = os.stat(temporary, dir_fd=folder, follow_symlinks=False)
        # A rename has set a new ctime; the rest must be as it was.
        unchanged = known is not None and (found.st_size, found.st_mtime_ns, found.st_ino) == (
            known.size,
            known.mtime,
            known.inode,
        )
        if unchanged or (
            (stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode)) and self.hash(out, found)[0] == local
        ):
            return
        try:
            _rename(folder, temporary, name, back)
        except OSError:
            # Its place is taken again: what was taken out stays under another temporary name, for the sweep to keep.
            os.rename(temporary, _temporary_name(), src_dir_fd=folder, dst_dir_fd=folder)
        raise Changed(path)


def is_temporary(name: str) -> bool:
    """Whether a name is one that HubShare gives to a file while it is written."""
    return _TEMPORARY.fullmatch(name) is not None


def _temporary_name() -> str:
    return f".hubshare-{secrets.token_hex(8)}.tmp"


def _permissions(old: int, mode: int) -> int:
    plain = stat.S_IMODE(old) & ~0o111
    return plain | (plain & 0o444) >> 2 if mode == EXECUTABLE else plain


def _rename(folder: int, source: str, target: str, flags: int) -> None:
    """renameat2(2) inside one folder; where the file system lacks it, the nearest that there is."""
    done = _renameat2(folder, os.fsencode(source), folder, os.fsencode(target), flags)
    if done == 0:
        return
    code = ctypes.get_errno()
    if code not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        raise OSError(code, os.strerror(code), target)
    if flags == _NOREPLACE:
        os.link(source, target, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        os.unlink(source, dir_fd=folder)
    else:
        held = _temporary_name()
        os.link(target, held, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        os.rename(source, target, src_dir_fd=folder, dst_dir_fd=folder)
        os.rename(held, source, src_dir_fd=folder, dst_dir_fd=folder)
