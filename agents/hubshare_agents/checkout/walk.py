"""One look at a folder, from a path downwards: what is other than the index says. What was not seen is not deleted."""

from __future__ import annotations

import errno
import os
import stat
import time
from bisect import bisect_left
from unicodedata import normalize

from hubshare.errors import Invalid
from hubshare.names import NAME_BYTES, folded, path_fault
from hubshare.sync.ignore import Ignore, taking_back
from hubshare.sync.trees import ancestors
from hubshare.vocabulary import OutputsName
from hubshare_agents.checkout.bare_repositories import is_repository
from hubshare_agents.checkout.databases import JOURNALS, belongs_to
from hubshare_agents.checkout.disk import Busy, Disk, InUse
from hubshare_agents.checkout.index import CheckoutIndex, Row
from hubshare_agents.checkout.outputs import shared
from hubshare_agents.checkout.reading import same
from hubshare_agents.checkout.shareable import (
    ENVIRONMENT,
    ENVIRONMENT_MARKS,
    FOLDER_CLOSED,
    GONE,
    NESTED,
    UNMOUNTED,
    Shareable,
    may_pass,
    unreadable,
)
from hubshare_agents.checkout.temporary import is_temporary

#: A copy that is older than this was left behind by a save that was cut short.
_SAVING_SECONDS = 5.0
#: A name with more bytes has no room for the `.~` of its copy.
_LONGEST_SAVED = NAME_BYTES - 2
#: A file that is being exchanged right now: to be looked at again shortly.
_MOVING = (errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENXIO)

_INSTEAD = "where its folder was is something that is not shared: "
_MOUNTED_OVER = "another disk is mounted over its folder: unmount it, or copy the files there"


