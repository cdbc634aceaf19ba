"""Apply on disk: carries a plan out, file by file. Nothing that was edited meanwhile is overwritten."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from hubshare.config import MIB
from hubshare.git.objects import BLOB, Object
from hubshare.git.packs import Pack
from hubshare.names import count
from hubshare.sync.notebooks.outputs import NOTEBOOK_BYTES
from hubshare.sync.plan import Plan
from hubshare.sync.trees import LINK, Entry, Side
from hubshare_agents.checkout.disk import Blocked, Busy, Changed, Disk, InUse
from hubshare_agents.checkout.flushing import flush_file_system, flush_folder
from hubshare_agents.checkout.index import CheckoutIndex, Row
from hubshare_agents.checkout.local_contents import LocalContents
from hubshare_agents.checkout.open_documents import Asking, IsOpen
from hubshare_agents.checkout.outputs import WITH_OUTPUTS, with_own
from hubshare_agents.checkout.stash import Stash
from hubshare_agents.checkout.taken_out import TakenOut
from hubshare_agents.checkout.taken_table import Replacement
from hubshare_agents.room import Replaced, Room

#: Up to this many files are each flushed to disk before they are put in place; more are flushed together.
_FLUSH_EACH = 16
#: So many files, or so many bytes of them, are written before they are put in place.
_BATCH_FILES, _BATCH_BYTES = 1024, 64 * MIB
_FULL = (errno.ENOSPC, errno.EDQUOT)
#: The process or the machine is out of something: no other file would fare better.
_ALL = (errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ENOBUFS)


@dataclass
class PullResult:
    """What carrying out a plan did.

    Attributes:
        written, deleted: paths.
        changed: paths that turned out to be edited meanwhile; they have to be looked at again.
        missing: paths whose content was not at hand.
        held: paths that are left alone for now, because they are open in Jupyter or cannot be written, and why.
        stopped: why it stopped half way, or "".
        too_large: id to size in bytes of the contents for which there is no room.
    """

    written: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    stopped: str = ""
    too_large: dict[str, int] = field(default_factory=dict)

    def joined(self, more: PullResult) -> PullResult:
        """Return both: what another try did with what was missing after this one."""
        return PullResult(
            self.written + more.written,
            self.deleted + more.deleted,
            self.changed + more.changed,
            more.missing,
            self.held | more.held,
            more.stopped,
            self.too_large | more.too_large,
        )


def apply(
    index: CheckoutIndex,
    disk: Disk,
    stash: Stash,
    taken_out: TakenOut,
    documents: Asking,
    plan: Plan,
    packs: Sequence[Pack | LocalContents],
    progress: Callable[[int, int], None],
) -> PullResult:
    """Bring the published state to disk, as far as the plan says and the content is at hand.

    Every file is compared with what the plan expects right before it is replaced. The order is what makes an end at any moment
    harmless, of the process or of the power: contents are on disk before they are put in place, and the folders before the
    index says what lies in them. If it ends before that, the next look finds both sides equal.

    Args:
        index, disk, stash, taken_out: of the checkout.
        documents: asked before a file is replaced.
        plan: what to write and delete.
        packs: hold the contents.
        progress: is told of (files done, files in all).
    """
    total = len(plan.delete) + len(plan.write)
    run = _Run(
        index, disk, stash, taken_out, documents, len(plan.write) <= _FLUSH_EACH, lambda done: progress(done, total)
    )
    sources: dict[str, Pack | LocalContents] = {}
    for path, (_, entry) in plan.write.items():
        source = next((pack for pack in packs if entry.id in pack), None)
        if source is None:
            run.result.missing.append(path)
        else:
            sources[path] = source
    try:
        for paths in batched(plan.delete, lambda path: 0):
            run.delete({path: plan.delete[path] for path in paths})
        run.leave_out(plan, sources)
        for paths in batched(sources, lambda path: _size(sources[path], plan.write[path][1].id)):
            run.write({path: plan.write[path] for path in paths}, sources)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        run.result.stopped = (
            f"The disk is full: {len(run.result.written):,} of {count(len(plan.write), 'file')} are in place and nothing is "
            "lost. Free some space and run `hubshare pull`."
        )
    return run.result


def batched(paths: Iterable[str], size: Callable[[str], int]) -> Iterator[list[str]]:
    """Divide paths into what is done at once.

    Args:
        size: of the file that is written at a path, in bytes.
    """
    batch, total = list[str](), 0
    for path in paths:
        if batch and (len(batch) == _BATCH_FILES or total + size(path) > _BATCH_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(path)
        total += size(path)
    if batch:
        yield batch


def _size(source: Pack | LocalContents, name: str) -> int:
    return source.size(name) if isinstance(source, LocalContents) else source.places[name].size


class _Prepared(NamedTuple):
    """A version that lies beside its place.

    Attributes:
        row: what is known of its path.
        entry: what is published there.
        written: what is put there: that, or a notebook with the outputs that it has here.
        made: the file.
    """

    row: Row
    entry: Entry
    written: Entry
    made: os.stat_result


class _Run:
    """One plan being carried out."""

    def __init__(
        self,
        index: CheckoutIndex,
        disk: Disk,
        stash: Stash,
        taken_out: TakenOut,
        documents: Asking,
        flush: bool,
        progress: Callable[[int], None],
    ) -> None:
        self.index, self.disk, self.stash, self.flush = index, disk, stash, flush
        self.taken_out, self.documents = taken_out, documents
        self.progress = progress
        self.result = PullResult()
        self.rows: list[Row] = []
        self.names: dict[str, str] = {}
        self.new: set[str] = set()

    @contextmanager
    def batch(self, what: Mapping[str, tuple[Side, Side]]) -> Iterator[None]:
        """Note what is about to be replaced; at the end, whatever that is, note in the index what is on disk now."""
        self.names = self.taken_out.expect(
            Replacement(path, self.index.row(path).agreed, self.index.row(path).on_disk, put)
            for path, (_, put) in what.items()
        )
        try:
            yield
        finally:
            self._finish()

    def leave_out(self, plan: Plan, sources: dict[str, Pack | LocalContents]) -> None:
        """Take out of what is to be written what there is no room for on the disk.

        Args:
            sources: path to where its content is.
        """
        sizes = {
            path: Replaced(
                seen.size if (seen := self.index.row(path).seen) else 0, _size(source, plan.write[path][1].id)
            )
            for path, source in sources.items()
        }
        with self.disk.folder("") as top:
            room = Room.at(top)
        if len(fitting := room.fitting(sizes)) == len(sizes):
            return
        left = sizes.keys() - fitting
        for path in left:
            del sources[path]
            self.result.too_large[plan.write[path][1].id] = sizes[path].new
        done = f"{len(fitting):,} of {count(len(sizes), 'file')} are written and nothing is lost. "
        self.result.stopped = room.too_little(sum(sizes[path].new for path in left), done)

    def delete(self, what: Mapping[str, Entry]) -> None:
        with self.batch({path: (local, None) for path, local in what.items()}):
            for path, local in what.items():
                self._try(path, partial(self._delete, path, local))

    def write(self, what: Mapping[str, tuple[Side, Entry]], sources: Mapping[str, Pack | LocalContents]) -> None:
        prepared: dict[str, _Prepared] = {}
        with self.batch(what):
            try:
                todo = [*what]
                while todo:
                    self._prepare_all(todo, what, sources, prepared)
                    if prepared and not self.flush:
                        with self.disk.folder("") as top:
                            flush_file_system(top)
                    for path in [*prepared]:
                        self._try(path, partial(self._put, path, prepared))
            finally:
                for path, left in prepared.items():
                    self.disk.drop(path, self.names[path], left.made)

    def _prepare_all(
        self,
        todo: list[str],
        what: Mapping[str, tuple[Side, Entry]],
        sources: Mapping[str, Pack | LocalContents],
        prepared: dict[str, _Prepared],
    ) -> None:
        """Prepare as many files as there is room for, and take them off the list: putting them in place makes room for more.

        Raises:
            OSError: when there is not even room for one.
        """
        while todo:
            path = todo[0]
            local, entry = what[path]
            try:
                self._try(path, partial(self._prepare, path, local, entry, sources[path], prepared))
            except OSError as error:
                if error.errno in _FULL and prepared:
                    return
                raise
            del todo[0]

    def _delete(self, path: str, local: Entry) -> None:
        row = self._row(path, local)
        assert row.on_disk is not None
        if row.raw:
            self.stash.put(path, row.on_disk, WITH_OUTPUTS)
        with self.documents.replacing(path, delete=True):
            self.disk.delete(path, row.on_disk, row.seen, self.names[path])
        self.rows.append(Row(path, None, None, None, ""))
        self.result.deleted.append(path)

    def _prepare(
        self, path: str, local: Side, entry: Entry, source: Pack | LocalContents, prepared: dict[str, _Prepared]
    ) -> None:
        row, written, content = self._row(path, local), entry, source.stream(entry.id)
        larger = max(row.seen.size if row.seen else 0, _size(source, entry.id))
        if row.raw and row.on_disk is not None and (entry.mode == LINK or larger > NOTEBOOK_BYTES):
            self.stash.put(path, row.on_disk, WITH_OUTPUTS)
        elif row.raw:
            joined = Object(BLOB, with_own(self.disk, self.stash, row, source.read(entry.id).data))
            written, content = entry._replace(id=joined.id), iter([joined.data])
        made = self.disk.prepare(path, written, content, self.names[path], self.flush)
        prepared[path] = _Prepared(row, entry, written, made)

    def _put(self, path: str, prepared: dict[str, _Prepared]) -> None:
        it = prepared[path]
        with self.documents.replacing(path):
            del prepared[path]
            seen = self.disk.put(path, self.names[path], it.made, it.row.on_disk)
        if it.row.on_disk is None:
            self.new.add(path)
        self.rows.append(Row(path, it.entry, it.entry, seen, "", it.written.id if it.written != it.entry else ""))
        self.result.written.append(path)

    def _row(self, path: str, local: Side) -> Row:
        """What is known of a path, if that is still what the plan was made of."""
        row = self.index.row(path)
        if row.local != local:
            raise Changed(path)
        return row

    def _try(self, path: str, act: Callable[[], None]) -> None:
        try:
            self._check_way(path)
            act()
            self.progress(len(self.result.written) + len(self.result.deleted))
        except InUse as error:
            self._hold(path, error.reason)
        except (Changed, Busy):
            self.result.changed.append(path)
        except IsOpen as open_document:
            self.result.held[path] = open_document.reason
        except Blocked:
            self._hold(path, "a folder with files that are not shared is in its place here; move it away")
        except OSError as error:
            if error.errno in _FULL or error.errno in _ALL:
                raise
            self._hold(path, refusal(error))

    def _check_way(self, path: str) -> None:
        """Check that nothing that is held is in the way: a file where a folder is to be, or one in a folder's place."""
        for held, reason in self.result.held.items():
            if path.startswith(f"{held}/") or held.startswith(f"{path}/"):
                raise IsOpen(f"{held!r} is in its way: {reason}")

    def _hold(self, path: str, reason: str) -> None:
        self.index.save(self.index.row(path)._replace(held=reason))
        self.result.held[path] = reason

    def _finish(self) -> None:
        """Note in the index what is on disk now, once it is there for sure."""
        if self.rows:
            _flush_folders(self.disk, {row.path.rpartition("/")[0] for row in self.rows})
        self.index.note_replaced(row.path for row in self.rows)
        with self.index.transaction():
            for row in self.rows:
                self.index.save(row)
                self.index.agree(row.path, row.agreed, row.agreed)
            self.taken_out.settle(set(self.names.values()), self.new)
        self.rows, self.names, self.new = [], {}, set()


