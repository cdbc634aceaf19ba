"""The scanner: compares the disk with the index, in full or at the paths that the watcher reported."""

from __future__ import annotations

import errno
import os
import stat
import time
from dataclasses import dataclass, field

from hubshare.config import AgentSettings
from hubshare.errors import Invalid
from hubshare.git.verify import ATTRIBUTES_LINE, is_attributes, long_attributes
from hubshare.names import NAME_BYTES, link_fault, path_fault
from hubshare.sync.ignore import RULES_FILE, Ignore
from hubshare.sync.trees import ancestors
from hubshare.vocabulary import OutputsName
from hubshare_agents.checkout.disk import Busy, Disk, is_temporary, same
from hubshare_agents.checkout.index import CheckoutIndex, Row
from hubshare_agents.checkout.outputs import UNREADABLE, shared

#: A copy that is older than this was left behind by a save that was cut short.
_SAVING_SECONDS = 5.0
#: A name with more bytes has no room for the `.~` of its copy.
_LONGEST_SAVED = NAME_BYTES - 2

_NESTED = "it lies in a folder with a git repository of its own, which HubShare leaves alone"


@dataclass
class Scan:
    """What a scan found.

    Attributes:
        edited: how many paths are other than they were.
        busy: paths that kept changing while they were read; to be looked at again shortly.
        leftovers: temporary files of an operation that was cut short.
    """

    edited: int = 0
    busy: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)


class Scanner:
    """Looks at one folder.

    Args:
        disk: the folder.
        index: where it writes what it found.
        settings: the limits.
    """

    def __init__(self, disk: Disk, index: CheckoutIndex, settings: AgentSettings) -> None:
        self._disk, self._index, self._settings = disk, index, settings
        self._ignore: Ignore | None = None
        self._rules: bytes | None = None

    def ignore(self) -> Ignore:
        """The folder's ignore rules, read anew when their file has changed."""
        try:
            with self._disk.open(RULES_FILE) as file:
                rules = file.read(1024 * 1024)
        except OSError:
            rules = b""
        if self._ignore is None or rules != self._rules:
            self._ignore, self._rules = Ignore(rules.decode(errors="replace").splitlines()), rules
        return self._ignore

    def scan(self, prefix: str = "", outputs: OutputsName = "share") -> Scan:
        """Look at a path and everything below it; at the whole folder for "".

        Args:
            outputs: what the project says of the outputs of notebooks.

        Raises:
            FileNotFoundError: when the folder itself is gone.
        """
        walk = _Walk(self, prefix, outputs)
        walk.run()
        with self._index.transaction():
            for row in walk.rows:
                self._index.save(row)
            self._index.set_unshared(prefix, walk.unshared)
        return Scan(walk.edited, walk.busy, walk.leftovers)

    def fault(self, path: str, found: os.stat_result) -> str | None:
        """Why what lies at a path is not shared, apart from ignore rules; None when it can be."""
        reason = path_fault(path)
        if reason:
            return reason
        if stat.S_ISLNK(found.st_mode):
            try:
                return link_fault(path, self._disk.read_link(path).decode())
            except UnicodeDecodeError:
                return "the link's target is not UTF-8"
        if not stat.S_ISREG(found.st_mode):
            return f"it is {_kind(found.st_mode)}; only files, folders and links are shared"
        if found.st_size > self._settings.max_file_bytes:
            return (
                f"it has {found.st_size:,} bytes; at most {self._settings.max_file_bytes:,} are shared "
                "(an admin can raise HUBSHARE_MAX_FILE_BYTES)"
            )
        if is_attributes(path) and self._is_long(path):
            return f"it has a line of {ATTRIBUTES_LINE:,} bytes or more, which git refuses; break it up"
        return None

    def _is_long(self, path: str) -> bool:
        try:
            with self._disk.open(path) as file:
                return long_attributes(path, file.read(self._settings.max_file_bytes))
        except OSError:
            return False

    def nested(self, path: str) -> bool:
        """Whether a path lies in, or is, a folder below the top that has a `.git` of its own."""
        return any(self._has_git(folder) for folder in (path, *ancestors(path)))

    def _has_git(self, folder: str) -> bool:
        try:
            return self._disk.exists(f"{folder}/.git")
        except PermissionError:
            # Nothing in it can be looked at, and it is held for that reason.
            return False

    def why(self, path: str) -> tuple[bool, str]:
        """Whether a path is shared, and the rule that says so."""
        try:
            return self._why(path)
        except PermissionError:
            return False, "it cannot be read; change its permissions or those of its folder"

    def _why(self, path: str) -> tuple[bool, str]:
        row = self._index.row(path) if path_fault(path) is None else Row(path, None, None, None, "")
        found = self._disk.stat(path)
        if row.held:
            return False, row.held
        if found is None:
            return (
                (True, "it is deleted here, not yet in the project") if row.agreed else (False, "there is no such file")
            )
        if stat.S_ISDIR(found.st_mode):
            return self._why_folder(path)
        fault = self.fault(path, found)
        if fault:
            return False, fault
        if self.nested(path):
            return False, _NESTED
        if row.agreed is not None:
            return True, "it is part of the project" + (", without its outputs" if row.raw else "")
        ignore = self.ignore()
        for folder in reversed(list(ancestors(path))):
            rule = ignore.rule(folder, folder=True)
            if rule:
                return False, f"{rule}, which holds for {folder}/; take it back with a line '!…' in {RULES_FILE}"
        rule = ignore.rule(path)
        if rule:
            return False, f"{rule}; take it back with a line '!{rule.pattern}' in {RULES_FILE}"
        if stat.S_ISREG(found.st_mode):
            with self._disk.open(path):
                pass
        return True, "it is new and goes with the next push" + (", without its outputs" if row.raw else "")

    def _why_folder(self, path: str) -> tuple[bool, str]:
        fault = path_fault(path)
        if fault:
            return False, fault
        if self.nested(path):
            return False, _NESTED
        rule = self.ignore().rule(path, folder=True)
        if rule and not self._index.tracked(path):
            return False, str(rule)
        with self._disk.folder(path):
            pass
        if not any(self._index.below(path)):
            return False, "an empty folder is not shared until there is a file in it"
        return True, "its files are shared one by one"