class Walk:
    """One look.

    Args:
        disk, index: of the checkout.
        shareable: judges what is there.
        ignore: the folder's rules.
        prefix: the path; "" for the whole folder.
        outputs: what the project says of the outputs of notebooks.
        by_itself: whether what is found is shared without a person's asking.

    Attributes:
        rows: what is other than the index says.
        edited: how many of them are so not by their stamps alone.
        unshared: path to the reason why it is not shared.
        busy: paths that kept changing while they were read; to be looked at again shortly.
        later: paths that cannot be looked at for a reason that may pass by itself.
        edits: path to size in bytes of the files that were edited.
        leftovers: temporary files of an operation that was cut short.
        mounts: folder to whether another disk is mounted there, where the index knows otherwise.
    """

    def __init__(
        self,
        disk: Disk,
        index: CheckoutIndex,
        shareable: Shareable,
        ignore: Ignore,
        prefix: str,
        outputs: OutputsName,
        by_itself: bool = False,
    ) -> None:
        self.disk, self.index, self.shareable, self.ignore = disk, index, shareable, ignore
        self.prefix, self.outputs, self.by_itself = prefix, outputs, by_itself
        self.neighbours = shareable.neighbours()
        self.known = self.index.rows(prefix) if not prefix or path_fault(prefix) is None else {}
        self.unseen = set(self.known)
        self.mounts: dict[str, bool] = {}
        self.rows: list[Row] = []
        self.edited = 0
        self.unshared: dict[str, str] = {}
        self.busy: list[str] = []
        self.later: list[str] = []
        self.edits: dict[str, int] = {}
        self.leftovers: list[str] = []
        #: Inode to the path of a file that the index does not know.
        self._new: dict[tuple[int, int], str] = {}
        self._journaled_paths: set[str] = set()
        self._sorted = sorted(self.known)
        self._mounted: dict[str, bool] = {}
        self._mounted_before = index.mounts()
        self._displaced: set[str] = set()

    def run(self) -> None:
        """Look at all of it.

        Raises:
            OSError: when the folder of the checkout itself cannot be read.
        """
        if not self.prefix:
            self._folder("", False)
        else:
            self._start(self.prefix)
        for path in sorted(self.unseen):
            row = self.known[path]
            if row.local is not None or row.held:
                self._check_gone(path, row)
        self.mounts = {
            folder: mounted
            for folder, mounted in self._mounted.items()
            if mounted != (folder in self._mounted_before) and folder not in self._displaced
        }

    def _check_gone(self, path: str, row: Row) -> None:
        """A file that was not come across is gone only if its place can be looked at, and is empty."""
        try:
            found = self.disk.stat(path)
        except OSError as error:
            self._cannot(path, error, FOLDER_CLOSED)
            return
        if found is not None and not stat.S_ISDIR(found.st_mode) and (row.agreed or self.index.tracked(path)):
            # It came back meanwhile, or the file system lists it by another spelling of its name.
            other = self._new.get((found.st_dev, found.st_ino))
            if other is not None and folded(other) == folded(path):
                self.rows = [row for row in self.rows if row.path != other]
            self._look(path, found, False)
        else:
            try:
                reason = self._is_displaced(path)
            except OSError as error:
                self._cannot(path, error, FOLDER_CLOSED)
                return
            if reason:
                self.unshared[path] = reason
                self._hold(path, reason)
            else:
                self._note(row, row._replace(local=None, seen=None, held=""))

    def _is_displaced(self, path: str) -> str:
        """Why a file is not to be seen although nobody deleted it, or "".

        Its disk is not mounted, another one is in its place, or its folder was moved away and is something now that is not
        shared, such as a link out of the project.
        """
        for folder in ancestors(path):
            found = self.disk.stat(folder)
            if found is not None and not stat.S_ISDIR(found.st_mode) and (fault := self.shareable.fault(folder, found)):
                return _INSTEAD + fault
            if folder not in self._mounted:
                self._mounted[folder] = self.disk.is_mount(folder)
            mounted = self._mounted[folder]
            if mounted != (folder in self._mounted_before) and self.disk.exists(folder):
                self._displaced.add(folder)
                return _MOUNTED_OVER if mounted else UNMOUNTED
        return ""

    def _start(self, path: str) -> None:
        try:
            if reason := self.shareable.left_alone(path, self.index.tracked, self.neighbours):
                self._leave(path, reason)
                return
            found = self.disk.stat(path)
            environment = self.shareable.environment(path)
        except OSError as error:
            self._cannot_below(path, error, FOLDER_CLOSED)
            return
        if found is None:
            return
        ignored = any(self.ignore.rule(folder, folder=True) for folder in ancestors(path))
        if environment is not None and environment != path and not self.ignore.takes_back(environment):
            ignored = True
        if (fault := path_fault(path)) and not stat.S_ISDIR(found.st_mode):
            self.unshared[path] = fault
            return
        known = path if path in self.known or fault else self._known_spelling(path, found)
        if known != path:
            self.known[known] = self.index.row(known)
        self._look(known, found, ignored)

    def _known_spelling(self, path: str, found: os.stat_result) -> str:
        """The name by which the index knows a file, where the file system takes several spellings for one name."""
        folder, slash, name = path.rpartition("/")
        for spelling in {name.swapcase(), normalize("NFC", name), normalize("NFD", name)} - {name}:
            other = self.disk.stat(f"{folder}{slash}{spelling}")
            if other is not None and (other.st_dev, other.st_ino) == (found.st_dev, found.st_ino):
                beside = self.index.below(folder) if folder else self.index.paths()
                return next((known for known in beside if folded(known) == folded(path)), path)
        return path

    def _folder(self, path: str, ignored: bool) -> None:
        """Look at everything in a folder; in an ignored one only at what the project holds all the same."""
        entries: list[tuple[str, os.stat_result]] = []
        try:
            with self.disk.folder(path) as handle, os.scandir(handle) as listing:
                own = os.fstat(handle)
                for entry in listing:
                    inner = f"{path}/{entry.name}" if path else entry.name
                    try:
                        entries.append((entry.name, entry.stat(follow_symlinks=False)))
                    except FileNotFoundError:
                        continue
                    except OSError as error:
                        self._cannot_below(inner, error, FOLDER_CLOSED)
        except OSError as error:
            if not path:
                raise
            if error.errno not in GONE:
                self._cannot_below(path, error, FOLDER_CLOSED)
            return
        names = {name for name, _ in entries}
        for name in names:
            if name.endswith(JOURNALS):
                self._journaled_paths.update(f"{path}/{base}" if path else base for base in belongs_to(name))
        if path and (".git" in names or (is_repository(names) and not self.index.row(f"{path}/HEAD").agreed)):
            self._leave(path, NESTED)
            return
        if path and (
            reason := self.neighbours.reason(
                self.disk.root / path, (own.st_dev, own.st_ino), new=not self.index.tracked(path)
            )
        ):
            self._leave(path, reason)
            return
        if path and not ignored and not names.isdisjoint(ENVIRONMENT_MARKS) and not self.ignore.takes_back(path):
            if not self.index.tracked(path):
                self.unshared[path] = f"{ENVIRONMENT}; {taking_back(path)}"
                return
            ignored = True
        for name, found in sorted(entries):
            if name != ".git":
                inner = f"{path}/{name}" if path else name
                if stat.S_ISDIR(found.st_mode):
                    self._mounted[inner] = found.st_dev != own.st_dev
                self._look(inner, found, ignored)

    def _look(self, path: str, found: os.stat_result, ignored: bool) -> None:
        at_top = "/" not in path and not ignored and self.shareable.is_environment_part(path)
        if at_top and not self.ignore.takes_back(path):
            if not self.index.tracked(path):
                self.unshared[path] = f"{ENVIRONMENT}; {taking_back(path, stat.S_ISDIR(found.st_mode))}"
                return
            ignored = True
        if stat.S_ISDIR(found.st_mode):
            self._look_at_folder(path, ignored)
            return
        if is_temporary(path.rpartition("/")[2]) and not self.index.tracked(path):
            self.leftovers.append(path)
            return
        row = self.known.get(path)
        if row is None and (fault := path_fault(path)):
            if not ignored and not self.ignore.rule(path):
                self.unshared[path] = fault
            return
        known = row is not None and row.local is not None and not row.held and same(row.seen, found)
        try:
            # A database whose journal has just begun is as it was, and in use.
            if known and not self._journaled(path):
                self.unseen.discard(path)
            else:
                self._look_at_file(path, found, row, ignored)
        except OSError as error:
            if error.errno in _MOVING:
                self.unseen.discard(path)
                self.busy.append(path)
            else:
                self._cannot(path, error)

    def _journaled(self, path: str) -> bool:
        """Whether there is a file beside a file that could be the journal of a database."""
        if path == self.prefix:
            return any(self.disk.exists(path + suffix) for suffix in JOURNALS)
        return path in self._journaled_paths

    def _look_at_folder(self, path: str, ignored: bool) -> None:
        fault = path_fault(path)
        if fault:
            self.unshared[path] = fault
            return
        tracked = self.index.tracked(path)
        rule = None if ignored else self.ignore.rule(path, folder=True)
        if (ignored or rule) and not tracked:
            if rule is not None and rule.named:
                self.unshared[path] = f"{rule}; {taking_back(path)}"
            return
        self._folder(path, ignored or rule is not None)

    def _look_at_file(self, path: str, found: os.stat_result, row: Row | None, ignored: bool) -> None:
        wanted = (row is not None and row.agreed is not None) or not (ignored or self.ignore.rule(path))
        if not wanted and not self.index.tracked(path):
            return
        if row is None and self.shareable.companion(path):
            return
        self.unseen.discard(path)
        fault = self.shareable.fault(path, found)
        if fault:
            self.unshared[path] = fault
            self._hold(path, fault)
            self._hold_below(path, _INSTEAD + fault)
            return
        if self.by_itself and (row is None or row.agreed is None) and self._may_be_moved(path, found):
            return
        if row is None:
            self._new[(found.st_dev, found.st_ino)] = path
            row = Row(path, None, None, None, "")
        if self._half_saved(path):
            self.busy.append(path)
            return
        try:
            on_disk, seen = self.disk.hash(path, found)
            local = shared(self.disk, row, on_disk, self.outputs)
        except InUse as error:
            self.later.append(path)
            self.unshared[path] = error.reason
            self._hold(path, error.reason)
            return
        except Busy:
            self.busy.append(path)
            return
        except Invalid as error:
            self.unshared[path] = error.message
            self._hold(path, error.message)
            return
        if local != row.local and row.local is not None:
            self.edits[path] = seen.size
        self._note(row, row._replace(local=local, seen=seen, held="", raw=on_disk.id if on_disk != local else ""))

    def _may_be_moved(self, path: str, found: os.stat_result) -> bool:
        """Whether a new file waits, since another checkout may just be being moved here, from another disk."""
        copied = self.neighbours.copied(path, found)
        if copied is None or not self.shareable.copying.goes_on(copied[0], found):
            return False
        other, folder = copied
        self.unshared[folder] = other.being_moved
        self.later.append(folder)
        return True

    def _half_saved(self, path: str) -> bool:
        """Whether Jupyter is saving a file right now: it keeps a copy beside it until all is written."""
        folder, slash, name = path.rpartition("/")
        copy = self.disk.stat(f"{folder}{slash}.~{name}") if len(os.fsencode(name)) <= _LONGEST_SAVED else None
        return copy is not None and abs(time.time() - copy.st_ctime) < _SAVING_SECONDS

    def _note(self, row: Row, new: Row) -> None:
        if new != row:
            self.rows.append(new)
            self.edited += new != row._replace(seen=new.seen)

    # what cannot be looked at

    def _cannot(self, path: str, error: OSError, closed: str = "it cannot be read; change its permissions") -> None:
        reason = unreadable(error, closed)
        self.unseen.discard(path)
        self.unshared[path] = reason
        self._hold(path, reason)
        if may_pass(error):
            self.later.append(path)

    def _cannot_below(self, path: str, error: OSError, closed: str) -> None:
        reason = unreadable(error, closed)
        self._hold_below(path, reason)
        self.unshared[path] = reason
        if may_pass(error):
            self.later.append(path)

    def _leave(self, path: str, reason: str) -> None:
        """A folder is left alone with all that is in it."""
        self._hold_below(path, reason)
        self.unshared[path] = reason

    def _hold_below(self, path: str, reason: str) -> None:
        """What the project holds at and below a path that cannot be looked at is left alone."""
        for name in [path, *self._below(path)]:
            if name in self.unseen:
                self.unseen.discard(name)
                self._hold(name, reason)

    def _below(self, path: str) -> list[str]:
        return self._sorted[bisect_left(self._sorted, path + "/") : bisect_left(self._sorted, path + "0")]

    def _hold(self, path: str, reason: str) -> None:
        row = self.known.get(path, Row(path, None, None, None, ""))
        if row.agreed is None and self.index.published(path) is None:
            self._note(row, row._replace(local=None, seen=None, held=""))
        elif row.held != reason:
            self._note(row, row._replace(held=reason, seen=None))
