"""The lock on a repository: who waits, and in which order."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path

from hubshare.git.lock import locked
from hubshare.testing.centre import wait_until


def test_who_has_just_let_go_comes_after_who_waits(tmp_path: Path) -> None:
    path, order = tmp_path / "lock", list[str]()

    def wait() -> None:
        with locked(path, 20):
            order.append("the other")

    other = threading.Thread(target=wait)
    with locked(path):
        other.start()
        wait_until(lambda: _is_locked(path.with_name("lock.next")), "the other is next in line")
    with locked(path, 20):
        order.append("the first again")
    other.join()
    assert order == ["the other", "the first again"]


def _is_locked(path: Path) -> bool:
    if not path.exists():
        return False
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
