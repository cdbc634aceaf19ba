"""A machine that loses its power: at a given call to the system everything stops, and what was not flushed is not there.

Calls that change files are recorded. At the end the ones that no flush has covered are taken back in reverse order, the
contents of new files that were not flushed are gone, and a checkout's database is as it was at its last durable transaction. Or
one of both is ahead of the other. That is the worst that a file system may do.
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hubshare_agents.checkout import flushing, renames
from hubshare_agents.checkout.database import CheckoutDatabase

_EXCHANGE = 2
#: Also where a test refuses it to the agent.
_link = os.link


class Stopped(BaseException):
    """The machine has stopped: nothing after this line runs."""


class Machine:
    """What the agent of one checkout does to the disk, recorded.

    Args:
        places: the folders that are looked at.
        database: the database of the checkout.
        backup: an empty folder for what has to be remembered.
        stop: at which call it stops; counted from 1.
    """

    def __init__(self, places: list[Path], database: Path, backup: Path, stop: int) -> None:
        self.places, self.database, self.backup, self.stop = places, database, backup, stop
        self.calls = 0
        self.stopped = False
        self.flushed: set[int] = set()
        self.known = {found.st_ino for found in self._files().values()}
        #: Folder, and what takes a change of its names back.
        self.undo: list[tuple[set[str], Callable[[], None]]] = []
        self._remember_database()

    def count(self) -> None:
        """Note one call; from the one at which the machine stops on, none is made."""
        self.calls += 1
        if self.stopped or self.calls == self.stop:
            self.stopped = True
            raise Stopped

    def flush_names(self, folder: str | None) -> None:
        """The names in a folder are on disk, with all that came before in it; None for all folders."""
        self.undo = [one for one in self.undo if folder is not None and folder not in one[0]]

    def lose(self, index: bool, names: bool = True) -> None:
        """Have what was not flushed gone. The checkout is closed.

        Args:
            index: whether that holds for the database as well; it may have come to disk before everything else.
            names: whether it holds for the names of files; they may have come to disk before everything else.
        """
        for _, back in reversed(self.undo if names else ()):
            with suppress(FileNotFoundError):
                back()
        for path, found in self._files().items():
            if found.st_ino not in self.known | self.flushed and not path.is_symlink():
                os.truncate(path, 0)
        if not index:
            return
        for left in self.database.parent.glob(f"{self.database.name}*"):
            left.unlink()
        self.copy.rename(self.database)

    def _files(self) -> dict[Path, os.stat_result]:
        found = (path for place in self.places for path in place.rglob("*"))
        return {path: path.lstat() for path in found if not path.is_dir() and self.database.name not in path.name}

    def _remember_database(self) -> None:
        self.copy = self.backup / f"database-{self.calls}"
        source, target = sqlite3.connect(self.database), sqlite3.connect(self.copy)
        source.backup(target)
        source.close()
        target.close()


def _where(name: object, folder: int | None) -> Path:
    """The path that a call names."""
    text = os.fsdecode(name)  # type: ignore[arg-type]
    return Path(text) if folder is None or text.startswith("/") else Path(os.readlink(f"/proc/self/fd/{folder}")) / text


@contextmanager
def recorded(machine: Machine) -> Iterator[None]:
    """Have the calls of this process go through a machine."""
    real = {name: getattr(os, name) for name in ("open", "rename", "replace", "unlink", "fsync", "fdatasync")}
    exchange = renames._renameat2

    def opened(path, flags, mode=0o777, *, dir_fd=None):  # type: ignore[no-untyped-def]
        if flags & os.O_CREAT:
            machine.count()
            made = real["open"](path, flags, mode, dir_fd=dir_fd)
            place = _where(path, dir_fd)
            machine.undo.append(({str(place.parent)}, place.unlink))
            return made
        return real["open"](path, flags, mode, dir_fd=dir_fd)

    def moved(source: Path, target: Path, call: Callable[[], object]) -> object:
        machine.count()
        over = machine.backup / f"over-{machine.calls}"
        with suppress(FileNotFoundError):
            _link(target, over, follow_symlinks=False)
        made = call()

        def back() -> None:
            real["rename"](target, source)
            if over.exists():
                real["rename"](over, target)

        machine.undo.append(({str(source.parent), str(target.parent)}, back))
        return made

    def renamed(source, target, *, src_dir_fd=None, dst_dir_fd=None):  # type: ignore[no-untyped-def]
        moved(
            _where(source, src_dir_fd),
            _where(target, dst_dir_fd),
            lambda: real["rename"](source, target, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd),
        )

    def renamed_with(old: int, source: bytes, new: int, target: bytes, flags: int) -> object:
        first, second = _where(source, old), _where(target, new)
        if flags != _EXCHANGE:
            return moved(first, second, lambda: exchange(old, source, new, target, flags))
        machine.count()
        made = exchange(old, source, new, target, flags)
        if made == 0:

            def back() -> None:
                between = machine.backup / "between"
                real["rename"](first, between)
                real["rename"](second, first)
                real["rename"](between, second)

            machine.undo.append(({str(first.parent)}, back))
        return made

    def unlinked(path, *, dir_fd=None):  # type: ignore[no-untyped-def]
        machine.count()
        place, copy = _where(path, dir_fd), machine.backup / f"gone-{machine.calls}"
        with suppress(FileNotFoundError):
            _link(place, copy, follow_symlinks=False)
        real["unlink"](path, dir_fd=dir_fd)
        machine.undo.append(({str(place.parent)}, lambda: real["rename"](copy, place)))

    def flushed(call: str) -> Callable[[int], None]:
        def run(handle: int) -> None:
            machine.count()
            real[call](handle)
            machine.flushed.add(os.fstat(handle).st_ino)
            if call == "fsync":
                machine.flush_names(os.readlink(f"/proc/self/fd/{handle}"))

        return run

    def flushed_all(handle: int) -> int:
        machine.count()
        machine.flushed |= {found.st_ino for found in machine._files().values()}
        machine.flush_names(None)
        return 0

    committed = CheckoutDatabase._synchronous

    @contextmanager
    def durable(database: CheckoutDatabase) -> Iterator[None]:
        machine.count()
        with committed(database):
            yield
        machine._remember_database()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", opened)
        patch.setattr(os, "rename", renamed)
        patch.setattr(os, "replace", renamed)
        patch.setattr(os, "unlink", unlinked)
        patch.setattr(os, "fsync", flushed("fsync"))
        patch.setattr(os, "fdatasync", flushed("fdatasync"))
        patch.setattr(renames, "_renameat2", renamed_with)
        patch.setattr(flushing, "_syncfs", flushed_all)
        patch.setattr(CheckoutDatabase, "_synchronous", durable)
        ctypes.set_errno(0)
        yield
