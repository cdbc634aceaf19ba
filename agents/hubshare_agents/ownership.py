"""Owning a state folder: one agent at a time, whatever the file system that it lies on can do.

The kernel's lock is let go on any death. Where a file system has none, numbered records stand in its place, and the highest
number owns. An owner that is gone is followed by creating the next number, which the file system lets only one do; its owner is
looked for where it can be seen, and elsewhere must have shown no sign of life for long. The highest record is never removed, so
numbers only grow, and who has created one on an old view sees that it is not the highest.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, TextIO
from uuid import uuid4

from hubshare.errors import Unavailable
from hubshare_agents.agent_process import RELEASED, owner_records

log = logging.getLogger(__name__)

#: How a file system says that it has no locks.
NO_LOCKS = frozenset((errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL))
#: How long the agent before this one may take to be gone for good.
OWN_SECONDS = 5.0
#: After how long a record that was begun and is not whole is taken for left; who writes one has half of it.
WRITE_SECONDS = 30.0
#: How often an owner shows that it lives, and after how long without a sign it is taken for dead.
BEAT_SECONDS, SILENT_SECONDS = 5.0, 90.0
_LOOK_SECONDS = 0.02


class Record(NamedTuple):
    """Who owns a state folder.

    Attributes:
        nonce: tells this ownership from any other one.
        where: in which of a kernel's process namespaces it runs; only in there its number means anything.
        process, started: its number, and when it was started, by the kernel's clock.
        beat: counts its signs of life.
    """

    nonce: str
    where: str
    process: int
    started: str
    beat: int = 0

    def is_gone(self) -> bool:
        """Whether it runs no more, as far as that can be seen from here."""
        return self.where == _where() and self.started != _started(self.process)


class Ownership:
    """A state folder that is owned by this process.

    Args:
        state: the folder.
        lost: called, in a thread, when another agent owns it now, or may: this one must not touch anything any more.

    Raises:
        Unavailable: when another agent owns it.
    """

    def __init__(self, state: Path, lost: Callable[[], None]) -> None:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(PermissionError):
            # Where a file system has no permissions of its own, it is as private as its mount.
            state.chmod(0o700)
        self._state, self._lost = state, lost
        self._record = Record(uuid4().hex, _where(), os.getpid(), _started(os.getpid()))
        self._closed = threading.Event()
        self._lock = _lock(state)
        if self._lock is None:
            log.warning("%s lies on a file system without locks: a record says who owns it", state)
            self._follow()
            self._beating = threading.Thread(target=self._beat, name="own", daemon=True)
            self._beating.start()

    def close(self) -> None:
        """Let another agent own it."""
        self._closed.set()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
            return
        if self._beating is not threading.current_thread():
            self._beating.join()
        with suppress(FileNotFoundError):
            if self._is_mine():
                self._path.write_text(RELEASED)

    # without locks

    def _follow(self) -> None:
        """Create the record after the last one as soon as its owner is gone.

        Raises:
            Unavailable: when its owner is not gone.
        """
        began = since = time.monotonic()
        seen: tuple[int, Record | str | None] | None = None
        while True:
            # The clock is looked at first: what is read afterwards is at least as new.
            now = time.monotonic()
            records = owner_records(self._state)
            last = max(records, default=-1)
            found = _read(records[last]) if records else RELEASED
            if (last, found) != seen:
                seen, since = (last, found), now
            if isinstance(found, str):
                gone, patience = True, OWN_SECONDS
            elif found is None:
                # Begun and not written yet, or damaged.
                gone, patience = now - since >= WRITE_SECONDS, 2 * WRITE_SECONDS
            elif found.where == self._record.where:
                gone, patience = found.is_gone(), OWN_SECONDS
            else:
                gone, patience = now - since >= SILENT_SECONDS, SILENT_SECONDS + OWN_SECONDS
            if gone and self._create(last + 1):
                return
            if now - began >= patience:
                raise _owned(self._state)
            self._closed.wait(_LOOK_SECONDS)

    def _create(self, number: int) -> bool:
        """Create a record; return whether it makes this the owner."""
        self._path = self._state / f"agent.owner.{number}"
        began = time.monotonic()
        try:
            with self._path.open("x") as file:
                _write(file, self._record)
        except FileExistsError:
            return False
        records = owner_records(self._state)
        # Others may take it for one that was begun and left, should this have taken long.
        if max(records, default=-1) != number or time.monotonic() - began >= WRITE_SECONDS / 2:
            self._path.write_text(RELEASED)
            return False
        for before in records.keys() - {number}:
            # What is no file stays: it is not the last one any more.
            with suppress(OSError):
                records[before].unlink()
        return True

    def _is_mine(self) -> bool:
        records = owner_records(self._state)
        if not records or records[max(records)] != self._path:
            return False
        found = _read_strictly(self._path)
        return isinstance(found, Record) and found.nonce == self._record.nonce

    def _beat(self) -> None:
        """Show now and then that this agent lives, and see that the record is still its own."""
        shown = time.monotonic()
        while not self._closed.wait(BEAT_SECONDS):
            try:
                mine = self._is_mine()
                if mine:
                    self._record = self._record._replace(beat=self._record.beat + 1)
                    with self._path.open("r+") as file:
                        _write(file, self._record)
                    shown = time.monotonic()
            except FileNotFoundError:
                mine = False
            except OSError as error:
                log.warning("%s cannot be written: %s", self._path, error)
                mine = time.monotonic() - shown < SILENT_SECONDS / 2
            if not mine and not self._closed.is_set():
                self._lost()
                return


def _lock(state: Path) -> int | None:
    """Take the kernel's lock; return a descriptor that holds it, or None where there are no locks.

    Raises:
        Unavailable: when another process holds it.
    """
    handle = os.open(state / "agent.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + OWN_SECONDS
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return handle
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise _owned(state) from None
                time.sleep(_LOOK_SECONDS)
    except OSError as error:
        os.close(handle)
        if error.errno not in NO_LOCKS:
            raise
        return None
    except BaseException:
        os.close(handle)
        raise


def _owned(state: Path) -> Unavailable:
    return Unavailable(f"Another agent owns the checkouts in {state}: only one runs at a time.")


def _write(file: TextIO, record: Record) -> None:
    json.dump(record, file)
    file.truncate()
    file.flush()
    os.fsync(file.fileno())


def _read(path: Path) -> Record | str | None:
    try:
        return _read_strictly(path)
    except OSError:
        # Gone meanwhile, a folder, or not to be read: as one that is damaged.
        return None


def _read_strictly(path: Path) -> Record | str | None:
    """Return what a record says, or `RELEASED`; None when it is not whole."""
    text = path.read_text(errors="replace")
    if text == RELEASED:
        return RELEASED
    with suppress(ValueError, TypeError, RecursionError):
        return Record(*json.loads(text))
    return None


def _where() -> str:
    boot = namespace = ""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = str(Path("/proc/self/ns/pid").readlink())
    return f"{boot} {namespace} {os.uname().nodename}"


def _started(process: int) -> str:
    """When a process was started, by the kernel's clock; "" when there is none."""
    try:
        # The name of the program may hold anything, and ends with the last bracket (proc(5)).
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""