class _Walk:
    """One scan, from a path downwards."""

    def __init__(self, scanner: Scanner, prefix: str, outputs: OutputsName) -> None:
        self.scanner, self.prefix, self.outputs = scanner, prefix, outputs
        self.disk, self.index = scanner._disk, scanner._index
        self.ignore = scanner.ignore()
        self.known = self.index.rows(prefix) if not prefix or path_fault(prefix) is None else {}
        self.unseen = set(self.known)
        self.rows: list[Row] = []
        self.edited = 0
        self.unshared: dict[str, str] = {}
        self.busy: list[str] = []
        self.leftovers: list[str] = []

    def run(self) -> None:
        if not self.prefix:
            self.folder("", False)
        else:
            self.start(self.prefix)
        for path in self.unseen:
            row = self.known[path]
            if row.local is not None or row.held:
                self.note(row, row._replace(local=None, seen=None, held=""))

    def start(self, path: str) -> None:
        fault = path_fault(path)
        if self.scanner.nested(path):
            self.hold_below(path, _NESTED)
            return
        try:
            found = self.disk.stat(path)
        except PermissionError:
            self.hold_below(path, "its folder cannot be read; change its permissions")
            return
        if found is None:
            return
        ignored = any(self.ignore.rule(folder, folder=True) for folder in ancestors(path))
        if fault and not stat.S_ISDIR(found.st_mode):
            self.unshared[path] = fault
        else:
            self.look(path, found, ignored)

    def folder(self, path: str, ignored: bool) -> None:
        """Look at everything in a folder; in an ignored one only at what the project holds all the same."""
        try:
            with self.disk.folder(path) as handle, os.scandir(handle) as listing:
                entries = [(entry.name, _stat(entry)) for entry in listing]
        except PermissionError:
            self.hold_below(path, "its folder cannot be read; change its permissions")
            self.unshared[path] = "the folder cannot be read; change its permissions"
            return
        except (FileNotFoundError, NotADirectoryError):
            if path:
                return
            raise
        if path and any(name == ".git" for name, _ in entries):
            self.hold_below(path, _NESTED)
            self.unshared[path] = _NESTED
            return
        for name, found in sorted(entries):
            if found is not None and name != ".git":
                self.look(f"{path}/{name}" if path else name, found, ignored)

    def look(self, path: str, found: os.stat_result, ignored: bool) -> None:
        if stat.S_ISDIR(found.st_mode):
            fault = path_fault(path)
            if fault:
                self.unshared[path] = fault
                return
            ignored = ignored or self.ignore.rule(path, folder=True) is not None
            if not ignored or self.index.tracked(path):
                self.folder(path, ignored)
            return
        if is_temporary(path.rpartition("/")[2]) and not self.index.tracked(path):
            self.leftovers.append(path)
            return
        row = self.known.get(path)
        if row is None and (fault := path_fault(path)):
            if not ignored and not self.ignore.rule(path):
                self.unshared[path] = fault
            return
        if row is not None and row.local is not None and not row.held and same(row.seen, found):
            self.unseen.discard(path)
            return
        wanted = (row is not None and row.agreed is not None) or not (ignored or self.ignore.rule(path))
        if not wanted and not self.index.tracked(path):
            return
        self.unseen.discard(path)
        fault = self.scanner.fault(path, found)
        if fault:
            self.unshared[path] = fault
            self.hold(path, fault)
            return
        row = row or Row(path, None, None, None, "")
        if self.half_saved(path):
            self.busy.append(path)
            return
        try:
            on_disk, seen = self.disk.hash(path, found)
            local = shared(self.disk, row, on_disk, self.outputs)
        except Busy:
            self.busy.append(path)
            return
        except Invalid:
            self.unshared[path] = UNREADABLE
            self.hold(path, UNREADABLE)
            return
        except PermissionError:
            self.unshared[path] = "it cannot be read; change its permissions"
            self.hold(path, "it cannot be read; change its permissions")
            return
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENXIO):
                self.busy.append(path)
                return
            raise
        self.note(row, row._replace(local=local, seen=seen, held="", raw=on_disk.id if on_disk != local else ""))

    def note(self, row: Row, new: Row) -> None:
        if new != row:
            self.rows.append(new)
            self.edited += new != row._replace(seen=new.seen)

    def half_saved(self, path: str) -> bool:
        """Whether Jupyter is saving a file right now: it keeps a copy beside it until all is written."""
        folder, slash, name = path.rpartition("/")
        copy = self.disk.stat(f"{folder}{slash}.~{name}") if len(os.fsencode(name)) <= _LONGEST_SAVED else None
        return copy is not None and abs(time.time() - copy.st_ctime) < _SAVING_SECONDS

    def hold_below(self, path: str, reason: str) -> None:
        """What the project holds below a path that cannot be looked at is left alone."""
        for name in [known for known in self.unseen if known == path or known.startswith(path + "/") or not path]:
            self.unseen.discard(name)
            self.hold(name, reason)

    def hold(self, path: str, reason: str) -> None:
        row = self.known.get(path)
        if row is not None and row.agreed is not None:
            if row.held != reason:
                self.note(row, row._replace(held=reason, seen=None))
        elif row is not None:
            self.note(row, row._replace(local=None, seen=None, held=""))
        elif self.index.published(path) is not None:
            self.note(Row(path, None, None, None, ""), Row(path, None, None, None, reason))


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:
        return None


def _kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a pipe"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return "a device"
