"""Watches one folder and all below it by the kernel's notices, also when the folder goes and another one takes its place."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import stat
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import NamedTuple

from inotify_simple import flags

from hubshare.names import count
from hubshare.sync.trees import ancestors
from hubshare_agents.watching.notices import CHANGES, COMING, MOVES, Notice, Notices
from hubshare_agents.watching.settling import Settling

log = logging.getLogger(__name__)

#: Told, in the event loop, of the paths that changed, relative to the folder; "" for all of it.
Report = Callable[[set[str]], None]
#: Tells whether changes in a folder, relative to the one that is watched, are of interest. Asked in any thread.
Interest = Callable[[str], bool]

_LOST = flags.MOVE_SELF | flags.DELETE_SELF | flags.UNMOUNT | flags.IGNORED
#: How often in a row a folder that is missing may come while it is begun to wait for it.
_COMINGS = 5
_SPENT = (errno.ENOSPC, errno.ENOMEM)


class _Found(NamedTuple):
    """Folders that were added.

    Attributes:
        folders: by name, with their numbers.
        left_out: those that are of no interest.
        spent: whether there were no watches left for some.
    """

    folders: list[tuple[str, int]]
    left_out: set[str]
    spent: bool


class FolderWatch:
    """Watches one folder until it is stopped.

    Args:
        notices: the kernel's.
        root: the folder.
        report: is told of changed paths.
        settle_ms: how long a file that is new or gone waits.
        deadline_ms: after how long any change is reported.
        skip: tells the names of files that are of no interest.
        interest: makes, in any thread, what tells the folders that are of interest as things are.

    Attributes:
        fault: why changes are not noticed at once, or "".
    """

    def __init__(
        self,
        notices: Notices,
        root: Path,
        report: Report,
        settle_ms: int,
        deadline_ms: int,
        skip: Callable[[str], bool],
        interest: Callable[[], Interest] = lambda: lambda folder: True,
    ) -> None:
        self._interest = interest
        self._notices, self._root, self._report, self._skip = notices, root, report, skip
        self._settling = Settling(settle_ms / 1000, deadline_ms / 1000)
        self._loop = asyncio.get_running_loop()
        self._numbers: dict[str, int] = {}
        self._left_out = set[str]()
        self._above: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._anew = self._stopped = False
        self.fault = ""
        self._watch_anew()

    def stop(self) -> None:
        """Report nothing from now on."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        self._forget()

    def renew(self, paths: Iterable[str]) -> None:
        """Watch the folders of these paths if they have become of interest; "" for all there are."""
        if "" in paths:
            self._watch_anew()
        elif self._left_out:
            for folder in {folder for path in paths for folder in ancestors(path) if folder in self._left_out}:
                self._do(self._watch_below(folder))

    # what the kernel tells

    def hear(self, folder: str | None, notice: Notice) -> None:
        """Take a notice of a folder below the top (relative), or above it (None)."""
        if folder is None or (not folder and notice.mask & _LOST):
            if notice.mask & _LOST or "" not in self._numbers:
                self._watch_anew()
        elif notice.mask & flags.IGNORED:
            self._numbers.pop(folder, None)
        elif not notice.name:
            if not folder:
                self._settling.touched("")
        else:
            self._changed(folder, f"{folder}/{notice.name}" if folder else notice.name, notice)

    def overflowed(self) -> None:
        """Notices were lost: also of folders that are new."""
        self._watch_anew()

    def heard(self) -> None:
        """Report what is ready, and be there when the next is."""
        if self._stopped:
            return
        paths = self._settling.take(self._loop.time())
        if paths:
            self._report(paths)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._settling.due()
        if due is not None:
            self._timer = self._loop.call_at(due, self.heard)

    def _changed(self, folder: str, path: str, notice: Notice) -> None:
        mask, now, settling = notice.mask, self._loop.time(), self._settling
        if notice.name == ".git":
            # A repository that appears or goes changes whether its folder is shared; what happens in it does not.
            if folder and mask & (flags.CREATE | flags.MOVED_TO):
                settling.touched(folder)
            elif folder and mask & (flags.MOVED_FROM | flags.DELETE):
                self._do(self._watch_below(folder))
        elif mask & flags.ISDIR:
            self._folder_changed(path, notice)
        elif self._skip(notice.name):
            return
        elif mask & flags.MOVED_FROM:
            settling.left(path, notice.cookie, now)
        elif mask & flags.MOVED_TO:
            settling.arrived(path, notice.cookie, now)
        elif mask & flags.CREATE:
            settling.created(path, now, _is_whole(self._root / path))
        elif mask & flags.MODIFY:
            settling.written(path, now)
        elif mask & flags.CLOSE_WRITE:
            settling.closed(path, now)
        elif mask & flags.DELETE:
            settling.gone(path, now)
        elif mask & flags.ATTRIB:
            settling.touched(path)

    def _folder_changed(self, path: str, notice: Notice) -> None:
        mask, now = notice.mask, self._loop.time()
        if mask & flags.MOVED_FROM:
            for name in [name for name in self._numbers if _lies_in(name, path)]:
                self._notices.leave(self._numbers.pop(name), self)
            self._settling.left(path, notice.cookie, now)
        elif mask & flags.DELETE:
            self._settling.gone(path, now)
        elif mask & (flags.CREATE | flags.MOVED_TO) or path not in self._numbers:
            if mask & flags.MOVED_TO:
                self._settling.arrived(path, notice.cookie, now, folder=True)
            # Also one that could not be read before.
            self._do(self._watch_below(path))
        else:
            self._settling.touched(path)

    # which folders are watched

    def _watch_anew(self) -> None:
        """Watch from the top, soon: once, however often it is asked for meanwhile."""
        if not self._anew and not self._stopped:
            self._anew = True
            self._do(self._watch_top())

    def _do(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch_top(self) -> None:
        self._anew = False
        self._forget()
        self._watch_above()
        await self._enter("")
        for _ in range(_COMINGS):
            if "" in self._numbers or self.fault or self._stopped or not self._watch_coming():
                break
            await self._enter("")
        if self._stopped:
            return
        self._settling.touched("")
        self.heard()

    async def _watch_below(self, path: str) -> None:
        await self._enter(path)
        self._settling.touched(path)
        self.heard()

    async def _enter(self, path: str) -> None:
        self._notices.entering()
        try:
            found = await asyncio.to_thread(self._add, path)
            if self._stopped:
                return
            self._left_out = {name for name in self._left_out if not _lies_in(name, path)} | found.left_out
            for name, number in found.folders:
                self._numbers[name] = number
                self._notices.enter(number, self, name)
            if found.spent:
                self._warn(
                    f"of {self._root} only {count(len(self._numbers), 'folder')} can be watched, since this user has no "
                    "watches left (fs.inotify.max_user_watches, which an admin can raise); all is compared every few "
                    "seconds instead"
                )
            elif not path:
                self.fault = ""
        finally:
            self._notices.entered()

    def _add(self, top: str) -> _Found:
        """Add a folder and all below it that is of interest.

        One that cannot be read is left out, and the look at the disk names it.
        """
        found, left_out, todo, interest = list[tuple[str, int]](), set[str](), [top], self._interest()
        while todo and not self._stopped:
            path = todo.pop()
            if path and not interest(path):
                left_out.add(path)
                continue
            folder = self._root / path
            try:
                number = self._notices.add(folder, CHANGES | (flags.DONT_FOLLOW if path else 0))
                found.append((path, number))
                with os.scandir(folder) as listing:
                    names = [entry.name for entry in listing if entry.is_dir(follow_symlinks=False)]
            except OSError as error:
                if error.errno in _SPENT:
                    return _Found(found, left_out, True)
                continue
            if not path:
                todo += [name for name in names if name != ".git"]
            elif ".git" not in names:
                # A repository of its own is heard of when it goes.
                todo += [f"{path}/{name}" for name in names]
        return _Found(found, left_out, False)

    def _watch_above(self) -> None:
        """Hear of it when a folder further up is moved away, and this one with it."""
        for folder in self._root.parents:
            self._hear_of(folder, MOVES)

    def _watch_coming(self) -> bool:
        """Hear of it when the folder comes, or the one further up that is missing; return whether that has just come."""
        missing = self._root
        for folder in self._root.parents:
            if self._hear_of(folder, MOVES | COMING):
                return missing.exists()
            missing = folder
        return False

    def _hear_of(self, folder: Path, mask: int) -> bool:
        try:
            number = self._notices.add(folder, mask)
        except OSError:
            return False
        self._above.add(number)
        self._notices.enter(number, self, None)
        return True

    def _forget(self) -> None:
        for number in {*self._numbers.values(), *self._above}:
            self._notices.leave(number, self)
        self._numbers.clear()
        self._above.clear()

    def _warn(self, fault: str) -> None:
        if fault != self.fault:
            log.warning("%s", fault)
        self.fault = fault


def _lies_in(name: str, folder: str) -> bool:
    """Return whether a path is a folder or lies in it; "" is the top."""
    return not folder or name == folder or name.startswith(f"{folder}/")


def _is_whole(path: Path) -> bool:
    """Return whether nobody is about to write to what has just appeared: a link, or another name of a file that was there."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return not stat.S_ISREG(found.st_mode) or found.st_nlink > 1
