"""What waits on disk: pushes by git until they have been looked at, downloads that broke off; whose it is, and how much."""

from __future__ import annotations

import hashlib
import re
import shutil
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from hubshare.config import Limits
from hubshare.errors import NotFound, TooMany
from hubshare.git.lock import locked
from hubshare.names import size as size_of

#: Pushes of one person that wait at a time, and how many of the largest size these are together.
_WAITING_EACH, WAITING_TIMES = 64, 4
#: The content of a download that broke off; and to how many characters a person's mark in its name is cut.
PART, _PERSON = "content", 16


def push_dir(folder: Path, push: str) -> Path:
    """Where a push lies while it is in quarantine.

    Args:
        folder: of all pushes in quarantine.
        push: id of the push, 32 hexadecimal digits.
    """
    if not re.fullmatch(r"[0-9a-f]{32}", push):
        raise NotFound("There is no such push.")
    return folder / push


def alone(folder: Path, user: str) -> AbstractContextManager[None]:
    """Have git look at one push of a person at a time: it takes memory and a processor each time.

    Args:
        folder: of the locks.

    Raises:
        Unavailable: when another one is looked at; the job goes back to the queue at once, and lets others through.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return locked(folder / f"{hashlib.sha256(user.encode()).hexdigest()}.lock", 0)


def discard(folder: Path, push: str) -> None:
    """Remove what is in quarantine of a push."""
    shutil.rmtree(push_dir(folder, push), ignore_errors=True)


def spool(folder: Path, push: str) -> Path:
    """Where the pack of a push is written to as it comes in."""
    return push_dir(folder, push) / "push.pack"


def claim(folder: Path, push: str, user: str) -> None:
    """Make the place of a push in quarantine, and write down whose it is."""
    place = push_dir(folder, push)
    place.mkdir(parents=True, exist_ok=True)
    (place / _mark(user)).touch()


def part_name(user: str, what: str) -> str:
    """What the folder of a download that broke off is called, which lies in quarantine for a day; "*" for all of a person."""
    return f"{hashlib.sha256(user.encode()).hexdigest()[:_PERSON]}.{what}.part"


def parts_of(folder: Path, user: str) -> dict[Path, int]:
    """The downloads of a person that broke off, or are under way, by folder, and how large they are by now, in bytes."""
    found = dict[Path, int]()
    for place in folder.glob(part_name(user, "*")):
        with suppress(FileNotFoundError):
            found[place] = (place / PART).stat().st_size
    return found


def waiting_of(folder: Path, user: str) -> dict[str, int]:
    """The pushes of a person that wait in quarantine, by id, and how large their packs are by now, in bytes."""
    mark, found = _mark(user), dict[str, int]()
    for place in folder.iterdir() if folder.exists() else ():
        if (place / mark).exists():
            with suppress(FileNotFoundError):
                found[place.name] = (place / "push.pack").stat().st_size
    return found


def check_waiting(folder: Path, user: str, push: str, more: int, limits: Limits) -> None:
    """Look whether a push that comes in may go on, with all others of the person that wait for the workers.

    Args:
        more: bytes that have come for it.

    Raises:
        TooMany: when not.
    """
    sizes = waiting_of(folder, user)
    sizes[push] = sizes.get(push, 0) + more
    most = WAITING_TIMES * limits.max_push_bytes
    if len(sizes) > _WAITING_EACH or sum(sizes.values()) > most:
        raise TooMany(
            f"You have as many pushes by git waiting as everybody may, {_WAITING_EACH}, or {size_of(most)} in them: "
            "push again when they have been answered."
        )


def _mark(user: str) -> str:
    return f"of-{hashlib.sha256(user.encode()).hexdigest()}"
