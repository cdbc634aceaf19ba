"""What has come of downloads that broke off, kept for a day: the next run goes on with it, if the server has the same still.

A part is a folder in the quarantine: its content, and a note of how the server calls that and how much of it is surely on the
disk. Whoever writes to it holds a lock on the content; it is let go with the process.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from hubshare.config import MIB
from hubshare.errors import Cancelled, HubShareError, Unavailable
from hubshare.git.durable import durable, flush
from hubshare.git.waiting import PART, part_name, parts_of

#: After so many bytes what came is flushed, and noted: a machine that loses power has written less than it says.
_NOTED_BYTES = 32 * MIB
_NOTE = "note"
#: The id of what is downloaded for which source is cut to so many characters.
_WHAT = 40


class Part:
    """What has come of a file.

    Args:
        folder: of its own.
        file: its content, open to be read and written.

    Attributes:
        size, digest: of what is in it.
        mark: how the server calls this content, byte for byte; "" where it cannot go on with it.
        earlier: bytes of it that came in another run, and do not count in this one yet.
    """

    def __init__(self, folder: Path, file: BinaryIO) -> None:
        self.folder, self._file = folder, file
        self.size, self.digest, self.mark, self.earlier, self._noted = 0, hashlib.sha256(), "", 0, 0
        mark, size = _read_note(folder / _NOTE)
        if mark and 0 < size <= os.fstat(file.fileno()).st_size:
            file.truncate(size)
            while piece := file.read(MIB):
                self.digest.update(piece)
            self.size, self.mark, self.earlier, self._noted = size, mark, size, size
        else:
            file.truncate(0)

    def add(self, piece: bytes) -> None:
        """Write what comes next."""
        self._file.write(piece)
        self.digest.update(piece)
        self.size += len(piece)
        if self.mark and self.size - self._noted >= _NOTED_BYTES:
            self.note()

    def begin_anew(self) -> None:
        """Drop what has come: another content is sent now, from its beginning, and nobody goes on with that."""
        (self.folder / _NOTE).unlink(missing_ok=True)
        self._file.seek(0)
        self._file.truncate()
        self.size, self.digest, self.mark, self.earlier, self._noted = 0, hashlib.sha256(), "", 0, 0

    def note(self) -> None:
        """Write down how far it is, once that is on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        with durable(self.folder / _NOTE) as file:
            file.write(json.dumps({"mark": self.mark, "size": self.size}).encode())
        flush(self.folder)
        self._noted = self.size

    def take(self, target: Path) -> None:
        """Have a whole file lie somewhere else, on the same disk."""
        self._file.flush()
        (self.folder / _NOTE).unlink(missing_ok=True)
        (self.folder / PART).rename(target)


class Parts:
    """The parts of one person, for one source.

    Args:
        folder: where they lie.
        most: bytes that stay there of one person when a download breaks off.
        source: that the downloads are for: nobody goes on with what was downloaded for another one.
    """

    def __init__(self, folder: Path, most: int = 0, person: str = "", source: str = "") -> None:
        self._folder, self._most = folder, most
        self._person, self._source = person, source

    @property
    def lasting(self) -> bool:
        """Whether anything stays here for another run."""
        return self._most > 0

    @contextmanager
    def open(self, what: str) -> Iterator[Part]:
        """Open what has come of a file; it stays when the block ends by what may pass, and can be gone on with.

        Args:
            what: stands for the file: its address, or its checksum.
        """
        folder = self._folder / part_name(self._person, _id(f"{self._source} {what}")[:_WHAT])
        file = _locked(folder)
        lasts = file is not None
        if file is None:
            # Somebody is at it at this moment, or the file system has no locks: nobody goes on with what comes of it.
            folder = folder.with_name(part_name(self._person, uuid4().hex))
            file = _opened(folder)
        with closing(file):
            # It is in use, however old it is: what was left for a day is cleared away.
            os.utime(folder)
            part = Part(folder, file)
            try:
                yield part
            except BaseException as error:
                # Who has stopped it may go on.
                broke_off = isinstance(error, Unavailable | Cancelled) or not isinstance(error, HubShareError)
                if lasts and part.mark and part.size and broke_off:
                    with suppress(OSError):
                        part.note()
                        self._make_room(folder)
                else:
                    shutil.rmtree(folder, ignore_errors=True)
                raise
            shutil.rmtree(folder, ignore_errors=True)

    def _make_room(self, newest: Path) -> None:
        """Drop what is oldest, where one person keeps more than one import may fetch."""
        found = list[tuple[float, int, Path]]()
        for folder, size in parts_of(self._folder, self._person).items():
            with suppress(FileNotFoundError):
                found.append(((folder / PART).stat().st_mtime, size, folder))
        total = sum(size for _, size, _ in found)
        for _, size, folder in sorted(found):
            if total <= self._most:
                return
            if folder == newest or (file := _locked(folder)) is None:
                continue
            with closing(file):
                shutil.rmtree(folder, ignore_errors=True)
            total -= size


def _id(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _opened(folder: Path) -> BinaryIO:
    """Open the content of a part, whoever else has it."""
    folder.mkdir(parents=True, exist_ok=True)
    return os.fdopen(os.open(folder / PART, os.O_RDWR | os.O_CREAT, 0o600), "r+b")


def _locked(folder: Path) -> BinaryIO | None:
    """Open the content of a part for oneself alone; None when another one has it, or nobody can."""
    while True:
        try:
            file = _opened(folder)
        except FileNotFoundError:
            continue  # it was just removed
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if (folder / PART).stat().st_ino == os.fstat(file.fileno()).st_ino:
                return file
        except FileNotFoundError:
            pass  # it was just removed
        except OSError:
            file.close()
            return None
        file.close()


def _read_note(path: Path) -> tuple[str, int]:
    """Mark and size; nothing where that is not noted."""
    try:
        match json.loads(path.read_text()):
            case {"mark": str(mark), "size": int(size)}:
                return mark, size
    except (OSError, ValueError):
        pass
    return "", 0
