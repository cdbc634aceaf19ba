"""Owning a state folder: one agent at a time, whatever the file system that it lies on can do.

The kernel's lock is let go on any death. Where a file system has none, a record of the owner stands in its place: it is created
only where there is none, its owner is looked for where it can be seen, and elsewhere must have shown no sign of life for long.
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
from typing import NamedTuple
from uuid import uuid4

from hubshare.errors import Unavailable
from hubshare_agents.agent_process import owner_record

log = logging.getLogger(__name__)

#: How a file system says that it has no locks.
NO_LOCKS = frozenset((errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL))
#: How long the agent before this one may take to be gone for good.
OWN_SECONDS = 5.0
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
            self._write_first()
            threading.Thread(target=self._beat, name="own", daemon=True).start()

    def close(self) -> None:
        """Let another agent own it."""
        self._closed.set()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        elif (found := self._read()) is not None and found.nonce == self._record.nonce:
            self._path.unlink(missing_ok=True)

    # without locks

    @property
    def _path(self) -> Path:
        return owner_record(self._state)

    def _write_first(self) -> None:
        began = time.monotonic()
        seen, since = self._read(), began
        while not self._create():
            found, now = self._read(), time.monotonic()
            if found != seen:
                seen, since = found, now
            if found is None:
                # Begun and not written yet, or damaged.
                gone, patience = now - since >= OWN_SECONDS, 2 * OWN_SECONDS
            elif found.where == self._record.where:
                gone, patience = found.is_gone(), OWN_SECONDS
            else:
                gone, patience = now - since >= SILENT_SECONDS, SILENT_SECONDS + OWN_SECONDS
            if gone:
                self._take_away(found)
            elif now - began >= patience:
                raise _owned(self._state)
            else:
                self._closed.wait(_LOOK_SECONDS)

    def _create(self) -> bool:
        try:
            with self._path.open("x") as file:
                json.dump(self._record, file)
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            return False
        found = self._read()
        return found is not None and found.nonce == self._record.nonce

    def _take_away(self, gone: Record | None) -> None:
        """Take away the record of an owner that is gone; one that another agent has put in its place meanwhile comes back."""
        aside = self._path.with_name(f"agent.owner.{uuid4().hex}")
        try:
            self._path.rename(aside)
        except FileNotFoundError:
            return
        if _read(aside) != gone and not self._path.exists():
            aside.rename(self._path)
        else:
            aside.unlink()

    def _beat(self) -> None:
        """Show now and then that this agent lives, and see that the record is still its own."""
        shown = time.monotonic()
        while not self._closed.wait(BEAT_SECONDS):
            try:
                found = _read_strictly(self._path)
                mine = found is not None and found.nonce == self._record.nonce
                if mine:
                    self._record = self._record._replace(beat=self._record.beat + 1)
                    with self._path.open("r+") as file:
                        json.dump(self._record, file)
                        file.truncate()
                        file.flush()
                        os.fsync(file.fileno())
                    shown = time.monotonic()
            except FileNotFoundError:
                mine = False
            except OSError as error:
                log.warning("%s cannot be written: %s", self._path, error)
                mine = time.monotonic() - shown < SILENT_SECONDS / 2
            if not mine and not self._closed.is_set():
                self._lost()
                return

    def _read(self) -> Record | None:
        return _read(self._path)


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


def _read(path: Path) -> Record | None:
    try:
        return _read_strictly(path)
    except FileNotFoundError:
        return None


def _read_strictly(path: Path) -> Record | None:
    """Return what a record says; None when it is not whole."""
    with suppress(ValueError, TypeError):
        return Record(*json.loads(path.read_text()))
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
