"""A disk that fails: system calls that give an error for files of one name, as they do on a network file system."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hubshare_agents.checkout import renames


class _Entry:
    """A directory entry that cannot be looked at."""

    def __init__(self, name: str, code: int) -> None:
        self.name, self._code = name, code

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        raise OSError(self._code, os.strerror(self._code), self.name)


@contextmanager
def failing(name: str, code: int, calls: tuple[str, ...] = ("stat", "open")) -> Iterator[None]:
    """Have system calls fail for whatever has this name; "scandir" fails in the middle of the listing that it is in."""
    real: dict[str, Callable[..., Any]] = {"stat": os.stat, "open": os.open}

    def fault(path: Any) -> None:
        if os.fspath(path) == name if not isinstance(path, int) else False:
            raise OSError(code, os.strerror(code), name)

    def stat(path: Any, **more: Any) -> os.stat_result:
        fault(path)
        return real["stat"](path, **more)

    def open_(path: Any, *args: Any, **more: Any) -> int:
        fault(path)
        return real["open"](path, *args, **more)

    def entries(listing: Iterator[os.DirEntry[str]]) -> Iterator[Any]:
        for entry in sorted(listing, key=lambda entry: entry.name):
            if entry.name == name and "scandir" in calls:
                raise OSError(code, os.strerror(code))
            yield _Entry(name, code) if entry.name == name and "stat" in calls else entry

    with pytest.MonkeyPatch.context() as patch, listing_as(entries):
        for call, double in (("stat", stat), ("open", open_)):
            if call in calls:
                patch.setattr(os, call, double)
        yield


@contextmanager
def listing_as(change: Callable[[Iterator[os.DirEntry[str]]], Iterator[Any]]) -> Iterator[None]:
    """Have the listings of opened folders changed; those that a test makes by a path stay as they are."""
    real = os.scandir

    @contextmanager
    def changed(folder: int) -> Iterator[Iterator[Any]]:
        with real(folder) as listing:
            yield change(listing)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "scandir", lambda path=".": changed(path) if isinstance(path, int) else real(path))
        yield


def refuse_renames(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """A file system that knows plain renames only."""

    def refused(*call: object) -> int:
        ctypes.set_errno(code)
        return -1

    monkeypatch.setattr(renames, "_renameat2", refused)


def refuse_links(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    """A file system that gives no file a second name."""

    def refused(*call: object, **more: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "link", refused)
