"""Whether a program has a file open to write to it."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hubshare_agents.checkout import open_files
from hubshare_agents.checkout.open_files import file_id, is_written, written_files

OPEN = {
    "to append": "file = open(path, 'a')",
    "to read and write": "file = open(path, 'r+')",
    "mapped, and closed": ("import mmap; file = open(path, 'r+b'); mapped = mmap.mmap(file.fileno(), 0); file.close()"),
}


@contextmanager
def program(path: Path, opening: str) -> Iterator[None]:
    """Another process that has a file open."""
    code = f"path = {str(path)!r}\n{opening}\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        process.stdout.readline()
        yield
        process.stdin.write(b"\n")
        process.stdin.close()
        process.wait(30)


def asked(path: Path) -> bool | None:
    handle = os.open(path, os.O_RDONLY)
    try:
        return is_written(handle)
    finally:
        os.close(handle)


@pytest.mark.parametrize("opening", OPEN)
def test_a_file_that_a_program_has_open_for_writing_is_known(tmp_path: Path, opening: str) -> None:
    path = tmp_path / "train.log"
    path.write_text("epoch 1\n")
    assert asked(path) is False
    with program(path, OPEN[opening]):
        assert asked(path) is True
        assert file_id(path.stat()) in written_files()[0]
    assert asked(path) is False
    assert file_id(path.stat()) not in written_files()[0]


def test_a_file_that_is_only_read_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("1\n")
    with program(path, "file = open(path)"):
        assert asked(path) is False
        assert file_id(path.stat()) not in written_files()[0]


def test_a_writer_in_the_own_process_counts(tmp_path: Path) -> None:
    path = tmp_path / "data.h5"
    path.write_bytes(b"12345678")
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0):
        file.close()
        assert asked(path) is True


def test_a_refused_lease_is_not_believed_where_none_is_ever_granted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "on-a-network-file-system"
    path.touch()
    monkeypatch.setattr(open_files, "_leases_tell", {})
    monkeypatch.setattr(open_files, "_granted_on_new_file", lambda folder: False)
    with path.open("a"):
        assert asked(path) is None
