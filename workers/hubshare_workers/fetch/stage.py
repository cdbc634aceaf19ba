"""Where what is fetched waits until it was looked at: a bare repository that borrows the objects of the one it goes into."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple
from uuid import uuid4

from hubshare import metering
from hubshare.config import KIB, MIB, CentreSettings
from hubshare.errors import Invalid, NotFound, TooLarge, Unavailable
from hubshare.git.objects import COMMIT, EMPTY_TREE, TREE, Commit, Object, edit_tree, read_commit
from hubshare.git.pack_folder import PackFolder
from hubshare.git.packs import PackWriter
from hubshare.git.repository import Repository
from hubshare.git.stock import Bounds, Done, bounded, command, environment, exited, running
from hubshare.git.streams import ObjectStream
from hubshare.sync.trees import Side
from hubshare_workers.fetch.budget import Budget
from hubshare_workers.fetch.left_out import over

#: What one run of git may take of memory, beside the largest files; and of a processor, in seconds.
_MEMORY, _PROCESSOR_SECONDS = 1024 * MIB, 900
#: How often a program that fetches is looked at, in seconds; what it may say, and what is read of that, in bytes.
_LOOK_SECONDS, _SAYS_MOST, _SAID = 0.2, 4 * MIB, 4 * KIB
_LINE = 16 * KIB
#: What a project keeps of files that are larger is whole: to put a difference together takes as much memory as both its sides.
_WHOLE_BYTES = 4 * MIB


#: A pack, and the ids of what is in it; no pack for nothing.
Held = tuple[Path | None, list[str]]


class Measured(NamedTuple):
    """Packs of which the sizes of all objects are known.

    Attributes:
        packs: these.
        large: ids of what is large and kept as a difference.
        fault: why all of it cannot be taken in, or "".
    """

    packs: list[Held]
    large: set[str]
    fault: str


class Stage:
    """One fetch that is being looked at.

    Args:
        path: of its folder, which is made.
        into: the repository that it goes into.

    Attributes:
        path: see above.
    """

    def __init__(self, path: Path, into: Repository, settings: CentreSettings, budget: Budget) -> None:
        self.path, self._into, self.settings, self.budget = path, into, settings, budget
        for part in ("refs", "objects/info", "objects/pack"):
            (path / part).mkdir(parents=True)
        (path / "HEAD").write_text("ref: refs/heads/main\n")
        (path / "objects/info/alternates").write_text(f"{into.path.absolute()}/objects\n")
        self._own = Repository(path)

    @classmethod
    @contextmanager
    def beside(cls, into: Repository, settings: CentreSettings, budget: Budget) -> Iterator[Stage]:
        """Make a stage; all of it is gone at the end."""
        settings.quarantine.mkdir(parents=True, exist_ok=True)
        path = settings.quarantine / uuid4().hex
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, path, ignore_errors=True)
            made = cls(path, into, settings, budget)
            stack.callback(made._own.close)
            yield made

    # reading

    def is_commit(self, name: str) -> bool:
        """Return whether there is a commit of this id, fetched or there before."""
        found = self._own.kind_and_size(name) or self._into.kind_and_size(name)
        return found is not None and found[0] == COMMIT

    def stream(self, name: str) -> ObjectStream:
        """The content of an object, fetched or there before."""
        return (self._own if name in self._own else self._into).stream(name)

    def read(self, name: str) -> bytes:
        """The content of a small object, fetched or there before."""
        return (self._own if name in self._own else self._into).read(name).data

    def tree(self, name: str) -> bytes:
        """The raw content of a tree, fetched or there before."""
        try:
            return self._own.tree(name)
        except NotFound:
            return self._into.tree(name)

    def root_of(self, commit: str) -> str:
        """The id of the tree of a commit, fetched or there before."""
        return read_commit(self.read(commit)).tree

    def parents_of(self, commit: str) -> tuple[str, ...]:
        """The parents of a commit, fetched or there before."""
        return tuple(read_commit(self.read(commit)).parents)

    # git

    @contextmanager
    def git(self, *args: str, given: IO[bytes] | bytes = b"") -> Iterator[Done]:
        """Run git here to its end.

        Raises:
            Cancelled, TooLarge, Unavailable: when it takes too long, or may not go on.
        """
        self.budget.check()
        try:
            with running(self.path, *args, given=given, bounds=self._bounds) as done:
                yield done
        except TooLarge:
            raise TooLarge("What was fetched takes too long to look at: take a part of it.") from None

    def lines(self, *args: str) -> Iterator[bytes]:
        """What git gives here, divided at NUL, while it works; it is ended when nobody reads on."""
        line = [*bounded(self._bounds), *command(f"--git-dir={self.path}", *args)]
        with subprocess.Popen(
            line,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            cwd=self.path,
            process_group=0,
        ) as process:
            assert process.stdout is not None
            try:
                rest = b""
                while piece := os.read(process.stdout.fileno(), 64 * KIB):
                    *whole, rest = (rest + piece).split(b"\0")
                    if len(rest) > _LINE:
                        raise Invalid("A name in the source is longer than any that is read.")
                    self.budget.check()
                    yield from whole
                code = process.wait()
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        if code != 0:
            raise Unavailable("Git could not read what was fetched: try again later.")

    @contextmanager
    def reach(self, *args: str, given: dict[str, str], what: str) -> Iterator[Done]:
        """Run git here to exchange something with another host; it is ended when it takes too much, or is not wanted any more.

        Args:
            given: added to its environment.
            what: is said as progress.

        Raises:
            Cancelled, TooLarge, Unavailable: when it may not go on.
        """
        with tempfile.TemporaryFile(dir=self.path) as output, tempfile.TemporaryFile(dir=self.path) as said:
            with self._started(*args, given=given, stdin=subprocess.DEVNULL, stdout=output, stderr=said) as process:
                while not exited(process.pid, _LOOK_SECONDS):
                    got = self._fetched()
                    self.budget.check()
                    self.budget.expect(got)
                    self.budget.progress(what, got, 0)
                    if max(os.fstat(file.fileno()).st_size for file in (output, said)) > _SAYS_MOST:
                        raise TooLarge("The other host says too much about what is done: ask whoever runs it.")
            self.budget.spend(self._fetched())
            output.seek(0)
            said.seek(0)
            yield Done(process.returncode, output, said.read(_SAID).decode(errors="replace"))

    def unpack(self, pieces: Iterable[bytes], what: str) -> str:
        """Have git take in a pack as it comes; each object in it has to be sound, and all that they lead to has to be here.

        Args:
            pieces: of the pack; whoever gives them counts them.
            what: is said as progress.

        Returns:
            What git calls wrong, with nothing taken in; "" when it was.

        Raises:
            Cancelled, Unavailable: when it may not go on.
        """
        how = ("-c", "pack.threads=2", "index-pack", "--stdin", "--fix-thin", "--strict")
        with tempfile.TemporaryFile(dir=self.path) as said:
            with self._started(*how, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said) as process:
                assert process.stdin is not None
                got = 0
                # It ends early where it does not go on reading, and says why.
                with suppress(BrokenPipeError), process.stdin as given:
                    for piece in pieces:
                        given.write(piece)
                        got += len(piece)
                        self.budget.progress(what, got, 0)
                while not exited(process.pid, _LOOK_SECONDS):
                    self.budget.check()
            if process.returncode == 0:
                return ""
            for draft in (self.path / "objects/pack").glob("tmp_*"):
                draft.unlink()
            said.seek(0)
            return said.read(_SAID).decode(errors="replace") or f"it ended with code {process.returncode}"

    @contextmanager
    def _started(
        self,
        *args: str,
        stdin: int,
        stdout: IO[bytes] | int,
        stderr: IO[bytes],
        given: Mapping[str, str] | None = None,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Git at work here, for as long as the block lasts; the processor's time that it takes counts as this thread's own."""
        process = subprocess.Popen(
            [*bounded(self._bounds), *command(f"--git-dir={self.path}", *args)],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=environment() | dict(given or {}),
            cwd=self.path,
            # See `hubshare.git.stock.running`.
            process_group=0,
        )
        try:
            yield process
        finally:
            if not exited(process.pid, 0):
                os.killpg(process.pid, signal.SIGKILL)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            metering.count(seconds=used.ru_utime + used.ru_stime)

    def _fetched(self) -> int:
        total = 0
        with os.scandir(self.path / "objects/pack") as found:
            for one in found:
                try:
                    total += one.stat().st_size
                except FileNotFoundError:
                    continue
        return total

    @property
    def _bounds(self) -> Bounds:
        memory = _MEMORY + 4 * self.settings.max_file_bytes + self.settings.max_push_objects * KIB
        seconds = max(1, int(min(self.budget.seconds, self.settings.fetch_seconds)))
        return Bounds(memory, self.budget.most + 64 * MIB, seconds, _PROCESSOR_SECONDS)

    # writing

    @contextmanager
    def writing(self) -> Iterator[PackWriter]:
        """Add objects: they are here when the block ends."""
        path = self.path / f"objects/pack/{uuid4().hex}.new"
        with path.open("w+b") as file:
            writer = PackWriter(file)
            yield writer
            writer.close()
        if not writer.written:
            path.unlink()
            return
        with path.open("rb") as file:
            file.seek(-20, os.SEEK_END)
            pack = path.with_name(f"pack-{file.read().hex()}.pack")
        path.rename(pack)
        with self.git("index-pack", str(pack)) as done:
            _check(done)

    def edited(self, root: str, changes: Mapping[str, Side]) -> str:
        """A tree with other sides at some paths; returns its id."""
        edit = edit_tree(self.tree, root, changes)
        with self.writing() as writer:
            for data in edit.made.values():
                writer.add(Object(TREE, data))
        return edit.root

    def commit(self, commit: Commit) -> str:
        """Add a commit; returns its id."""
        if commit.tree == EMPTY_TREE:
            raise Invalid("There is nothing in the source that a project can hold.")
        with self.writing() as writer:
            return writer.add(commit.encode())

    # taking in

    def held(self) -> list[Held]:
        """The packs that have come, none of which was made here."""
        return [self._held(path) for path in (self.path / "objects/pack").glob("*.pack")]

    def measure(self, packs: list[Held]) -> Measured:
        """Look at the sizes of all that is in some packs."""
        return Measured(packs, *self._measured([name for _, held in packs for name in held]))

    def deliver(self, commit: str, before: str, measured: Measured | None = None) -> str:
        """Have the repository take in what a commit leads to, and it did not hold; it is on disk when this returns.

        Args:
            before: a commit that it holds; "" for none.
            measured: packs in which git has looked at each object already; None where it has not.

        Returns:
            Why it cannot be taken in, with nothing taken in; "" when it was.
        """
        looked_at = measured is not None and bool(measured.packs)
        packs = measured.packs if measured is not None else []
        names = [name for _, held in packs for name in held] or self._listed(commit, before)
        large, fault = (measured.large, measured.fault) if measured is not None and looked_at else self._measured(names)
        if fault:
            return fault
        # What git has looked at is just what was asked for: it can stay as it came.
        if large or not packs:
            packs = [self._packed([name for name in names if name not in large])]
        if large:
            packs.append(self._packed(sorted(large), "--no-reuse-delta"))
        if not looked_at and not all(self._sound(pack) for pack, _ in packs if pack):
            return "git calls something in it broken"
        for pack, held in packs:
            if pack:
                self._into.install_files(pack, held, self._own)
        return ""

    def _listed(self, commit: str, before: str) -> list[str]:
        """The ids of what a commit leads to, and another one does not."""
        wanted = f"{commit}\n" + (f"^{before}\n" if before else "")
        with self.git("rev-list", "--objects", "--no-object-names", "--stdin", given=wanted.encode()) as done:
            _check(done)
            return [line[:40].decode() for line in done.output]

    def _measured(self, names: list[str]) -> tuple[set[str], str]:
        """Those of some objects that are large and kept as a difference; and why all of them cannot be taken in, or ""."""
        large, total, limits = set[str](), 0, self.settings
        how = "cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize) %(deltabase)", "--buffer"
        with self.git(*how, given="".join(f"{name}\n" for name in names).encode()) as done:
            _check(done)
            for line in done.output:
                name, kind, digits, base = line.split()
                size = int(digits)
                total += size
                if kind == b"blob" and size > limits.max_file_bytes:
                    return large, f"a file was in it: {over(size, limits.max_file_bytes)}"
                if size > _WHOLE_BYTES and base != b"0" * 40:
                    large.add(name.decode())
        if len(names) > limits.max_push_objects or total > limits.max_push_bytes:
            return large, "it is larger than what is taken in at once"
        return large, ""

    def _packed(self, names: list[str], *how: str) -> Held:
        """A pack of those objects that the repository does not hold, and their ids."""
        # What it holds already is borrowed: --local leaves that out.
        args = ("pack-objects", *how, "--local", "--delta-base-offset", "--window=0", "-q", str(self.path / "accepted"))
        with self.git(*args, given="".join(f"{name}\n" for name in names).encode()) as done:
            _check(done)
            made = done.output.read().decode().strip()
        return self._held(self.path / f"accepted-{made}.pack")

    def _held(self, pack: Path) -> Held:
        held = [raw.hex() for raw in PackFolder(pack.parent).names(pack.stem)]
        return (pack, held) if held else (None, [])

    def _sound(self, pack: Path | None) -> bool:
        """Whether git calls nothing in a pack broken."""
        with self.git("index-pack", "--strict", "-o", str(self.path / f"{uuid4().hex}.idx"), str(pack)) as done:
            return done.code == 0


def _check(done: Done) -> None:
    if done.code == 0:
        return
    if done.code < 0 or "ut of memory" in done.said:
        raise TooLarge("What was fetched takes too much time or memory to look at: take a part of it.")
    raise Unavailable(
        "Git could not look at what was fetched: try again later, and tell an admin if that does not help."
    )
