"""Apply on disk: carries a plan out, file by file. Nothing that was edited meanwhile is overwritten."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hubshare.git.objects import BLOB, Object
from hubshare.git.packs import Pack
from hubshare.sync.plan import Plan
from hubshare.sync.trees import LINK, Entry, Side
from hubshare_agents.checkout.disk import Blocked, Busy, Changed, Disk
from hubshare_agents.checkout.index import CheckoutIndex, Row
from hubshare_agents.checkout.open_documents import Asking, IsOpen
from hubshare_agents.checkout.outputs import WITH_OUTPUTS, with_own
from hubshare_agents.checkout.stash import Stash

#: Up to this many files are each flushed to disk before they are put in place; more are flushed together.
_FLUSH_EACH = 16
_FULL = (errno.ENOSPC, errno.EDQUOT)
#: The file system cannot take this name or this kind of file; other files are not affected.
_CANNOT = (errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EILSEQ, errno.EINVAL)


@dataclass
class PullResult:
    """What carrying out a plan did.

    Attributes:
        written, deleted: paths.
        changed: paths that turned out to be edited meanwhile; they have to be looked at again.
        missing: paths whose content was not at hand.
        held: paths that are left alone for now, because they are open in Jupyter, and why.
        stopped: why it stopped half way, or "".
    """

    written: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    stopped: str = ""


def apply(
    index: CheckoutIndex,
    disk: Disk,
    stash: Stash,
    documents: Asking,
    plan: Plan,
    packs: Sequence[Pack],
    progress: Callable[[int, int], None],
) -> PullResult:
    """Bring the published state to disk, as far as the plan says and the content is at hand.

    Every file is compared with what the plan expects right before it is replaced. The index is written last: if it ends
    before that, the next look finds both sides equal.

    Args:
        index, disk, stash: of the checkout.
        documents: asked before a file is replaced.
        plan: what to write and delete.
        packs: hold the contents.
        progress: is told of (files done, files in all).
    """
    run = _Run(index, disk, stash, documents, len(plan.write) <= _FLUSH_EACH)
    total = len(plan.delete) + len(plan.write)
    try:
        for path, local in plan.delete.items():
            run.delete(path, local)
            progress(run.done, total)
        for path, (expected, entry) in plan.write.items():
            source = next((pack for pack in packs if entry.id in pack), None)
            if source is None:
                run.result.missing.append(path)
            else:
                run.write(path, expected, entry, source)
                progress(run.done, total)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        run.result.stopped = (
            f"The disk is full: {len(run.result.written):,} of {len(plan.write):,} files are in place and nothing is lost. "
            "Free some space and run `hubshare pull`."
        )
    run.finish()
    return run.result


class _Run:
    """One plan being carried out."""

    def __init__(self, index: CheckoutIndex, disk: Disk, stash: Stash, documents: Asking, flush: bool) -> None:
        self.index, self.disk, self.stash, self.documents, self.flush = index, disk, stash, documents, flush
        self.result = PullResult()
        self.rows: list[Row] = []

    @property
    def done(self) -> int:
        return len(self.result.written) + len(self.result.deleted)

    def delete(self, path: str, local: Entry) -> None:
        def act() -> None:
            row = self._row(path, local)
            assert row.on_disk is not None
            if row.raw:
                self.stash.put(path, row.on_disk, WITH_OUTPUTS)
            with self.documents.replacing(path, delete=True):
                self.disk.delete(path, row.on_disk, row.seen)
            self.rows.append(Row(path, None, None, None, ""))
            self.result.deleted.append(path)

        self._try(path, act)

    def write(self, path: str, local: Side, entry: Entry, source: Pack) -> None:
        def act() -> None:
            row, written, content = self._row(path, local), entry, source.stream(entry.id)
            if row.raw and row.on_disk is not None and entry.mode == LINK:
                self.stash.put(path, row.on_disk, WITH_OUTPUTS)
            elif row.raw:
                joined = Object(BLOB, with_own(self.disk, self.stash, row, source.read(entry.id).data))
                written, content = entry._replace(id=joined.id), iter([joined.data])
            with self.documents.replacing(path):
                seen = self.disk.write(path, written, content, row.on_disk, row.seen, self.flush)
            self.rows.append(Row(path, entry, entry, seen, "", written.id if written != entry else ""))
            self.result.written.append(path)

        self._try(path, act)

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
        except (Changed, Busy):
            self.result.changed.append(path)
        except IsOpen as open_document:
            self.result.held[path] = open_document.reason
        except Blocked:
            self._hold(path, "a folder with files that are not shared is in its place here; move it away")
        except PermissionError:
            self._hold(path, "it cannot be written here; change its permissions")
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
            self._hold(path, f"it cannot be written here: {error.strerror}")

    def _check_way(self, path: str) -> None:
        """Check that nothing that is held is in the way: a file where a folder is to be, or one in a folder's place."""
        for held, reason in self.result.held.items():
            if path.startswith(f"{held}/") or held.startswith(f"{path}/"):
                raise IsOpen(f"{held!r} is in its way: {reason}")

    def _hold(self, path: str, reason: str) -> None:
        self.index.save(self.index.row(path)._replace(held=reason))

    def finish(self) -> None:
        """Note in the index what is on disk now, once it is there for sure."""
        if not self.flush:
            os.sync()
        with self.index.transaction():
            for row in self.rows:
                self.index.save(row)
                self.index.agree(row.path, row.agreed, row.agreed)
