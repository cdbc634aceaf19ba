"""One import: what providers ask the internet for, and where they put it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial
from typing import TypeVar

from hubshare.config import KIB, CentreSettings
from hubshare.errors import Invalid
from hubshare.features.imports.providers.interface import Download
from hubshare.git.objects import BLOB, EMPTY_TREE, Commit
from hubshare.git.packs import PackWriter
from hubshare.git.repository import Repository
from hubshare.git.stored_tree import StoredTree
from hubshare.metering import timed
from hubshare.names import check_path
from hubshare.sealed import Credential
from hubshare.sync.trees import FILE, Entry, Side
from hubshare_workers.fetch import archive, lfs, trees
from hubshare_workers.fetch.budget import Budget
from hubshare_workers.fetch.guard import Guard
from hubshare_workers.fetch.left_out import LeftOut, entry_fault
from hubshare_workers.fetch.lfs import Pointer
from hubshare_workers.fetch.parts import Parts
from hubshare_workers.fetch.repositories import BrokenHistory, Remote, Repositories, look_up
from hubshare_workers.fetch.stage import Measured, Stage
from hubshare_workers.fetch.web import Web

#: Who is the author of what is imported.
AUTHOR = "import"
_CHUNK = 256 * KIB
_T = TypeVar("_T")
#: What stands in place of a path where the history is left out.
_HISTORY = "(history)"


class Import:
    """One import, as providers see it: both their access to the internet, and the place for what they fetch.

    Args:
        stage: where it waits until it was looked at.
        parts: what has come of downloads that broke off.
        home: the address that the person gave; a credential goes to its host alone.
        parent: what was fetched before, and the parent of the commit that is made where the history is wanted; "" for none.
        history: whether the history of a git repository is wanted.

    Attributes:
        left_out: what a project cannot hold.
        reaches: see `Fetched`.
    """

    def __init__(
        self,
        stage: Stage,
        guard: Guard,
        parts: Parts,
        credential: Credential | None,
        home: str,
        parent: str,
        history: bool,
    ) -> None:
        self._stage, self._budget, self._parent, self._history = stage, stage.budget, parent, history
        self._web = Web(guard, stage.budget, stage.path, credential, home, parts)
        self._repositories = Repositories(guard, self._web, stage.settings)
        self._remotes: dict[str, Remote] = {}
        self._downloads: dict[str, Download] = {}
        self._answers: dict[str, object] = {}
        self._root, self._whole = EMPTY_TREE, ""
        self._measured: Measured | None = None
        self._names = frozenset[str]()
        self.reaches = frozenset[str]()
        self._files: dict[str, Side] = {}
        before = StoredTree(stage.tree, stage.root_of(parent)).entry if parent else lambda path: None
        self.left_out = LeftOut(before)

    @classmethod
    @contextmanager
    def into(
        cls,
        into: Repository,
        settings: CentreSettings,
        budget: Budget,
        guard: Guard,
        person: str,
        credential: Credential | None,
        home: str,
        parent: str,
        history: bool,
    ) -> Iterator[Import]:
        """Begin an import; what it leaves behind is gone at the end."""
        parts = Parts(settings.quarantine, settings.fetch_max_bytes, person, into.path.name)
        with Stage.beside(into, settings, budget) as stage:
            made = cls(stage, guard, parts, credential, home, parent, history)
            try:
                yield made
            finally:
                made._web.close()

    # what providers ask for

    def refs(self, url: str, also: str = "") -> Mapping[str, str]:
        """What a git repository has."""
        return self._remote(url, also).refs

    def json(self, url: str) -> object:
        """What an API answers."""
        if url not in self._answers:
            self._answers[url] = self._web.json(url)
        return self._answers[url]

    def landing(self, url: str) -> str:
        """Where an address leads to in the end."""
        return self._web.landing(url)

    def etag(self, url: str) -> str:
        """How the server calls what it has at an address now."""
        return self._web.etag(url)

    def download(self, url: str, again: bool = False) -> Download:
        """Download a file; what came of it before makes room, and does not count, where it is wanted anew."""
        if again and (held := self._downloads.get(url)):
            self._gone(held)
            self._budget.give_back(held.size)
        if url not in self._downloads:
            self._downloads[url] = self._web.download(url)
        return self._downloads[url]

    # where they put it

    def git(self, url: str, commit: str, ref: str = "", path: str = "", anchor: str = "") -> None:
        """Take a commit of a repository."""
        if self._root != EMPTY_TREE:
            raise Invalid("Only one repository can be taken at a time.")
        remote, history = self._remote(url, ref), self._history and not path and not anchor
        try:
            self._repositories.fetch(self._stage, remote, commit, ref, history, self._parent)
        except BrokenHistory as error:
            self.left_out.add(_HISTORY, error.message)
            history = False
            self._repositories.fetch(self._stage, remote, commit, ref, history)
        self._budget.progress("Looking at what was fetched", 0, 0)
        with ThreadPoolExecutor(2) as aside:
            # Git reads a history in processes of its own, while it is found out here what of the newest version can be held.
            read = self._aside(aside, trees.read_history, self._stage, commit, self._parent) if history else None
            measured = self._aside(aside, self._stage.measure, self._stage.held()) if history else None
            found = trees.at_path(self._stage, commit, trees.anchored(self._stage, commit, anchor) if anchor else path)
            self._root, plain = trees.choose(
                self._stage, found, self.left_out, lambda wanted: self._large(remote.url, wanted)
            )
        if read is None or measured is None:
            return
        if not plain:
            self.left_out.add(_HISTORY, "its newest version is not taken just as it is, and so it is taken alone")
        elif told := read.result().fault:
            self.left_out.add(_HISTORY, told)
        else:
            self._whole, self._measured, self._names = commit, measured.result(), read.result().names

    def archive(self, file: Download, folder: str = "") -> None:
        """Take what is in a zip or tar."""
        with self._stage.writing() as writer:
            self._files |= archive.take(file, writer, self._stage.settings, self._budget, self.left_out, folder)
        self._gone(file)

    def file(self, file: Download, path: str) -> None:
        """Take a file."""
        if fault := entry_fault(check_path(path), FILE, file.size, self._stage.settings):
            self.leave_out(path, fault)
        else:
            with self._stage.writing() as writer:
                self._files[path] = Entry(FILE, _write(writer, file))
        self._gone(file)

    def leave_out(self, path: str, reason: str) -> None:
        """Note that something is left out: what was fetched before stays in its place."""
        if old := self.left_out.replace(path, reason):
            self._files[path] = old

    def deliver(self, message: str) -> str:
        """Have the repository take in what was fetched, durably; returns the id of the commit.

        Args:
            message: of the commit that is made.

        Raises:
            Invalid: when nothing of it can be in a project.
        """
        self._budget.progress("Taking in what was fetched", 0, 0)
        parent = self._parent
        if self._files:
            self._root = self._stage.edited(self._root, self._files)
        # Without its history each version stands alone, so that former ones can go.
        parents, held = (parent,) if parent and self._history else (), parent
        if self._whole:
            fault = self._stage.deliver(self._whole, parent, self._measured)
            if fault:
                self.left_out.add(_HISTORY, fault)
            elif self._root == self._stage.root_of(self._whole):
                self.reaches = self._names
                return self._whole
            else:
                # What the source has pointers to lies on top of its history.
                parents, held = (self._whole,), self._whole
        if parent and self._root == self._stage.root_of(parent) and held in (parent, *self._stage.parents_of(parent)):
            return parent
        fault = ""
        for anew in (False, True):
            root = trees.rebuilt(self._stage, self._root) if anew else self._root
            name = self._stage.commit(Commit(root, parents, AUTHOR, int(time.time()), message))
            fault = self._stage.deliver(name, held)
            if not fault:
                return name
        raise Invalid(f"What was fetched cannot be in a project: {fault}.")

    @staticmethod
    def _aside(pool: Executor, look: Callable[..., _T], *args: object) -> Future[_T]:
        """Have something done by another thread, on the account of this one."""
        return pool.submit(copy_context().run, timed(partial(look, *args)))

    def _remote(self, url: str, also: str = "") -> Remote:
        # A ref of another kind is asked for by name.
        also = also if also.startswith("refs/") else ""
        if url not in self._remotes or (also and also not in self._remotes[url].refs):
            self._remotes[url] = look_up(self._web, url, also)
        return self._remotes[url]

    def _large(self, url: str, wanted: dict[str, Pointer]) -> dict[str, Entry]:
        """Fetch large files by Git LFS, but for those that were fetched before; gives what lies at the path of each."""
        most = self._stage.settings.max_file_bytes
        sizes = {pointer.oid: pointer.size for pointer in wanted.values() if pointer.size <= most}
        blobs = trees.contents_of(self._stage, self._parent, sizes) if self._parent else dict[str, str]()
        missing = {oid: size for oid, size in sizes.items() if oid not in blobs}
        with self._stage.writing() as writer:
            for oid, file in lfs.fetch_objects(self._web, url, missing, self.left_out):
                blobs[oid] = _write(writer, file)
                file.path.unlink()
        return {
            path: Entry(pointer.mode, blobs[pointer.oid]) for path, pointer in wanted.items() if pointer.oid in blobs
        }

    def _gone(self, file: Download) -> None:
        """Make room: what was taken is not read again."""
        file.path.unlink(missing_ok=True)
        self._downloads = {url: held for url, held in self._downloads.items() if held.path != file.path}


def _write(writer: PackWriter, file: Download) -> str:
    with file.path.open("rb") as content:
        return writer.add_unnamed(BLOB, file.size, iter(lambda: content.read(_CHUNK), b""))
