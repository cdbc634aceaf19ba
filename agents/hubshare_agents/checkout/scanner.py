"""The scanner: compares the disk with the index, in full or at the paths that the watcher reported."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hubshare.config import AgentSettings
from hubshare.sync.ignore import RULES_FILE, Ignore
from hubshare.sync.trees import ancestors
from hubshare.vocabulary import OutputsName
from hubshare_agents.checkout.disk import Disk
from hubshare_agents.checkout.index import CheckoutIndex
from hubshare_agents.checkout.shareable import GONE, Shareable
from hubshare_agents.checkout.walk import Walk

#: While its file is saved, there may be no rules for a moment; what they leave out must not slip out then.
_SAVING_SECONDS = 1.0


@dataclass
class Scan:
    """What a scan found.

    Attributes:
        edited: how many paths are other than they were.
        busy: paths that kept changing while they were read; to be looked at again shortly.
        later: paths that cannot be looked at for a reason that may pass by itself.
        edits: path to size in bytes of the files that were edited.
        leftovers: temporary files of an operation that was cut short.
    """

    edited: int = 0
    busy: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)
    edits: dict[str, int] = field(default_factory=dict)
    leftovers: list[str] = field(default_factory=list)

    def add(self, other: Scan) -> None:
        """Take in what another look has found."""
        self.edited += other.edited
        self.busy += other.busy
        self.later += other.later
        self.edits |= other.edits
        self.leftovers += other.leftovers


class Scanner:
    """Looks at one folder.

    Args:
        disk: the folder.
        index: where it writes what it found.
        settings: the limits.

    Attributes:
        shareable: judges what is there.
    """

    def __init__(self, disk: Disk, index: CheckoutIndex, settings: AgentSettings) -> None:
        self._disk, self._index = disk, index
        self.shareable = Shareable(disk, settings)
        self._ignore: Ignore | None = None
        self._rules: bytes | None = None
        self._rules_settle, self._rules_gone = False, 0.0

    def ignore(self) -> Ignore:
        """The folder's ignore rules, read anew when their file has changed.

        Raises:
            OSError: when they cannot be read: nothing is shared then that they might leave out.
        """
        rules = self.rules()
        self._rules_settle = bool(self._rules and not rules) and self._are_being_saved()
        if self._rules_settle and self._ignore is not None:
            return self._ignore
        if self._ignore is None or rules != self._rules:
            self._ignore, self._rules = Ignore(rules), rules
        return self._ignore

    def rules(self) -> bytes:
        """What the file of rules of the folder holds; nothing where there is none.

        Raises:
            OSError: when it cannot be read.
        """
        try:
            with self._disk.open(RULES_FILE) as file:
                return file.read(1024 * 1024)
        except OSError as error:
            # A link or a folder of that name holds no rules.
            if error.errno not in (*GONE, errno.ELOOP, errno.EISDIR, errno.ENXIO):
                raise
            return b""

    def interest(self) -> Callable[[str], bool]:
        """Return what tells the folders of which anything may be shared, by the rules as they are now.

        It asks nobody else, and may be used in any thread. A folder of which it is not sure is one of them.
        """
        try:
            rules = self.rules()
        except OSError:
            return lambda folder: True
        ignore = self._ignore if self._ignore is not None and rules == self._rules else Ignore(rules)

        def interests(folder: str) -> bool:
            try:
                environment = self.shareable.environment(folder)
            except OSError:
                environment = None
            left_out = environment is not None and not ignore.takes_back(environment)
            if not left_out and not any(ignore.rule(name, folder=True) for name in (folder, *ancestors(folder))):
                return True
            return self._index.tracked(folder)

        return interests

    def _are_being_saved(self) -> bool:
        """Whether rules that are not there any more have been so only for a moment: many editors save in two steps."""
        if not self._rules_settle:
            self._rules_gone = time.monotonic()
        return time.monotonic() < self._rules_gone + _SAVING_SECONDS

    def scan(self, prefix: str = "", outputs: OutputsName = "share", by_itself: bool = False) -> Scan:
        """Look at a path and everything below it; at the whole folder for "".

        Args:
            outputs: what the project says of the outputs of notebooks.
            by_itself: whether what is found is shared without a person's asking.

        Raises:
            OSError: when the folder itself, or its ignore rules, cannot be read.
        """
        walk = Walk(self._disk, self._index, self.shareable, self.ignore(), prefix, outputs, by_itself)
        walk.run()
        with self._index.transaction():
            for row in walk.rows:
                self._index.save(row)
            self._index.set_unshared(prefix, walk.unshared)
            self._index.set_mounts(walk.mounts)
        if self._rules_settle:
            walk.busy.append(RULES_FILE)
        return Scan(walk.edited, walk.busy, walk.later, walk.edits, walk.leftovers)