def _flush_folders(disk: Disk, paths: Iterable[str]) -> None:
    """Have what was renamed and deleted in these folders on disk for sure, or in those that are left of them."""
    left = set()
    for path in paths:
        while path and not ((found := disk.stat(path)) and stat.S_ISDIR(found.st_mode)):
            path = path.rpartition("/")[0]
        left.add(path)
    if len(left) > _FLUSH_EACH:
        with disk.folder("") as top:
            flush_file_system(top)
        return
    for path in left:
        with disk.folder(path) as folder:
            flush_folder(folder)


def refusal(error: OSError) -> str:
    """Return why a file cannot be written or deleted here, and what a person can do about it."""
    if error.errno == errno.EACCES:
        return "it cannot be written here; change its permissions"
    if error.errno == errno.EPERM:
        return "it may not be changed here, by whomever: `lsattr` shows whether `chattr -i` or `chattr -a` is needed"
    if error.errno == errno.EROFS:
        return "it cannot be written here: the file system is read-only"
    if error.errno in (errno.EBUSY, errno.ETXTBSY):
        return "it is in use here; close what uses it"
    if error.errno in (errno.ENAMETOOLONG, errno.EILSEQ):
        return "the file system here cannot have a file of this name; rename it in the project"
    return f"it cannot be written here: {error.strerror}"
