"""One checkout on this server: its state, its index, its folder and its stash, opened together. No network in here.

What is done with them is in the modules beside this one: plain functions of what is on disk, in the state, in the index and in
the messages, so that they can be played in any order.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path

from hubshare.config import AgentSettings
from hubshare.errors import Paused, Unavailable
from hubshare.sync.ignore import RULES_FILE
from hubshare.sync.plan import Tally
from hubshare_agents.checkout import store
from hubshare_agents.checkout.database import CheckoutDatabase
from hubshare_agents.checkout.databases import belongs_to
from hubshare_agents.checkout.disk import Busy, Changed, Disk
from hubshare_agents.checkout.file_system import probe
from hubshare_agents.checkout.index import CheckoutIndex
from hubshare_agents.checkout.label import keep_label
from hubshare_agents.checkout.open_documents import Documents
from hubshare_agents.checkout.scanner import Scan, Scanner
from hubshare_agents.checkout.stash import CUT_SHORT, Stash
from hubshare_agents.checkout.state import CheckoutState
from hubshare_agents.checkout.taken_out import TakenOut
from hubshare_agents.checkout.taken_table import Replacement, TakenTable

_DATABASE = "index.sqlite"
#: How often a folder is looked at on a file system that does not tell of what other machines change.
_SHARED_SECONDS = 60.0


class LocalCheckout:
    """One checkout.

    Args:
        folder: of its own state, outside the shared folder.
        settings: limits and thresholds.

    Attributes:
        disk: the shared folder.
        documents: what of it may be open in Jupyter.
        packs: the folder of packs on their way in or out.
        astray: where the folder lies, if that is known and it cannot go on there; a part of a sentence, or "".
        fault: why the folder could not be looked at last, or "".
        tally: how many files were to be pushed, pulled and so on when that was settled last; None before.
        inherited: the push whose pack an earlier process has written, "" if there is none; it may be damaged.

    Raises:
        NotFound: when no checkout was begun there.
        Invalid: when its state cannot be read.
    """

    def __init__(self, folder: Path, settings: AgentSettings) -> None:
        self.folder, self.settings = folder, settings
        self.astray = self.fault = ""
        #: When a push was begun last (s, monotonic), since the agent runs.
        self.push_begun: float | None = None
        self.tally: Tally | None = None
        self.packs = folder / "packs"
        self.packs.mkdir(parents=True, exist_ok=True, mode=0o700)
        for own in ("kept", "taken"):
            (folder / own).mkdir(exist_ok=True, mode=0o700)
        self._database = CheckoutDatabase(folder / _DATABASE)
        try:
            self._store = store.StateStore(self._database)
        except BaseException:
            self._database.close()
            raise
        self.index = CheckoutIndex(self._database)
        self.disk = Disk(Path(self.state.root))
        self.scanner = Scanner(self.disk, self.index, settings)
        self.documents = Documents(settings.state, self.disk.root)
        self.stash = Stash(folder / "kept", self.index, self.disk)
        self.taken_out = TakenOut(folder / "taken", TakenTable(self._database), self.index, self.disk, self.stash)
        self._drop_spare_packs()
        self._try_file_system()
        keep_label(folder, self.state)

    @classmethod
    def create(cls, folder: Path, settings: AgentSettings, state: CheckoutState) -> LocalCheckout:
        """Begin to track a folder; the base of its state is the commit that an empty checkout starts from."""
        # Under its name only when it is whole, so that what is cut short is no checkout.
        half = folder.with_name(f".new-{folder.name}")
        try:
            half.mkdir(parents=True, exist_ok=True)
            database = CheckoutDatabase(half / _DATABASE)
            try:
                store.begin(database, replace(state, identity=Disk(Path(state.root)).identity()))
            finally:
                database.close()
            half.rename(folder)
        except BaseException:
            shutil.rmtree(half, ignore_errors=True)
            raise
        return cls(folder, settings)

    @staticmethod
    def lies_in(folder: Path) -> bool:
        """Return whether a folder is one of a checkout's state."""
        return (folder / _DATABASE).exists()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @property
    def state(self) -> CheckoutState:
        """What it knows of itself, of its project, and of its exchange with the centre."""
        return self._store.state

    def become(self, state: CheckoutState) -> None:
        """Move on to another state: durably, or with the transaction under way. For the modules beside this one only."""
        self._store.become(state)

    def transaction(self) -> AbstractContextManager[None]:
        """All changes of state and index inside happen, or none does. May be nested."""
        return self._database.transaction()

    @property
    def rescan_seconds(self) -> float:
        """How often the whole folder is to be looked at, whatever was reported."""
        known = self.state.file_system
        usual = float(self.settings.rescan_seconds)
        return min(usual, _SHARED_SECONDS) if known is not None and known.shared else usual

    def _try_file_system(self) -> None:
        """Find out what the folder's file system can do, unless that is known of the one that it lies on now."""
        identity, known = self.state.identity, self.state.file_system
        if known is None or (identity is not None and identity[0] != known.device):
            found = probe(self.disk.root)
            if found is not None:
                self.become(self.state.file_system_tried(found))
        if self.state.file_system is not None:
            self.disk.exchanges = self.state.file_system.exchanges

    def pack_path(self, push: str) -> Path:
        """Return where the pack of a push lies until it is answered.

        Args:
            push: id of its event.
        """
        return self.packs / f"{push}.pack"

    def _drop_spare_packs(self) -> None:
        """Remove the packs that an agent left behind when it died before it had noted what they are for."""
        pending = self.state.pending
        self.inherited = pending.event.id if pending is not None else ""
        for path in self.packs.iterdir():
            if pending is None or path != self.pack_path(pending.event.id):
                path.unlink(missing_ok=True)

    def scan(self, paths: Iterable[str] = ("",)) -> Scan:
        """Look at the disk; everything below each path.

        Raises:
            Paused: when the folder is gone.
            Unavailable: when it, or what says what of it is shared, cannot be read now.
        """
        try:
            found = self._scan({*paths})
        except (Paused, Unavailable) as error:
            self.fault = error.message
            raise
        self.fault = ""
        return found

    def _scan(self, paths: set[str]) -> Scan:
        try:
            identity = self._recognise()
            if "" in paths or self.taken_out.is_due:
                paths.update(self.taken_out.look())
            total, wanted = Scan(), _to_look_at(paths)
            for path in wanted:
                total.add(self.scanner.scan(path, self.state.outputs, self.state.mode == "auto"))
        except OSError as error:
            raise Unavailable(
                f"The folder {self.disk.root} cannot be looked at ({error.strerror}); nothing in it counts as deleted. Mend "
                "its permissions or the disk; it goes on by itself."
            ) from None
        if self.state.identity is None and wanted == [""] and not self.index.misses_something():
            # Whatever has happened to the folder, it holds all that it should.
            self.become(self.state.folder_recognised(identity))
        return total

    def _recognise(self) -> tuple[int, int]:
        """Find out whether the folder is the one that it was, perhaps mounted anew; return its device and inode.

        Raises:
            Paused: when there is none.
        """
        identity, known = self.disk.identity(), self.state.identity
        if identity is None:
            raise Paused(
                f"The folder {self.disk.root} is gone{self.astray}: bring it back, or run `hubshare unlink {self.disk.root}`."
            )
        if known is not None and known != identity:
            # Once in doubt, it stays so until nothing is missing or a person has said so.
            self.become(self.state.folder_recognised(identity if self._holds_what_it_held() else None))
        return identity

    def _holds_what_it_held(self) -> bool:
        """Whether some file is the very one that was last seen here: nobody can set the time at which an inode changed, so that
        neither a copy of the folder, nor another one, nor an empty one has such a file."""
        some = False
        for path, known in self.index.seen():
            found, some = self.disk.stat(path), True
            if found is not None and (found.st_size, found.st_ctime_ns) == (known.size, known.ctime):
                return True
        return not some

    def gone_and_new(self, paths: Iterable[str]) -> tuple[set[str], set[str]]:
        """Return those paths where a file or folder was seen last, and is none now, and those where none was seen."""
        gone, new = set[str](), set[str]()
        for path in paths:
            with suppress(OSError, UnicodeEncodeError):
                if not self.index.entry(path) and not any(self.index.below(path)):
                    new.add(path)
                elif self.disk.stat(path) is None:
                    gone.add(path)
        return gone, new

    def lies_at(self, root: Path) -> bool:
        """Return whether a folder holds the very files that were seen in this one: numbers of folders are used again."""
        there, seen = 0, list(self.index.seen())
        for path, known in seen:
            with suppress(OSError):
                found = (root / path).lstat()
                there += (found.st_ctime_ns, found.st_ino) == (known.ctime, known.inode)
        return there > 0 and there * 2 >= len(seen)

    def read_again(self, paths: Collection[str]) -> None:
        """Look at files whose content is not what was expected: their stamps may not tell."""
        with self.transaction():
            for path in paths:
                self.index.forget_stamps(path)
        self.scan(paths)

    def recover(self, leftovers: Iterable[str]) -> None:
        """Keep, then remove, the temporary files of an operation that was cut short."""
        for path in leftovers:
            found = self.disk.stat(path)
            if found is None or self.taken_out.holds(path.rpartition("/")[2]):
                continue
            try:
                entry, seen = self.disk.hash(path, found)
                if not self.index.knows(entry.id):
                    self.stash.put(path, entry, CUT_SHORT)
                names = self.taken_out.expect([Replacement(path, None, entry, None, back=False)])
                self.disk.delete(path, entry, seen, names[path])
                self.taken_out.settle({*names.values()})
            except (OSError, Busy, Changed):
                continue


def _to_look_at(paths: Iterable[str]) -> list[str]:
    """Return what else has to be looked at when these paths may have changed; in order."""
    wanted = set(paths)
    if not wanted.isdisjoint({"", RULES_FILE}):
        return [""]
    return sorted({*wanted, *(name for path in wanted for name in belongs_to(path))})
