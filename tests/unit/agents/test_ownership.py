"""One agent at a time owns a state folder, also where the file system has no locks."""

from __future__ import annotations

import errno
import fcntl
import json
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import pytest
from hubshare_agents import ownership
from hubshare_agents.agent_process import may_be_owned, owner_records
from hubshare_agents.ownership import Ownership, Record

from hubshare.errors import HubShareError, Unavailable


def nobody() -> None:
    raise AssertionError("it was not lost")


@pytest.fixture(params=[errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP], ids=errno.errorcode.get)
def lockless(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without locks."""

    def refuse(handle: object, operation: int) -> None:
        raise OSError(request.param, "no locks here")

    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(ownership, "OWN_SECONDS", 0.5)
    monkeypatch.setattr(ownership, "WRITE_SECONDS", 0.5)
    monkeypatch.setattr(ownership, "SILENT_SECONDS", 0.3)
    monkeypatch.setattr(ownership, "BEAT_SECONDS", 0.02)


def ended() -> tuple[int, str]:
    """A process that runs no more: its number, and when it was started."""
    with subprocess.Popen(["sleep", "60"]) as process:
        started = ownership._started(process.pid)
        process.kill()
    return process.pid, started


def test_where_there_are_no_locks_an_agent_starts_and_a_second_one_does_not(tmp_path: Path, lockless: None) -> None:
    first = Ownership(tmp_path / "state", nobody)
    with pytest.raises(Unavailable, match="Another agent owns"):
        Ownership(tmp_path / "state", nobody)
    first.close()
    Ownership(tmp_path / "state", nobody).close()


def test_an_agent_that_was_killed_is_followed_by_exactly_one(tmp_path: Path, lockless: None) -> None:
    gone = Record("0" * 32, ownership._where(), *ended(), beat=7)
    (tmp_path / "agent.owner").write_text(json.dumps(gone))
    owners: list[Ownership] = []

    def start() -> None:
        try:
            owners.append(Ownership(tmp_path, nobody))
        except HubShareError:
            return

    starting = [threading.Thread(target=start) for _ in range(8)]
    for one in starting:
        one.start()
    for one in starting:
        one.join()
    assert len(owners) == 1
    owners[0].close()


def test_who_looked_before_others_came_and_went_does_not_own(
    tmp_path: Path, lockless: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It creates a number that was taken and given up since; the one that owns has a higher one."""
    Ownership(tmp_path, nobody).close()
    look, living = owner_records, []

    def look_early(state: Path) -> dict[int, Path]:
        monkeypatch.setattr(ownership, "owner_records", look)
        early = look(state)
        Ownership(state, nobody).close()
        living.append(Ownership(state, nobody))
        return early

    monkeypatch.setattr(ownership, "owner_records", look_early)
    with pytest.raises(Unavailable, match="Another agent owns"):
        Ownership(tmp_path, nobody)
    living[0].close()
    Ownership(tmp_path, nobody).close()


def test_who_took_long_to_write_its_record_tries_again(
    tmp_path: Path, lockless: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, followed = ownership._write, []

    def write_late(file: TextIO, record: Record) -> None:
        monkeypatch.setattr(ownership, "_write", write)
        followed.append(Ownership(tmp_path, nobody))
        write(file, record)

    monkeypatch.setattr(ownership, "_write", write_late)
    with pytest.raises(Unavailable, match="Another agent owns"):
        Ownership(tmp_path, nobody)
    followed[0].close()


@pytest.mark.parametrize("left", [b'["half', b"\xff\xfe\0damaged"])
def test_what_was_begun_and_left_or_is_damaged_is_followed(tmp_path: Path, lockless: None, left: bytes) -> None:
    (tmp_path / "agent.owner.4").write_bytes(left)
    assert may_be_owned(tmp_path)
    Ownership(tmp_path, nobody).close()


@pytest.mark.parametrize("name", ["agent.owner.999999999999999999", "agent.owner.07", "agent.owner.-1"])
def test_a_name_that_no_agent_gives_shuts_nobody_out(tmp_path: Path, lockless: None, name: str) -> None:
    (tmp_path / name).write_text(json.dumps(Record("0" * 32, "another machine", 1, "")))
    first = Ownership(tmp_path, nobody)
    with pytest.raises(Unavailable):
        Ownership(tmp_path, nobody)
    first.close()
    assert (tmp_path / name).is_file() and not may_be_owned(tmp_path)


def test_a_folder_in_the_place_of_a_record_is_followed(tmp_path: Path, lockless: None) -> None:
    (tmp_path / "agent.owner.3" / "in it").mkdir(parents=True)
    first = Ownership(tmp_path, nobody)
    assert (tmp_path / "agent.owner.4").is_file() and may_be_owned(tmp_path)
    first.close()
    Ownership(tmp_path, nobody).close()


def test_an_agent_on_another_machine_is_followed_when_it_has_long_been_silent(tmp_path: Path, lockless: None) -> None:
    (tmp_path / "agent.owner").write_text(json.dumps(Record("0" * 32, "another machine", 1, "1")))
    Ownership(tmp_path, nobody).close()


def test_an_agent_on_another_machine_that_lives_is_left_alone(tmp_path: Path, lockless: None) -> None:
    path, over = tmp_path / "agent.owner", threading.Event()

    def live() -> None:
        beat = 0
        while not over.wait(0.01):
            beat += 1
            draft = tmp_path / "draft"
            draft.write_text(json.dumps(Record("0" * 32, "another machine", 1, "1", beat)))
            draft.rename(path)

    path.write_text(json.dumps(Record("0" * 32, "another machine", 1, "1")))
    living = threading.Thread(target=live)
    living.start()
    try:
        with pytest.raises(Unavailable, match="Another agent owns"):
            Ownership(tmp_path, nobody)
    finally:
        over.set()
        living.join()


OTHER = json.dumps(Record("1" * 32, "another machine", 1, "1"))


@pytest.mark.parametrize(
    "take",
    [
        Path.unlink,
        lambda path: path.write_text(OTHER),
        lambda path: path.with_name("agent.owner.7").write_text(OTHER),
    ],
    ids=["removed", "overwritten", "followed"],
)
def test_an_agent_whose_place_was_taken_learns_it(
    tmp_path: Path, lockless: None, take: Callable[[Path], object]
) -> None:
    lost = threading.Event()
    owner = Ownership(tmp_path, lost.set)
    take(tmp_path / "agent.owner.0")
    assert lost.wait(30)
    owner.close()


def test_where_there_are_locks_no_record_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership, "OWN_SECONDS", 0.05)
    first = Ownership(tmp_path, nobody)
    with pytest.raises(Unavailable, match="Another agent owns"):
        Ownership(tmp_path, nobody)
    assert not list(tmp_path.glob("agent.owner*"))
    first.close()
    Ownership(tmp_path, nobody).close()
